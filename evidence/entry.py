"""A package's entry in the queue and index, made from what the package itself says."""

from __future__ import annotations

import hashlib
from pathlib import Path

from evidence.bag import SEAL, TAGMANIFEST
from evidence.messages import TOPIC, Status
from evidence.names import P7S
from evidence.package import record_of
from evidence.store import EvidenceStore
from evidence.tables import PackageRow
from records import BadInput, Database, outbox_put, parse_iso


def seal_number(path: Path) -> str:
    """`seal_sha256` of a package: what stands on documents. Raises BadInput where it has no seal."""
    try:
        return hashlib.sha256((path / SEAL / P7S).read_bytes()).hexdigest()
    except OSError as error:
        raise BadInput("E_PACKAGE", f"{path}: has no seal: {error}", "give the folder of a package") from error


def entry_of(store: EvidenceStore, package_id: str) -> PackageRow:
    """The entry of a package in the store, not yet stamped. Raises BadInput where it is no whole package."""
    path = store.path(package_id)
    record = record_of(path)
    try:
        return PackageRow(
            package_id=package_id,
            machine=record["log"]["machine"],
            alert_id=record["alert_ref"]["id"],
            stage=record["stage"],
            device_id=record["camera"]["id"],
            intent_seq=record["log"]["intent_seq"],
            path=store.relative(package_id),
            seal_sha256=seal_number(path),
            tagmanifest_sha256=hashlib.sha256((path / TAGMANIFEST).read_bytes()).hexdigest(),
            sealed_at=parse_iso(record["sealed_utc"]),
            clock_suspect=record["clock"]["suspect"],
            status=Status.PENDING.value,
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise BadInput("E_PACKAGE", f"{path}: not a whole package: {error!r}", "receive it again") from error


def admit(store: EvidenceStore, database: Database, package_id: str) -> None:
    """Enter a package that another machine sealed, so that it is stamped and told here; again changes nothing."""
    row = entry_of(store, package_id)
    with database.session() as session:
        if session.get(PackageRow, package_id) is None:
            session.add(row)
            session.flush()
            outbox_put(session, TOPIC, package_id, row.message().model_dump(mode="json"))
