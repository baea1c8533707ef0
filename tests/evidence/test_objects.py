"""Packages in an S3 store with Object Lock, against a server that speaks S3.

The server is moto's, in a process's thread of its own: it is laxer than a bought store (it lets COMPLIANCE be
shortened), so what is asked of the store itself (overwrite, delete, shorten) is only what moto also refuses. With
NONSITE_S3_ENDPOINT the same tests run against a real store.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest

from evidence import CopyDown, FolderPlace, Keeper, RetentionClass, RetentionRules
from evidence.objects import Bucket, BucketCopy, BucketPlace
from records import BadInput, Refused, uuid7

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: pip install 'nonsite[s3]'")
server = pytest.importorskip("moto.server", reason="moto[server] is not installed")


@pytest.fixture(scope="module")
def endpoint():
    real = os.environ.get("NONSITE_S3_ENDPOINT")
    if real:
        yield real
        return
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(scope="module")
def client(endpoint):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=os.environ.get("NONSITE_S3_KEY", "nonsite"),
        aws_secret_access_key=os.environ.get("NONSITE_S3_SECRET", "nonsite-secret"),
    )


@pytest.fixture
def bucket(client, site) -> str:
    name = f"evidence-{uuid7(site.clock)[-12:]}"
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def soon() -> datetime:
    """The store reads its own clock."""
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_package_comes_back_from_the_store_as_it_was_sealed(site, client, bucket, soon, request_of, tmp_path):
    sealed = site.sealed_and_stamped(request_of())
    copy = BucketCopy(f"s3://{bucket}/pudong", client)
    copy.put(sealed.path, sealed.package_id, soon)
    to = tmp_path / "back" / sealed.package_id
    to.parent.mkdir()
    assert copy.fetch(sealed.package_id, to)
    assert site.verify(to, log=site.database).ok
    assert not copy.fetch(uuid7(site.clock), tmp_path / "none")


def test_what_is_written_is_locked_in_compliance_mode_until_the_term(site, client, bucket, soon, request_of):
    sealed = site.sealed_and_stamped(request_of())
    BucketCopy(f"s3://{bucket}/p", client).put(sealed.path, sealed.package_id, soon)
    [version, *_] = client.list_object_versions(Bucket=bucket)["Versions"]
    found = client.head_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    assert found["ObjectLockMode"] == "COMPLIANCE"
    assert abs(found["ObjectLockRetainUntilDate"] - soon) < timedelta(seconds=1)
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def test_nothing_is_written_over_and_another_content_is_reported(site, client, bucket, soon):
    store = Bucket(f"s3://{bucket}/p", client)
    assert store.put("a/record.json", b"sealed", soon)
    assert not store.put("a/record.json", b"sealed", soon)
    with pytest.raises(Refused, match="E_S3_DIFFERS"):
        store.put("a/record.json", b"another", soon)


def test_an_object_hidden_by_a_plain_delete_and_one_written_over_it_change_nothing(site, client, bucket, soon):
    store = Bucket(f"s3://{bucket}", client)
    store.put("a/record.json", b"sealed", soon)
    client.delete_object(Bucket=bucket, Key="a/record.json")
    client.put_object(Bucket=bucket, Key="a/record.json", Body=b"forged")
    assert store.get("a/record.json") == b"sealed"
    assert store.names("a") == ["a/record.json"]


def test_a_lock_grows_and_is_never_made_shorter_by_us(site, client, bucket, soon):
    store = Bucket(f"s3://{bucket}", client)
    store.put("a/record.json", b"sealed", soon)

    def until() -> datetime:
        version = client.list_object_versions(Bucket=bucket)["Versions"][0]["VersionId"]
        found = client.head_object(Bucket=bucket, Key="a/record.json", VersionId=version)
        return found["ObjectLockRetainUntilDate"]

    store.lock("a", soon + timedelta(days=300))
    longer = until()
    assert longer > soon + timedelta(days=299)
    store.lock("a", soon)
    assert until() == longer


def test_the_store_refuses_a_deletion_before_the_term_and_under_a_hold(site, client, bucket):
    store = Bucket(f"s3://{bucket}", client)
    store.put("a/x", b"sealed", datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(CopyDown, match="AccessDenied"):
        store.delete("a")
    store.put("b/x", b"held", None)
    store.hold("b", True)
    with pytest.raises(CopyDown, match="AccessDenied"):
        store.delete("b")
    store.hold("b", False)
    store.delete("b")
    assert store.names("b") == []


def test_a_keeper_repairs_out_of_the_bucket(site, client, bucket, request_of):
    days = {RetentionClass.ALERT: 36500}
    keeper = Keeper(
        site.store, site.database, site.database, site.clock, RetentionRules(days), BucketCopy(f"s3://{bucket}", client)
    )
    sealed = site.sealed_and_stamped(request_of())
    assert keeper.night().copied == [sealed.package_id]
    site.store.remove(sealed.package_id)
    assert keeper.night().repaired == [sealed.package_id]
    assert site.verify(sealed.path, log=site.database).ok


def test_a_bucket_takes_checkpoints_and_shows_them_newest_first(site, client, bucket, tmp_path):
    place = BucketPlace(f"s3://{bucket}/log", client)
    folder = FolderPlace(tmp_path / "folder")
    for one in (place, folder):
        for size in (3, 12):
            one.put(f"checkpoint-{size}", f"text {size}".encode())
            one.put(f"checkpoint-{size}.p7s", b"signature")
        assert list(one.checkpoints()) == [(12, b"text 12"), (3, b"text 3")]


def test_a_bucket_without_object_lock_is_refused(site, client):
    name = f"open-{uuid7(site.clock)[-12:]}"
    client.create_bucket(Bucket=name)
    with pytest.raises(BadInput, match="E_S3"):
        Bucket(f"s3://{name}", client)
    with pytest.raises(BadInput, match="E_S3"):
        Bucket("s3://no-such-bucket-here", client)
    with pytest.raises(BadInput, match="E_CONFIG"):
        Bucket("https://bucket", client)
