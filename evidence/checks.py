"""The named checks on a package: its shape, its sums, its seal and its token. Each raises CheckFailed or passes.

A package is hostile until shown otherwise: names are matched, links never followed, counts bounded.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence import cms
from evidence.bag import BAGIT, DECLARATION, INFO, MANIFEST, SEAL, TAGMANIFEST, sha256_file
from evidence.names import P7S, RECORD, SEAL_FILES, TSR
from evidence.tokens import Token, check_reply
from evidence.trust import CheckFailed, Trust
from records import iso

ROOT_FILES = frozenset({BAGIT, INFO, MANIFEST, TAGMANIFEST})
ROOT_FOLDERS = frozenset({"data", SEAL})
MOST_FILES = 100_000
MOST_NAMED = 20
LONGEST_TAG_FILE = 64 * 1024 * 1024
_LINE = re.compile(r"([0-9a-f]{64})  ([!-~]+)")
_PAYLOAD_NAME = re.compile(r"data(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")
_INFO_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (.*)")


@dataclass(slots=True)
class Package:
    """A package being verified; what one check read, the next need not read again."""

    path: Path
    files: dict[str, int] = field(default_factory=dict)
    manifest: dict[str, str] = field(default_factory=dict)
    info: dict[str, str] = field(default_factory=dict)
    signed: cms.Signed | None = None
    token: Token | None = None

    def read(self, name: str) -> bytes:
        """The bytes of a plain file of the package; raises CheckFailed."""
        path = self.path / name
        try:
            if path.is_symlink() or not path.is_file():
                raise CheckFailed(f"{name}: expected a plain file, found {'a link' if path.is_symlink() else 'none'}")
            if path.stat().st_size > LONGEST_TAG_FILE:
                raise CheckFailed(f"{name}: longer than {LONGEST_TAG_FILE} bytes")
            return path.read_bytes()
        except OSError as error:
            raise CheckFailed(f"{name}: cannot be read: {error.strerror}") from error

    def record(self) -> dict[str, Any]:
        """record.json as it stands, whatever it claims; raises CheckFailed where it is no JSON object."""
        try:
            facts = json.loads(self.read(RECORD))
        except (ValueError, RecursionError) as error:
            raise CheckFailed(f"{RECORD}: not JSON: {error}") from error
        if not isinstance(facts, dict):
            raise CheckFailed(f"{RECORD}: expected an object")
        return facts


def structure(package: Package) -> str:
    """Only the files that a package may have: no links, devices, empty folders, stray root or seal files."""
    if package.path.is_symlink() or not package.path.is_dir():
        raise CheckFailed(f"{package.path}: not a folder")
    faults: list[str] = []
    for place, names, files in os.walk(package.path):
        inside = Path(place).relative_to(package.path).as_posix()
        if not names and not files:
            faults.append(f"{inside}: an empty folder")
        faults.extend(filter(None, (_fault(package, Path(place) / name, inside) for name in (*names, *files))))
        if len(package.files) + len(faults) > MOST_FILES:
            raise CheckFailed(f"more than {MOST_FILES} files")
    faults.extend(f"{name}: missing" for name in sorted(ROOT_FILES - package.files.keys()))
    if BAGIT in package.files and (found := package.read(BAGIT)) != DECLARATION:
        faults.append(f"{BAGIT}: expected {DECLARATION!r}, found {found[:80]!r}")
    if INFO in package.files:
        package.info.update(_parse_info(package.read(INFO)))
    if faults:
        raise CheckFailed("; ".join(faults[:MOST_NAMED]))
    return f"{len(package.files)} files, BagIt 1.0"


def _fault(package: Package, path: Path, inside: str) -> str | None:
    """What is wrong with one entry, None where nothing; plain files are noted with their sizes."""
    status = path.lstat()
    name = path.name if inside == "." else f"{inside}/{path.name}"
    if stat.S_ISDIR(status.st_mode):
        if inside == "." and path.name not in ROOT_FOLDERS:
            return f"{name}: an unknown folder in the root"
        return f"{name}: a folder in {SEAL}/" if inside == SEAL else None
    if not stat.S_ISREG(status.st_mode):
        return f"{name}: {'a symbolic link' if stat.S_ISLNK(status.st_mode) else 'no plain file'}"
    package.files[name] = status.st_size
    if inside == "." and path.name not in ROOT_FILES:
        return f"{name}: an unknown file in the root"
    if inside == SEAL and not SEAL_FILES.fullmatch(path.name):
        return f"{name}: an unknown file in {SEAL}/"
    return None


def _parse_info(data: bytes) -> dict[str, str]:
    info: dict[str, str] = {}
    for line in _lines(data):
        match = _INFO_LINE.fullmatch(line)
        if not match or match[1] in info:
            raise CheckFailed(f"{INFO}: not a label and value, or given twice: {line[:80]!r}")
        info[match[1]] = match[2]
    return info


def _lines(data: bytes) -> list[str]:
    """Lines as coreutils see them: a line feed ends each, and nothing else does."""
    return data.decode(errors="replace").removesuffix("\n").split("\n")


def may_hold(name: str) -> bool:
    """Whether a package may hold a file of this name."""
    return (
        name in ROOT_FILES
        or _PAYLOAD_NAME.fullmatch(name) is not None
        or (name.startswith(f"{SEAL}/") and SEAL_FILES.fullmatch(name.removeprefix(f"{SEAL}/")) is not None)
    )


def tag_files(package: Package) -> str:
    """The tag manifest names exactly the tag files, and their sums are right."""
    listed = _parse_manifest(package, TAGMANIFEST)
    expected = ROOT_FILES - {TAGMANIFEST}
    if set(listed) != expected:
        raise CheckFailed(f"{TAGMANIFEST}: expected {sorted(expected)}, found {sorted(listed)}")
    _compare(package, listed)
    return f"{len(listed)} tag files"


def payload(package: Package) -> str:
    """Every payload file that the manifest names is there and unchanged."""
    listed = _parse_manifest(package, MANIFEST)
    for name in listed:
        if not _PAYLOAD_NAME.fullmatch(name):
            raise CheckFailed(f"{MANIFEST}: not a name under data/: {name!r}")
    package.manifest.update(listed)
    _compare(package, listed)
    return f"{len(listed)} payload files"


def file_set(package: Package) -> str:
    """Nothing lies under data/ that the manifest does not name, and the sizes add up (sha256sum -c sees neither)."""
    there = {name for name in package.files if name.startswith("data/")}
    added, gone = sorted(there - package.manifest.keys()), sorted(package.manifest.keys() - there)
    if added or gone:
        raise CheckFailed(f"not in the manifest: {added or 'none'}; in the manifest only: {gone or 'none'}")
    oxum = f"{sum(package.files[name] for name in there)}.{len(there)}"
    if package.info.get("Payload-Oxum") != oxum:
        raise CheckFailed(f"Payload-Oxum: expected {package.info.get('Payload-Oxum')!r}, found {oxum!r}")
    return oxum


def seal(package: Package, trust: Trust) -> str:
    """The signature over the tag manifest, by a certificate under the pinned authority as of the token's genTime."""
    content = package.read(TAGMANIFEST)
    at = package.token.gen_time if package.token else None
    package.signed = cms.check(cms.load(package.read(f"{SEAL}/{P7S}")), trust, detached=content, at=at)
    signer = package.signed.certificate.subject.rfc4514_string()
    when = package.signed.signing_time
    if when is None:
        raise CheckFailed("the seal bears no signingTime")
    if package.token and (package.token.gen_time - when).total_seconds() < -1 - package.token.accuracy_s:
        raise CheckFailed(
            f"sealed after it was stamped: signingTime {iso(when)}, genTime {iso(package.token.gen_time)}"
        )
    return f"{signer}, signingTime {iso(when)}"


