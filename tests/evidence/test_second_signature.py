"""National cryptography beside the CMS seal: SM3 over the payload, SM2 over the lists, checked by OpenSSL."""

import subprocess

import pytest

from evidence import Sealer, SealProfile, SoftwareSm2
from evidence.national import SM2_KEY, SM2_SIGNATURE, SM3_LIST, SM3_SIGNATURE
from records import BadInput


@pytest.fixture
def doubled(site, request_of, tmp_path, writable):
    """A copy of a package that bears both seals, and the national public key as it was published."""
    key = SoftwareSm2.create(tmp_path / "sm2.key")
    published = tmp_path / "published.pem"
    published.write_bytes(key.public_key)
    signer = site.authority.sealing_signer()
    sealer = Sealer(site.store, site.database, "worker-1", signer, site.clock, SealProfile("Demo"), key)
    sealed = sealer.seal(request_of())
    assert site.stamper(site.tsa()).drain().stamped == [sealed.package_id]
    return sealed, writable(sealed.path), published


def check_of(site, package, **more):
    result = site.verify(package, **more)
    return result, next(one for one in result.checks if one.name == "national")


def test_both_seals_hold(site, doubled):
    _, package, published = doubled
    result, check = check_of(site, package, sm2_key=published)
    assert result.ok
    assert check.detail.endswith("SM2 under the key given")


def test_openssl_and_the_script_in_the_package_agree(site, doubled, tmp_path):
    sealed, package, _ = doubled
    arguments = [site.authority.ca, site.authority.tsa_ca, sealed.seal_sha256]
    done = subprocess.run(
        ["sh", package / "data/verify/verify.sh", *arguments], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout
    assert "ok      national: SM3 of every payload file" in done.stdout
    assert done.stdout.count("ok      national: SM2 over") == 2


def test_what_openssl_signs_tongsuo_and_we_accept_and_another_distinguishing_id_fails(tmp_path):
    key = tmp_path / "sm2.key"
    SoftwareSm2.create(key)
    data = tmp_path / "data"
    data.write_bytes(b"signed by tongsuo")
    (tmp_path / "signature").write_bytes(SoftwareSm2.load(key).sign(data.read_bytes()))
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", tmp_path / "public"], check=True)

    def verified(distid: str) -> bool:
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{distid}"]
        command += ["-pubin", "-inkey", str(tmp_path / "public"), "-in", str(data)]
        return subprocess.run([*command, "-sigfile", str(tmp_path / "signature")], capture_output=True).returncode == 0

    assert verified("1234567812345678")
    assert not verified("8765432187654321")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (SM3_LIST, "names|expected SM3|expected"),
        (SM2_SIGNATURE, "does not hold"),
        (SM3_SIGNATURE, "does not hold"),
        (SM2_KEY, "does not hold|not the key"),
    ],
)
def test_a_changed_byte_in_any_of_them_is_reported(site, doubled, name, said):
    import re

    _, package, published = doubled
    path = package / "seal" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    result, check = check_of(site, package, sm2_key=published)
    assert result.failed == ("national",)
    assert re.search(said, check.detail), check.detail


def test_another_key_in_the_package_passes_only_where_none_was_published(site, doubled, tmp_path):
    _, package, published = doubled
    forger = SoftwareSm2.create(tmp_path / "forger.key")
    seal = package / "seal"
    for signed, signature in ((package / "tagmanifest-sha256.txt", SM2_SIGNATURE), (seal / SM3_LIST, SM3_SIGNATURE)):
        (seal / signature).write_bytes(forger.sign(signed.read_bytes()))
    (seal / SM2_KEY).write_bytes(forger.public_key)
    assert check_of(site, package)[1].detail.endswith("not pinned")
    assert "not the key in" in check_of(site, package, sm2_key=published)[1].detail


def test_a_key_file_that_is_there_is_never_written_over(tmp_path):
    SoftwareSm2.create(tmp_path / "sm2.key")
    assert (tmp_path / "sm2.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="E_SM2"):
        SoftwareSm2.create(tmp_path / "sm2.key")
    with pytest.raises(BadInput, match="E_SM2"):
        SoftwareSm2.load(tmp_path / "none.key")
