"""Packages and checkpoints in an S3 store with Object Lock in COMPLIANCE mode: nobody deletes or shortens before term.

Every object is written once (`If-None-Match: *`) with its SHA-256, which the server compares, and a lock until the
package's term. A plain DELETE on a versioned bucket only hides an object: what is read is always the first version that
was written, found by listing versions. A lock that was set too long cannot be taken back, so it begins with the
shortest class and grows.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from evidence.bag import write_new
from evidence.copies import CopyDown
from evidence.places import PlaceDown
from evidence.store import day_of
from records import BadInput, Refused

T = TypeVar("T")


class Bucket:
    """One bucket below a prefix; `spec` as s3://bucket/prefix, credentials and endpoint as boto3 finds them.

    Raises BadInput where boto3 is missing, or where the bucket has no Object Lock: without it nothing is locked.
    """

    def __init__(self, spec: str, client: Any = None) -> None:
        parts = urlsplit(spec)
        if parts.scheme != "s3" or not parts.netloc:
            raise BadInput("E_CONFIG", f"{spec}: not an S3 address", "as in s3://bucket/prefix")
        self.name, self._bucket, self._prefix = spec, parts.netloc, parts.path.strip("/")
        self._client = client or _client()
        self.check()

    def check(self) -> None:
        """That the bucket locks; raises BadInput E_S3, CopyDown."""
        try:
            found = self._client.get_object_lock_configuration(Bucket=self._bucket)
        except _errors() as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
            if code in ("ObjectLockConfigurationNotFoundError", "NoSuchBucket", "404"):
                raise BadInput(
                    "E_S3", f"{self.name}: {code}", "make the bucket with versioning and Object Lock"
                ) from error
            raise CopyDown("E_S3_DOWN", f"{self.name}: {error}") from error
        if found["ObjectLockConfiguration"].get("ObjectLockEnabled") != "Enabled":
            raise BadInput("E_S3", f"{self.name}: Object Lock is off", "make the bucket with Object Lock")

    def put(self, name: str, data: bytes, until: datetime | None) -> bool:
        """Write an object once; False where one is there. What is there must be the same: Refused E_S3_DIFFERS."""
        digest = hashlib.sha256(data).digest()
        lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until} if until else {}
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(name),
                Body=data,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(digest).decode(),
                IfNoneMatch="*",
                **lock,
            )
        except _errors() as error:
            answer = getattr(error, "response", {}).get("ResponseMetadata", {})
            if answer.get("HTTPStatusCode") not in (409, 412):
                raise CopyDown("E_S3_DOWN", f"{self.name}/{name}: {error}") from error
            found = self.get(name)
            if found != data:
                raise Refused(
                    "E_S3_DIFFERS", f"{self.name}/{name}: another object lies there", "look into it"
                ) from error
            return False
        return True

    def get(self, name: str) -> bytes | None:
        """The first version that was written under a name, hidden or not; None where there is none."""
        first = next(iter(self._versions(self._key(name), exactly=True)), None)
        if first is None:
            return None
        found = self._call(
            lambda: self._client.get_object(Bucket=self._bucket, Key=first[0], VersionId=first[1])["Body"].read()
        )
        return bytes(found)

    def names(self, under: str) -> list[str]:
        """The names of everything that was ever written below `under`."""
        start = len(self._prefix) + 1 if self._prefix else 0
        return sorted({key[start:] for key, _ in self._versions(self._key(under) + "/")})

    def lock(self, under: str, until: datetime) -> None:
        """Lock everything below `under` until then; a longer lock stays."""
        for key, version in self._versions(self._key(under) + "/"):
            head = self._call(
                lambda key=key, version=version: self._client.head_object(  # type: ignore[misc]
                    Bucket=self._bucket, Key=key, VersionId=version
                )
            )
            now = head.get("ObjectLockRetainUntilDate")
            if now is not None and now >= until:
                continue
            retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
            self._call(
                lambda key=key, version=version, retention=retention: self._client.put_object_retention(  # type: ignore[misc]
                    Bucket=self._bucket, Key=key, VersionId=version, Retention=retention
                )
            )

    def hold(self, under: str, on: bool) -> None:
        """Put a legal hold on everything below `under`, or take it off."""
        status = {"Status": "ON" if on else "OFF"}
        for key, version in self._versions(self._key(under) + "/"):
            self._call(
                lambda key=key, version=version: self._client.put_object_legal_hold(  # type: ignore[misc]
                    Bucket=self._bucket, Key=key, VersionId=version, LegalHold=status
                )
            )

    def delete(self, under: str) -> None:
        """Delete every version below `under`; the store refuses while a lock or a hold lies on it (CopyDown)."""
        for key, version in self._versions(self._key(under) + "/"):
            self._call(
                lambda key=key, version=version: self._client.delete_object(  # type: ignore[misc]
                    Bucket=self._bucket, Key=key, VersionId=version
                )
            )

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _versions(self, prefix: str, *, exactly: bool = False) -> Iterator[tuple[str, str]]:
        """(key, version) of the first version of each object, by key."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        first: dict[str, tuple[datetime, str]] = {}
        for one in self._call(lambda: [row for page in pages for row in page.get("Versions", ())]):
            if exactly and one["Key"] != prefix:
                continue
            told = (one["LastModified"], one["VersionId"])
            # listed newest first: of two written in one second the one listed last is the first
            if one["Key"] not in first or told[0] <= first[one["Key"]][0]:
                first[one["Key"]] = told
        yield from ((key, version) for key, (_, version) in sorted(first.items()))

    def _call(self, what: Callable[[], T]) -> T:
        try:
            return what()
        except _errors() as error:
            raise CopyDown("E_S3_DOWN", f"{self.name}: {error}", "is the store up, the right there?") from error
        except OSError as error:
            raise CopyDown("E_S3_DOWN", f"{self.name}: {error}") from error


