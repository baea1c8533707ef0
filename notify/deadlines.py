"""Terms: what starts them, how long they run, whom they bind, which have run out."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.calendar import Binds, LegalCalendar, Unit
from notify.law import Profile
from notify.refusals import Barred
from notify.tables import NEVER, CaseRow, DeadlineRow
from records import Clock, uuid7

OPEN, DONE, GONE, OVER = "open", "done", "gone", "over"


@dataclass(frozen=True, slots=True)
class Term:
    """One kind of term. `key`: the profile key of its length; `step`: what the system does at its end."""

    code: str
    zh: str
    en: str
    key: str
    unit: Unit
    binds: Binds
    step: str = ""


TERMS: dict[str, Term] = {
    term.code: term
    for term in (
        Term(
            "DRECT", "整改期限", "Time to correct", "rectify.{kind}.minutes", Unit.MINUTES, Binds.PARTY, "recheck_due"
        ),
        Term(
            "DFALL",
            "等待回执",
            "Waiting for a receipt",
            "notice.fallback_minutes",
            Unit.MINUTES,
            Binds.AGENCY,
            "no_receipt",
        ),
        Term("D90", "办案期限", "Time to decide", "periods.decision_days", Unit.DAYS, Binds.AGENCY),
        Term(
            "DSTMT",
            "陈述申辩期",
            "Statement window",
            "statement_window_wd",
            Unit.WORKING_DAYS,
            Binds.PARTY,
            "window_ended",
        ),
        Term("DHEAR", "听证申请期", "Hearing window", "periods.hearing_request_wd", Unit.WORKING_DAYS, Binds.PARTY),
        Term("DSERVE7", "决定送达期限", "Time to serve", "periods.serve_wd", Unit.WORKING_DAYS, Binds.AGENCY),
        Term("DPAY15", "缴款期限", "Time to pay", "periods.pay_days", Unit.DAYS, Binds.PARTY, "overdue"),
        Term("DREV60", "复议申请期", "Time to ask for review", "periods.reconsideration_days", Unit.DAYS, Binds.PARTY),
        Term("DLIT6M", "起诉期", "Time to sue", "periods.suit_months", Unit.MONTHS, Binds.PARTY),
        Term("DDUN10", "催告期", "Dunning period", "periods.dunning_wd", Unit.WORKING_DAYS, Binds.PARTY),
        Term("DCOURT", "申请强制执行期", "Time to apply to court", "periods.court_months", Unit.MONTHS, Binds.AGENCY),
        Term("DANN", "公告送达期", "Public notice", "public_notice_days", Unit.DAYS, Binds.NOBODY, "deemed_served"),
        Term(
            "DLIT15",
            "复议后起诉期",
            "Time to sue after review",
            "periods.suit_after_review_days",
            Unit.DAYS,
            Binds.PARTY,
        ),
        Term(
            "DXFER3",
            "涉嫌犯罪移送决定期限",
            "Time to decide on a transfer",
            "periods.crime_report_days",
            Unit.DAYS,
            Binds.AGENCY,
            "crime_report_late",
        ),
        Term(
            "DXFER24H", "涉嫌犯罪案件移送期限", "Time to send it", "periods.crime_send_hours", Unit.HOURS, Binds.AGENCY
        ),
        Term(
            "DRCPT",
            "等待送达回执",
            "Waiting for proof of service",
            "notice.fallback_minutes",
            Unit.MINUTES,
            Binds.AGENCY,
            "service_unproven",
        ),
        Term(
            "DREPAIR",
            "可以申请信用修复",
            "Credit repair may be asked for",
            "credit.general.min_months",
            Unit.MONTHS,
            Binds.NOBODY,
            "repair_reminder",
        ),
        Term(
            "DREPORT5",
            "诉件答复期限",
            "Time to reply to a complaint",
            "complaints.reply_wd",
            Unit.WORKING_DAYS,
            Binds.AGENCY,
        ),
        Term(
            "DMOVE3",
            "诉件转办期限",
            "Time to pass a complaint on",
            "complaints.move_wd",
            Unit.WORKING_DAYS,
            Binds.AGENCY,
        ),
        Term(
            "DREG7", "登记保存期限", "Time to settle items", "periods.registration_wd", Unit.WORKING_DAYS, Binds.AGENCY
        ),
        Term("DJUR7", "管辖争议期限", "Time to agree on it", "periods.jurisdiction_days", Unit.DAYS, Binds.AGENCY),
        Term("DRETRACT3", "撤回公示期限", "Time to retract", "periods.retract_wd", Unit.WORKING_DAYS, Binds.AGENCY),
    )
}


@dataclass(frozen=True, slots=True)
class Colours:
    """Bounds of the three-colour warning, in per cent of the term that is left."""

    green_above: int
    yellow_above: int

    @classmethod
    def of(cls, profile: Profile) -> "Colours":
        return cls(
            profile.number("warning_colours.green_above_percent"),
            profile.number("warning_colours.yellow_above_percent"),
        )

    def colour(self, start: datetime, end: datetime, now: datetime) -> str:
        """green, yellow or red at `now` for a term from start to end."""
        yellow, red = self.bounds(start, end)
        if now < yellow:
            return "green"
        return "yellow" if now <= red else "red"

    def bounds(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        """(from when it is yellow, after when it is red)."""
        total = end - start
        return end - total * (self.green_above / 100), end - total * (self.yellow_above / 100)


def start_term(
    session: Session,
    owner_id: str,
    code: str,
    kind: str,
    at: datetime,
    profile: Profile,
    calendar: LegalCalendar,
    clock: Clock,
) -> DeadlineRow:
    """Start a term of `owner_id` at an instant; an open one of the same code ends without effect."""
    end_terms(session, owner_id, (code,), at, GONE)
    term = TERMS[code]
    entry_key = term.key.format(kind=kind)
    length = profile.number(entry_key, calendar.today(at))
    entry = profile.find(entry_key, calendar.today(at))
    period = calendar.period(at, length, term.unit, term.binds)
    row = DeadlineRow(
        id=uuid7(clock),
        owner_id=owner_id,
        code=code,
        starts=at,
        ends_at=period.ends_at,
        last_day=period.last_day,
        length=length,
        unit=term.unit.value,
        binds=term.binds.value,
        source=entry.source if entry else "",
        provisional=period.provisional,
        state=OPEN,
    )
    if term.binds is Binds.AGENCY:
        row.yellow_from, row.red_from = Colours.of(profile).bounds(at, period.ends_at)
    session.add(row)
    session.flush()
    note_due(session, owner_id)
    return row


def move_end(session: Session, row: DeadlineRow, last_day: date, calendar: LegalCalendar, source: str) -> None:
    """A term ends on another day than counted, by a decision (a deferral, a plan of instalments)."""
    row.last_day, row.ends_at, row.source, row.provisional = last_day, calendar.midnight_after(last_day), source, False
    session.flush()
    note_due(session, row.owner_id)


def end_terms(session: Session, owner_id: str, codes: tuple[str, ...], at: datetime, state: str = DONE) -> None:
    """End the running terms of these codes: done, or gone where they no longer matter."""
    ending = [row for row in _running(session, owner_id) if row.code in codes] if codes else []
    for row in ending:
        row.state, row.done_at, row.late = state, at, at > row.ends_at
    if ending:
        session.flush()
        note_due(session, owner_id)


def note_due(session: Session, owner_id: str) -> None:
    """Keep on the case when its soonest running term ends and from when it is yellow and red; lists go by these."""
    case = session.get(CaseRow, owner_id)
    if case is not None:
        rows = _running(session, owner_id)
        case.next_due = min((row.ends_at for row in rows), default=NEVER)
        case.yellow_from = min((row.yellow_from for row in rows), default=NEVER)
        case.red_from = min((row.red_from for row in rows), default=NEVER)


def _running(session: Session, owner_id: str) -> list[DeadlineRow]:
    """An owner has a handful of terms: the state is tested here, lest a planner look through all open ones."""
    query = select(DeadlineRow).where(DeadlineRow.owner_id == owner_id)
    return [row for row in session.scalars(query) if is_running(row)]


def is_running(row: DeadlineRow) -> bool:
    """Whether a term is open, or has run out while what it asks of the agency is still to be done."""
    overdue = row.state == OVER and row.binds == Binds.AGENCY.value and not TERMS[row.code].step
    return row.state == OPEN or overdue


def term_of(session: Session, owner_id: str, code: str) -> DeadlineRow | None:
    """The newest term of a code that was not made void."""
    query = select(DeadlineRow).where(
        DeadlineRow.owner_id == owner_id, DeadlineRow.code == code, DeadlineRow.state != GONE
    )
    return session.scalars(query.order_by(DeadlineRow.starts.desc(), DeadlineRow.id.desc()).limit(1)).first()


def passed(row: DeadlineRow | None, now: datetime) -> bool:
    """Whether a term has run out. Raises Barred `E_CALENDAR` where its end is provisional and would have passed."""
    if row is None or now < row.ends_at:
        return False
    if row.provisional:
        raise Barred(
            "E_CALENDAR",
            f"{TERMS[row.code].zh}的届满日{row.last_day}尚不确定",
            f"the end of {row.code} ({row.last_day}) is provisional",
            "load the published holiday table",
        )
    return True


def firm_up(session: Session, calendar: LegalCalendar) -> int:
    """Count provisional ends again after a holiday table was loaded; how many became firm."""
    firm = 0
    query = select(DeadlineRow).where(DeadlineRow.provisional.is_(True), DeadlineRow.state == OPEN)
    for row in session.scalars(query):
        period = calendar.period(row.starts, row.length, Unit(row.unit), Binds(row.binds))
        if row.yellow_from != NEVER:
            whole, longer = row.ends_at - row.starts, period.ends_at - row.starts
            row.yellow_from = row.starts + (row.yellow_from - row.starts) / whole * longer
            row.red_from = row.starts + (row.red_from - row.starts) / whole * longer
        row.ends_at, row.last_day, row.provisional = period.ends_at, period.last_day, period.provisional
        firm += not period.provisional
        session.flush()
        note_due(session, row.owner_id)
    return firm


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """The ids of open terms whose firm end has passed, earliest first."""
    query = select(DeadlineRow.id).where(
        DeadlineRow.state == OPEN, DeadlineRow.ends_at <= now, DeadlineRow.provisional.is_(False)
    )
    return list(session.scalars(query.order_by(DeadlineRow.ends_at, DeadlineRow.id).limit(limit)))
