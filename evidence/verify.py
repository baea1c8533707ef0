"""Verification of a package, or a copy of it anywhere, as a list of named checks that each say what they found."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence import checks, checks_content, national
from evidence.bag import SEAL
from evidence.checks import Package
from evidence.checks_log import anchored, proofs_in
from evidence.log import LogBehind, LogHead, check_log
from evidence.messages import Status
from evidence.names import P7S
from evidence.trust import CheckFailed, Trust, load_trust
from records import BadInput, Database


@dataclass(frozen=True, slots=True)
class Check:
    """One named check: `ok` is None where there was nothing to check it against."""

    name: str
    ok: bool | None
    detail: str

    def __str__(self) -> str:
        word = {True: "ok", False: "FAILED", None: "not checked"}[self.ok]
        return f"{self.name}: {word}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Verification:
    """What all checks found. `pending` means that only the token is missing: sealed, not stamped yet."""

    package_id: str | None
    seal_sha256: str | None
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        return all(check.ok is not False for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if check.ok is False)

    @property
    def pending(self) -> bool:
        return self.failed == ("token",) and any(Status.PENDING in c.detail for c in self.checks if c.ok is False)

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "pending": self.pending,
            "package_id": self.package_id,
            "seal_sha256": self.seal_sha256,
            "checks": [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in self.checks],
        }


def verify(
    path: Path | str,
    ca_file: Path | str | Trust,
    tsa_ca_file: Path | str | Trust,
    log: Database | Path | str | None = None,
    *,
    anchor: LogHead | None = None,
    expected_seal: str | None = None,
    expected_package: str | None = None,
    footage: bool = True,
    checkpoints: Path | None = None,
    absorbed: bool = False,
    sm2_key: Path | None = None,
) -> Verification:
    """Check the package at `path` against authorities, a log and expectations from outside it.

    `log` is the sealing machine's log (a database, or its SQLite file), `anchor` a head of it that was published
    earlier; `expected_seal` is the seal number on the document (whole, or its first 16 digits or more), and
    `expected_package` the package number there: only they can tell a whole valid package from another. Without
    `footage` clips and photos are only summed, not decoded: for the hub, which looks at every package on arrival.
    `checkpoints` is a folder to which they were told outside: the package's own must be among them. An `absorbed` log
    is the hub's copy: rows that have not come yet are no fault. `sm2_key` is the national public key, from outside too.
    Raises BadInput where the path or a CA file is unusable; everything else is a failed check.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise BadInput("E_PACKAGE", f"{path}: no evidence package", "give the package's folder")
    trust = ca_file if isinstance(ca_file, Trust) else load_trust(ca_file)
    tsa_trust = tsa_ca_file if isinstance(tsa_ca_file, Trust) else load_trust(tsa_ca_file)
    package = Package(folder)
    found = [
        _run("structure", checks.structure, package),
        _run("tagmanifest", checks.tag_files, package),
        _run("manifest", checks.payload, package),
        _run("set", checks.file_set, package),
        _run("token", lambda p: checks.token(p, tsa_trust), package),
        _run("seal", lambda p: checks.seal(p, trust), package),
        _run("record", checks_content.record, package),
        _run("clip", checks_content.clips, package) if footage else Check("clip", None, "not decoded"),
        _run("photos", checks_content.photos, package) if footage else Check("photos", None, "not decoded"),
    ]
    if f"{SEAL}/{national.SM2_SIGNATURE}" in package.files:
        found.append(_run("national", lambda p: national.check(p, sm2_key), package))
    seal_sha256 = _seal_sha256(package)
    if log is None:
        found.append(Check("log", None, "no log at hand"))
    else:
        found.append(_log(package, seal_sha256, log, anchor, absorbed))
    if proofs_in(package):
        found.append(_run("checkpoint", lambda p: anchored(p, seal_sha256, trust, tsa_trust, checkpoints), package))
    else:
        found.append(Check("checkpoint", None, "under no checkpoint yet"))
    found.append(_expectations(package, seal_sha256, expected_seal, expected_package))
    return Verification(package.info.get("External-Identifier"), seal_sha256, tuple(found))


def _run(name: str, check: Callable[[Package], str], package: Package) -> Check:
    try:
        return Check(name, True, check(package))
    except CheckFailed as error:
        return Check(name, False, str(error))
    except (KeyError, TypeError, ValueError, OSError, csv.Error) as error:
        return Check(name, False, f"malformed: {error!r}")


def _log(
    package: Package, seal_sha256: str | None, log: Database | Path | str, anchor: LogHead | None, absorbed: bool
) -> Check:
    behind: list[str] = []

    def check(one: Package) -> str:
        try:
            return check_log(one, seal_sha256, log, anchor)
        except LogBehind as error:
            if not absorbed:
                raise
            behind.append(str(error))
            return ""

    found = _run("log", check, package)
    return Check("log", None, f"has not come yet: {behind[0]}") if behind else found


def _seal_sha256(package: Package) -> str | None:
    try:
        return hashlib.sha256(package.read(f"{SEAL}/{P7S}")).hexdigest()
    except CheckFailed:
        return None


def _expectations(
    package: Package, seal_sha256: str | None, expected_seal: str | None, expected_package: str | None
) -> Check:
    if expected_seal is None and expected_package is None:
        return Check("document", None, "no seal or package number from a document at hand")
    wrong = []
    if expected_seal is not None:
        wanted = expected_seal.strip().lower()
        if len(wanted) < 16 or not (seal_sha256 or "").startswith(wanted):
            wrong.append(f"seal number: expected {wanted}, found {seal_sha256}")
    identifier = package.info.get("External-Identifier")
    if expected_package is not None and identifier != expected_package:
        wrong.append(f"package number: expected {expected_package}, found {identifier}")
    return Check("document", not wrong, "; ".join(wrong) or "as on the document")
