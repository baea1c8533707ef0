"""Places outside our control to which checkpoints go: a folder that another organ owns, an address that takes PUT.

What lies there is never written over. Something else under the same name means that two histories were told.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import httpx

from evidence.bag import flush, write_new
from records import BadInput, NonsiteError, Refused


class PlaceDown(NonsiteError):
    """The place cannot be written now; it is tried again."""


class Place(Protocol):
    """Somewhere outside."""

    @property
    def name(self) -> str:
        """How records and alarms call it."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Leave a file there; the same file again changes nothing.

        Raises PlaceDown, and Refused E_ANCHOR_DIFFERS where another file bears the name.
        """
        ...

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        """(size, text) of the checkpoints that lie there, newest first; nothing where the place shows none."""
        ...


class FolderPlace:
    """A folder, such as a mounted share of the legal bureau or the archive."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def name(self) -> str:
        return str(self._folder)

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        fresh = self._folder / f".{name}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.unlink(missing_ok=True)
            write_new(fresh, data)
            flush(fresh)
            try:
                os.link(fresh, path)
            except FileExistsError:
                _expect_same(self.name, name, path.read_bytes(), data)
            finally:
                fresh.unlink()
            flush(self._folder)
        except OSError as error:
            raise PlaceDown("E_ANCHOR_DOWN", f"{path}: {error.strerror or error}") from error

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        try:
            sizes = [path.name.removeprefix("checkpoint-") for path in self._folder.glob("checkpoint-*")]
            for size in sorted((int(size) for size in sizes if size.isdecimal()), reverse=True):
                yield size, (self._folder / f"checkpoint-{size}").read_bytes()
        except OSError:  # a place that is away says nothing against the log
            return


class HttpPlace:
    """An address under which files are PUT and, where it allows, read back."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        self._url = url.rstrip("/")
        local = httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
        self._http = httpx.Client(timeout=timeout_s, trust_env=not local)

    @property
    def name(self) -> str:
        return self._url

    def put(self, name: str, data: bytes) -> None:
        where = f"{self._url}/{name}"
        try:
            answer = self._http.put(where, content=data, headers={"If-None-Match": "*"})
            if answer.status_code in (409, 412):
                _expect_same(self.name, name, self._http.get(where).raise_for_status().content, data)
                return
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise PlaceDown("E_ANCHOR_DOWN", f"{where}: {error or type(error).__name__}") from error

    def checkpoints(self) -> Iterator[tuple[int, bytes]]:
        yield from ()


def place_of(spec: str) -> Place:
    """The place that a setting names: a folder, an http(s):// address, or s3://bucket/prefix."""
    if spec.startswith(("http://", "https://")):
        return HttpPlace(spec)
    if spec.startswith("s3://"):
        from evidence.objects import BucketPlace  # brings boto3

        return BucketPlace(spec)
    if "://" in spec:
        raise BadInput("E_CONFIG", f"anchor place {spec}: no such kind", "a folder, https:// or s3://")
    return FolderPlace(Path(spec))


def _expect_same(place: str, name: str, found: bytes, data: bytes) -> None:
    if found != data:
        raise Refused(
            "E_ANCHOR_DIFFERS",
            f"{place}: another {name} lies there: the log was told in two ways",
            "stop issuing, keep both files, look into it",
        )
