"""A BagIt 1.0 (RFC 8493) directory written in one pass.

`bagit` only validates: its writer changes the working directory of the process and is not safe with threads.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from records import BadInput

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
MANIFEST, TAGMANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
INFO, BAGIT = "bag-info.txt", "bagit.txt"
SEAL = "seal"
_NAME = re.compile(r"data(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")
_BLOCK = 1 << 20
_FLUSHERS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a bag: its size in bytes and SHA-256 in hexadecimal."""

    size: int
    sha256: str


class BagWriter:
    """Writes files under a new folder, hashing each once; nothing is ever written over, `flush_tree` makes it last.

    Names are ASCII and lie under `data/`. Raises FileExistsError where the folder is there already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: dict[str, Entry] = {}
        folder.mkdir(mode=0o755)

    def add(self, name: str, data: bytes) -> Entry:
        """One payload file with these bytes."""
        path = self._new(name)
        write_new(path, data)
        return self._note(name, Entry(len(data), hashlib.sha256(data).hexdigest()))

    def add_made(self, name: str, make: Callable[[Path], object]) -> Entry:
        """One payload file that `make` writes itself, as a muxer must."""
        path = self._new(name)
        make(path)
        path.chmod(0o444)
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
            write_new(self.folder / name, data)
        tagmanifest = manifest({name: hashlib.sha256(data).hexdigest() for name, data in tags.items()})
        write_new(self.folder / TAGMANIFEST, tagmanifest)
        return tagmanifest

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


def flush_tree(root: Path) -> None:
    """Make every file and folder under `root` durable: files side by side, for journals commit them together."""
    files = [Path(place) / name for place, _, names in os.walk(root) for name in names]
    with ThreadPoolExecutor(_FLUSHERS, thread_name_prefix="flush") as pool:
        for _ in pool.map(flush, files):
            pass
        for _ in pool.map(flush, folders(root)):
            pass


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
