"""How long packages are kept, and that they are still what was sealed: classes, holds, deletion, scrub and repair.

A term only ever grows: at seal the shortest class, more at confirmation and at decision. A class whose days are unknown
is kept until somebody states them. Everything done here is a row of the hub's log, deletions first of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import select

from evidence.bag import TAGMANIFEST
from evidence.checks import fixity
from evidence.copies import CopyDown, SecondCopy
from evidence.entry import seal_number
from evidence.store import EvidenceStore
from evidence.tables import PackageRow, RetentionRow
from evidence.trust import CheckFailed
from records import BadInput, Clock, Database, NonsiteError, Refused, append, iso

HUB = "hub"
FAR = timedelta(days=365 * 100)


class RetentionClass(StrEnum):
    """What a package is part of; each is kept at least as long as the one before."""

    ALERT = "alert"
    NO_PENALTY = "no_penalty"
    CASE_FILE = "case_file"


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Days by class, None where nobody has stated them: such a package is not deleted."""

    days: Mapping[RetentionClass, int | None]

    def term(self, of: RetentionClass) -> timedelta:
        days = self.days.get(of)
        return FAR if days is None else timedelta(days=days)


@dataclass(slots=True)
class KeepReport:
    """What one night did, by package: copied, repaired, deleted; and what is wrong and could not be mended."""

    checked: int = 0
    copied: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)


