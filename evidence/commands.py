"""What `nonsite evidence list|show|verify|export` do, with results that print as one JSON document."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select

from evidence import names
from evidence.bag import SEAL
from evidence.checks import fixity
from evidence.custody import Action, CustodyBook, CustodyEntry
from evidence.entry import entry_of
from evidence.mask import MaskPolicy, masked_clip, masked_photo, own_boxes
from evidence.package import record_of
from evidence.store import EvidenceStore
from evidence.tables import PackageRow
from evidence.trust import CheckFailed
from records import BadInput, Database, iso
from streams import Network


class For(StrEnum):
    """Whom a bundle is for: a court sees whole packages, a party masked copies in which its own stays visible."""

    COURT = "court"
    PARTY = "party"


def list_packages(store: EvidenceStore, database: Database | None = None) -> list[dict[str, Any]]:
    """Every package of a store, oldest first, with its state where the queue's database is at hand."""
    rows: dict[str, PackageRow] = {}
    if database is not None:
        with database.read() as session:
            rows = {row.package_id: row for row in session.scalars(select(PackageRow))}
    return [_line(store, rows.get(package_id) or entry_of(store, package_id)) for package_id in store.list()]


def show_package(path: Path) -> dict[str, Any]:
    """The record of a package with what lies in its `seal/`."""
    seal = path / SEAL
    return {
        "path": str(path),
        "record": record_of(path),
        "seal": sorted(one.name for one in seal.iterdir()) if seal.is_dir() else [],
        "stamped": (seal / names.TSR).exists(),
    }


def export_original(path: Path, to: Path, book: CustodyBook, entry: CustodyEntry) -> Path:
    """A bit-identical copy of a package in the folder `to`, with its custody extract beside it.

    The custody row is written before a byte is copied; the copy is built aside and renamed, after its sums held.
    Raises Refused E_NO_REASON without a purpose, BadInput where `to` holds it already or the copy went wrong.
    """
    book.note(entry)
    final, building = to / path.name, to / f".tmp-{path.name}"
    if final.exists():
        raise BadInput("E_EXPORT", f"{final}: is there already", "export into an empty folder")
    try:
        to.mkdir(parents=True, exist_ok=True)
        shutil.copytree(path, building, symlinks=True)
        fixity(building)
        os.replace(building, final)
        history = json.dumps(book.history(entry.package_id), ensure_ascii=False, indent=1)
        (to / f"{path.name}.custody.json").write_text(history + "\n")
    except (CheckFailed, OSError) as error:
        shutil.rmtree(building, ignore_errors=True)
        raise BadInput("E_EXPORT", f"{final}: {error}", "give a folder with room that can be written") from error
    return final


def export_masked(
    path: Path,
    to: Path,
    book: CustodyBook,
    entry: CustodyEntry,
    network: Network | None = None,
    policy: MaskPolicy = MaskPolicy.PUBLICATION,
    *,
    own: bool = False,
) -> list[Path]:
    """Masked copies of every photo and of the clip in the folder `to`; never the original.

    With `own`, for the party: what the alert is about stays visible in the photos. In the clip nobody is.

    Raises Refused E_MASK where people cannot be looked for.
    """
    book.note(entry)
    made = {Path(name).name: data for name, data in _masked(path, network, policy, own)}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in made.items()}
    book.note(replace(entry, action=Action.MASK, reason="", facts={"policy": policy.value, "derived_sha256": sums}))
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, data in made.items():
            (to / name).write_bytes(data)
    except OSError as error:
        raise BadInput("E_EXPORT", f"{to}: {error}", "give a folder with room that can be written") from error
    return [to / name for name in made]


def _masked(path: Path, network: Network | None, policy: MaskPolicy, own: bool) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of a masked copy of every photo and of the clip."""
    photos: Sequence[str] = [photo["path"] for photo in record_of(path)["photos"]]
    for name in photos:
        yield name, masked_photo(path, name, network, own_boxes(path, name) if own else (), policy)
    yield names.CLIP, masked_clip(path, names.CLIP, network, policy=policy)


def _line(store: EvidenceStore, row: PackageRow) -> dict[str, Any]:
    return {
        "package_id": row.package_id,
        "alert_id": row.alert_id,
        "stage": row.stage,
        "device_id": row.device_id,
        "machine": row.machine,
        "sealed_at": iso(row.sealed_at),
        "status": str(row.status),
        "token": (store.root / row.path / SEAL / names.TSR).exists(),
        "stamped_at": iso(row.stamped_at) if row.stamped_at else None,
        "clock_suspect": row.clock_suspect,
        "seal_sha256": row.seal_sha256,
        "path": row.path,
    }
