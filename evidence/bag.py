"""A BagIt 1.0 (RFC 8493) directory written in one pass.

`bagit` only validates: its writer changes the working directory of the process and is not safe with threads.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from records import BadInput

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGMANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
INFO, BAGIT = "bag-info.txt", "bagit.txt"
SEAL = "seal"
_NAME = re.compile(r"data(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bag: its size in bytes and SHA-256 in hexadecimal."""

    size: int
    sha256: str


class BagWriter:
    """Writes files under a new folder, hashing each once; nothing is ever written over.

    Each file is on its way to the disk while the next is made; `finish` waits until all are there, `flush_tree` for the
    folders too. Names are ASCII and lie under `data/`. Raises FileExistsError where the folder is there already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        self._flushing: list[Future[None]] = []
        folder.mkdir(mode=0o755)

    def add(self, name: str, data: bytes) -> Entry:
        """One payload file with these bytes."""
        path = self._new(name)
        self._write(path, data)
        return self._note(name, Entry(len(data), hashlib.sha256(data).hexdigest()))

    def add_made(self, name: str, make: Callable[[Path], object]) -> Entry:
        """One payload file that `make` writes itself, as a muxer must."""
        path = self._new(name)
        make(path)
        path.chmod(0o444)
        self._flushing.append(_flush_soon(path))
        return self._note(name, Entry(path.stat().st_size, sha256_file(path)))

    def finish(self, info: Mapping[str, str]) -> bytes:
        """The tag files; returns the bytes of the tag manifest, which is what gets signed."""
        lines = {"Payload-Oxum": f"{sum(e.size for e in self.entries.values())}.{len(self.entries)}", **info}
        tags = {
            BAGIT: DECLARATION,
            INFO: "".join(f"{key}: {value}\n" for key, value in lines.items()).encode(),
            MANIFEST: manifest({name: entry.sha256 for name, entry in self.entries.items()}),
        }
        for name, data in tags.items():
            self._write(self.folder / name, data)
        tagmanifest = manifest({name: hashlib.sha256(data).hexdigest() for name, data in tags.items()})
        self._write(self.folder / TAGMANIFEST, tagmanifest)
        for flushing in self._flushing:  # a disk's fault is told once only: to whoever flushed
            flushing.result()
        return tagmanifest

    def _write(self, path: Path, data: bytes) -> None:
        write_new(path, data)
        self._flushing.append(_flush_soon(path))

    def _new(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or name in self.entries:
            raise BadInput("E_PACKAGE_NAME", f"{name!r}: not a new name under data/", "use ASCII letters and digits")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _note(self, name: str, entry: Entry) -> Entry:
        self.entries[name] = entry
        return entry


def manifest(digests: Mapping[str, str]) -> bytes:
    """The lines of a BagIt manifest, as `sha256sum -c` reads them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())).encode()


def write_new(path: Path, data: bytes) -> None:
    """Write a read-only file that must not be there yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o444)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def flush_tree(root: Path, fresh: Path | None = None) -> None:
    """Make every file and folder under `root` durable; with `fresh`, of the files only those under that folder, the
    others being so already."""
    files = [Path(place) / name for place, _, names in os.walk(fresh or root) for name in names]
    for paths in (files, folders(root)):
        for flushing in [_flush_soon(path) for path in paths]:
            flushing.result()


class _Flushers:
    """Threads that flush files side by side, for journals commit them together; a forked process gets its own."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(16, thread_name_prefix="flush")


_FLUSHERS = _Flushers()
os.register_at_fork(after_in_child=_FLUSHERS.__init__)  # type: ignore[misc]


def _flush_soon(path: Path) -> Future[None]:
    return _FLUSHERS.pool.submit(flush, path)


def flush(path: Path) -> None:
    """Make a file's bytes, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_file(path: Path) -> str:
    """SHA-256 of a plain file, hexadecimal; symbolic links are not followed."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path}: not a plain file")
        digest = hashlib.sha256()
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def folders(root: Path) -> Iterator[Path]:
    """Every folder under `root`, deepest first, `root` last."""
    for place, _, _ in os.walk(root, topdown=False):
        yield Path(place)