class Keeper:
    """Keeps the packages of one store. `packages` is where their queue lies; terms and the hub's log in `database`."""

    def __init__(
        self,
        store: EvidenceStore,
        database: Database,
        packages: Database,
        clock: Clock,
        rules: RetentionRules,
        copy: SecondCopy | None = None,
    ) -> None:
        self._store, self._database, self._packages = store, database, packages
        self._clock, self._rules, self._copy = clock, rules, copy

    def take_in(self) -> list[str]:
        """Enter packages that are new here into the shortest class, and copy them; those entered."""
        with self._packages.read() as session:
            sealed = {row.package_id: row.sealed_at for row in session.scalars(select(PackageRow))}
        with self._database.read() as session:
            known = set(session.scalars(select(RetentionRow.package_id)))
        fresh = sorted(sealed.keys() - known)
        for package_id in fresh:
            path = self._store.place_of(package_id)
            until = sealed[package_id] + self._rules.term(RetentionClass.ALERT)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            with self._database.session() as session:
                session.add(
                    RetentionRow(
                        package_id=package_id, retention_class=RetentionClass.ALERT, keep_until=until, size_bytes=size
                    )
                )
        return fresh

    def extend(self, package_id: str, to: RetentionClass) -> None:
        """Keep a package as part of a higher class from now on; a lower class changes nothing."""
        with self._database.session() as session:
            row = session.get(RetentionRow, package_id)
            if row is None:
                raise BadInput("E_PACKAGE_UNKNOWN", f"{package_id}: no term is known", "`nonsite evidence keep`")
            until = max(row.keep_until, self._clock.now() + self._rules.term(to))
            order = list(RetentionClass)
            if order.index(to) <= order.index(RetentionClass(row.retention_class)):
                return
            if self._copy is not None:
                self._copy.extend(package_id, until)
            row.retention_class, row.keep_until = to.value, until
            append(session, HUB, "evidence.kept", package_id, {"class": to.value, "until": iso(until)}, self._clock)

    def hold(self, package_id: str, order_no: str, who: str, on: bool = True) -> None:
        """Put a legal hold on a package under the number of an order, or take it off."""
        if not order_no:
            raise Refused("E_NO_REASON", f"{package_id}: a hold without the number of an order", "give the number")
        with self._database.session() as session:
            row = session.get(RetentionRow, package_id)
            if row is None:
                raise BadInput("E_PACKAGE_UNKNOWN", f"{package_id}: no term is known", "`nonsite evidence keep`")
            if self._copy is not None:
                self._copy.hold(package_id, on)
            row.held_by = order_no if on else None
            kind = "evidence.held" if on else "evidence.released"
            append(session, HUB, kind, package_id, {"order": order_no, "who": who}, self._clock)

    def night(self, limit: int = 100_000, in_use: Collection[str] = ()) -> KeepReport:
        """Take in, copy, scrub those looked at longest ago, repair, delete what is at its term and not `in_use`."""
        report = KeepReport()
        self.take_in()
        for package_id in self._oldest_looked_at(limit):
            report.checked += 1
            try:
                self._look_after(package_id, report)
            except CopyDown as error:
                report.faults[package_id] = str(error)
        self._delete_due(report, in_use)
        return report

    def _oldest_looked_at(self, limit: int) -> list[str]:
        query = select(RetentionRow.package_id).where(RetentionRow.deleted_at.is_(None))
        with self._database.read() as session:
            return list(session.scalars(query.order_by(RetentionRow.scrubbed_at.nulls_first()).limit(limit)))

    def _look_after(self, package_id: str, report: KeepReport) -> None:
        fault = self._fault(self._store.place_of(package_id), package_id)
        with self._database.read() as session:
            until = session.get_one(RetentionRow, package_id).keep_until
        if fault is None and self._copy is not None:
            self._copy.put(self._store.path(package_id), package_id, until)
            if not self._was_looked_at(package_id):
                report.copied.append(package_id)
        elif fault is not None:
            if self._repair(package_id, fault):
                report.repaired.append(package_id)
                fault = None
            else:
                report.faults[package_id] = fault
        with self._database.session() as session:
            row = session.get_one(RetentionRow, package_id)
            if fault is not None and row.fault != fault:
                append(session, HUB, "evidence.damaged", package_id, {"fault": fault}, self._clock)
            row.scrubbed_at, row.fault = self._clock.now(), fault

    def _was_looked_at(self, package_id: str) -> bool:
        with self._database.read() as session:
            return session.get_one(RetentionRow, package_id).scrubbed_at is not None

    def _fault(self, path: Path, package_id: str) -> str | None:
        """What is wrong with a package as it lies there: its sums, and that it is the one that was entered."""
        if not path.is_dir():
            return "it is not there"
        try:
            fixity(path)
            facts = self._facts(package_id)
            digest = hashlib.sha256((path / TAGMANIFEST).read_bytes()).hexdigest()
            for what, expected, found in (
                ("seal", facts["seal_sha256"], seal_number(path)),
                ("content", facts["tagmanifest_sha256"], digest),
            ):
                if expected != found:
                    raise CheckFailed(f"{what}: expected {expected} as entered, found {found}")
        except (CheckFailed, OSError, NonsiteError) as error:
            return str(error)
        return None

    def _facts(self, package_id: str) -> dict[str, Any]:
        with self._packages.read() as session:
            row = session.get_one(PackageRow, package_id)
            return {"seal_sha256": row.seal_sha256, "tagmanifest_sha256": row.tagmanifest_sha256}

    def _repair(self, package_id: str, fault: str) -> bool:
        """Put the second copy in the place of a damaged package, which is kept aside; False where the copy is no
        better."""
        if self._copy is None:
            return False
        building = self._store.building(package_id)
        self._store.discard(package_id)
        try:
            good = self._copy.fetch(package_id, building) and self._fault(building, package_id) is None
            if not good:
                self._store.discard(package_id)
                return False
            for folder in (building, *(path for path in building.rglob("*") if path.is_dir())):
                folder.chmod(0o755)
            kept = self._store.put_damaged_aside(package_id, self._clock.now())
            self._store.place(package_id)
        except OSError as error:
            self._store.discard(package_id)
            raise CopyDown("E_COPY", f"{package_id}: cannot be repaired: {error}") from error
        with self._database.session() as session:
            body = {"fault": fault, "from": self._copy.name, "damaged_kept": kept is not None}
            append(session, HUB, "evidence.repaired", package_id, body, self._clock)
        return True

    def _delete_due(self, report: KeepReport, in_use: Collection[str]) -> None:
        for package_id in [one for one in self._due() if one not in in_use]:
            facts = self._facts(package_id)
            with self._database.session() as session:  # the record first: a deletion nobody knows of is a loss
                row = session.get_one(RetentionRow, package_id)
                body = {**facts, "class": row.retention_class, "until": iso(row.keep_until)}
                append(session, HUB, "evidence.deleting", package_id, body, self._clock)
            try:
                if self._copy is not None:
                    self._copy.delete(package_id)
                self._store.remove(package_id)
            except (CopyDown, OSError) as error:
                report.faults[package_id] = str(error)
                continue
            with self._database.session() as session:
                session.get_one(RetentionRow, package_id).deleted_at = self._clock.now()
                append(session, HUB, "evidence.deleted", package_id, facts, self._clock)
            report.deleted.append(package_id)

    def _due(self) -> Iterator[str]:
        query = select(RetentionRow.package_id).where(
            RetentionRow.deleted_at.is_(None),
            RetentionRow.held_by.is_(None),
            RetentionRow.keep_until < self._clock.now(),
        )
        with self._database.read() as session:
            yield from session.scalars(query.order_by(RetentionRow.package_id)).all()