def token(package: Package, trust: Trust) -> str:
    """The time authority's reply over the seal, under its own pinned root."""
    if f"{SEAL}/{TSR}" not in package.files and not (package.path / SEAL / TSR).exists():
        raise CheckFailed(f"{SEAL}/{TSR}: missing (SEALED_PENDING_TSA, or removed)")
    package.token = check_reply(package.read(f"{SEAL}/{TSR}"), package.read(f"{SEAL}/{P7S}"), trust)
    return f"{package.token.authority}, genTime {iso(package.token.gen_time)}"


def fixity(path: Path) -> Package:
    """Re-read a package's shape and sums; raises CheckFailed."""
    package = Package(path)
    for check in (structure, tag_files, payload, file_set):
        check(package)
    return package


def _parse_manifest(package: Package, name: str) -> dict[str, str]:
    listed: dict[str, str] = {}
    for line in _lines(package.read(name)):
        match = _LINE.fullmatch(line)
        if not match or match[2] in listed:
            raise CheckFailed(f"{name}: not a sum and a name, or named twice: {line[:120]!r}")
        listed[match[2]] = match[1]
    return listed


def _compare(package: Package, listed: Mapping[str, str]) -> None:
    wrong = []
    for name, expected in listed.items():
        try:
            found = sha256_file(package.path / name)
        except OSError as error:
            found = f"nothing ({error.strerror})"
        if found != expected:
            wrong.append(f"{name}: expected {expected}, found {found}")
    if wrong:
        raise CheckFailed("; ".join(wrong))