class BucketCopy:
    """A second copy in a bucket, locked until each package's term."""

    def __init__(self, spec: str, client: Any = None) -> None:
        self._bucket = Bucket(spec, client)

    @property
    def name(self) -> str:
        return self._bucket.name

    def put(self, package: Path, package_id: str, keep_until: datetime) -> None:
        where, there = self._at(package_id), set(self._bucket.names(self._at(package_id)))
        for file in sorted(path for path in package.rglob("*") if path.is_file()):
            name = f"{where}/{file.relative_to(package).as_posix()}"
            if name not in there:
                self._bucket.put(name, file.read_bytes(), keep_until)

    def fetch(self, package_id: str, to: Path) -> bool:
        where = self._at(package_id)
        names = self._bucket.names(where)
        for name in names:
            data = self._bucket.get(name)
            if data is None:
                raise CopyDown("E_S3_DOWN", f"{self.name}/{name}: was listed and cannot be read")
            path = to / name.removeprefix(f"{where}/")
            if not path.resolve().is_relative_to(to.resolve()):
                raise CopyDown("E_S3", f"{self.name}/{name}: not a name of a package")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_new(path, data)
        return bool(names)

    def extend(self, package_id: str, keep_until: datetime) -> None:
        self._bucket.lock(self._at(package_id), keep_until)

    def hold(self, package_id: str, on: bool) -> None:
        self._bucket.hold(self._at(package_id), on)

    def delete(self, package_id: str) -> None:
        self._bucket.delete(self._at(package_id))

    @staticmethod
    def _at(package_id: str) -> str:
        return f"{day_of(package_id)}/{package_id}"


class BucketPlace:
    """A bucket of another organ as a place for checkpoints; its default retention locks them."""

    def __init__(self, spec: str, client: Any = None) -> None:
        self._bucket = Bucket(spec, client)

    @property
    def name(self) -> str:
        return self._bucket.name

    def put(self, name: str, data: bytes) -> None:
        try:
            self._bucket.put(f"checkpoints/{name}", data, None)
        except CopyDown as error:
            raise PlaceDown("E_ANCHOR_DOWN", str(error)) from error

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        try:
            names = self._bucket.names("checkpoints")
            sizes = [name.removeprefix("checkpoints/checkpoint-") for name in names]
            for size in sorted((int(size) for size in sizes if size.isdecimal()), reverse=True):
                data = self._bucket.get(f"checkpoints/checkpoint-{size}")
                if data is not None:
                    yield size, data
        except CopyDown:  # a place that is away says nothing against the log
            return


def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise BadInput("E_S3", "boto3 is not installed", "pip install 'nonsite[s3]'") from error
    return boto3.client("s3", config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3}))


def _errors() -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    return (ClientError, BotoCoreError)
