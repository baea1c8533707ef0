"""What is done with the evidence once a day: terms by what became of each lead, scrub, copy, repair, deletion."""

import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from evidence import Keeper, KeepReport, RetentionClass
from nonsite.hub import alone
from notify import ENDS, Chain, State, SumDifference
from notify.tables import CaseRow, LeadRow
from notify.tables import PackageRow as LeadPackage
from records import Clock, Database, NonsiteError

log = structlog.get_logger("night")
HOUR = 3
_UNCONFIRMED = frozenset({State.A0, State.A1, State.A2, State.A3, State.A8, State.A9})


def classes(database: Database) -> dict[str, tuple[RetentionClass, bool]]:
    """What each package is part of by now, and whether its lead or case is still open."""
    query = (
        select(LeadPackage.package_id, LeadRow.state, CaseRow.state, CaseRow.decided_at)
        .join(LeadRow, LeadRow.id == LeadPackage.lead_id)
        .outerjoin(CaseRow, CaseRow.id == LeadRow.case_id)
    )
    with database.read() as session:
        rows = session.execute(query).all()
    return {package: _class(lead, case, decided) for package, lead, case, decided in rows}


def _class(lead: str, case: str | None, decided: datetime | None) -> tuple[RetentionClass, bool]:
    is_open = State(case if case is not None else lead) not in ENDS
    if decided is not None:
        return RetentionClass.CASE_FILE, is_open
    return (RetentionClass.ALERT if State(lead) in _UNCONFIRMED else RetentionClass.NO_PENALTY), is_open


def night(keeper: Keeper, database: Database) -> KeepReport:
    """One night's work: first what each package is part of, so that nothing is deleted that has become a case."""
    keeper.take_in()
    known = classes(database)
    for package_id, (now, _) in sorted(known.items()):
        if now is not RetentionClass.ALERT:
            try:
                keeper.extend(package_id, now)
            except NonsiteError as error:
                log.error("term not extended", package=package_id, code=error.code, reason=str(error))
    return keeper.night(in_use={package_id for package_id, (_, is_open) in known.items() if is_open})


class Night:
    """Does the night's work at HOUR local time, on a thread of its own; of several hubs one does it."""

    def __init__(
        self,
        keeper: Keeper,
        database: Database,
        clock: Clock,
        zone: str = "Asia/Shanghai",
        *,
        erase_due: Callable[[], list[str]] = list,
        chain: Chain | None = None,
    ) -> None:
        """`erase_due` erases the parties whose term is over; `chain` counts its kept sums again: what differs is named
        and left to `nonsite desk recount`."""
        self._keeper, self._database, self._clock, self._zone = keeper, database, clock, ZoneInfo(zone)
        self._erase_due, self._chain = erase_due, chain
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="night", daemon=True)

    def start(self) -> None:
        """Wait for the first night."""
        self._thread.start()

    def stop(self) -> None:
        """End; a night that has begun comes to its end first, or is given up with the process."""
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        due = self._next(self._clock.now())
        while not self._stopping.wait(30.0):
            if self._clock.now() < due:
                continue
            due = self._next(self._clock.now())
            try:
                with alone(self._database, "night") as ours:
                    if ours:
                        tell(night(self._keeper, self._database))
                        log.info("parties erased at their term", count=len(self._erase_due()))
                        if self._chain is not None:
                            tell_sums(self._chain.recount())
            except Exception:
                log.exception("the night's work failed")

    def _next(self, now: datetime) -> datetime:
        local = now.astimezone(self._zone)
        due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        return due if due > local else due + timedelta(days=1)


def tell(report: KeepReport) -> None:
    """Log what a night did, faults as errors."""
    for package, reason in report.faults.items():
        log.error("evidence at fault", package=package, reason=reason)
    log.info(
        "night",
        checked=report.checked,
        copied=len(report.copied),
        repaired=len(report.repaired),
        deleted=len(report.deleted),
        faults=len(report.faults),
    )


def tell_sums(found: list[SumDifference]) -> None:
    """Log what kept sums differ from their rows."""
    for one in found:
        log.error("kept sum differs", **asdict(one))
    log.info("kept sums counted again", differences=len(found))
