"""Kept sums counted again from the rows that they sum, and what differs.

The day and the month of a thing are those that `notify.sums` counts it on. An officer may have changed the squad since,
or the case its officer: where the squad of its first officer counts, the whole over all units is compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from notify.engine import AUDIT, Engine
from notify.register_rows import OfficerRow, SubjectRow
from notify.states import ENDS, State
from notify.sums import BUNDLE, SIMPLE, UNJUDGED, manner
from notify.tables import CaseRow, DocumentRow, LeadRow, OrderRow, PaymentRow, ServiceRow, StepRecord
from notify.tables_desk import ComplaintRow, SumRow, SurveyRow
from records import append

_ENDS = [state.value for state in ENDS]
_LEAD_STEPS = ("detected", "merged", "discard", "warn")
_DECIDES = ("decide", "decide_fast")
_CASE_STEPS = ("no_penalty", "serve_decision", "decision_served", "close", *SIMPLE)
BY_OFFICER = frozenset(
    {"filed", "decided", "decided_fen", "no_penalty", "served", "served_firms", "served_bundled", "paid_fen"}
    | {"cases_closed", "case_seconds", *SIMPLE.values()}
)
Key = tuple[str, str, str, str]  # measure, day or month, unit, kind
Count = tuple[str, date, str, str, int]  # measure, day, unit, kind, how much


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A kept sum that its rows do not bear out."""

    measure: str
    period: str
    unit: str
    kind: str
    kept: int
    counted: int


def recount(engine: Engine, mend: bool = False) -> list[SumDifference]:
    """Every kept sum that is not what its rows say, by measure and period; with `mend` they are put right.

    One look at one instant, so that work that goes on meanwhile is no difference; mending adds what is missing, so
    that none of it is lost. Reads every step once.
    """
    with engine.database.read() as session:
        if not engine.database.is_sqlite:
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        counted = _sums(_all(engine, session))
        query = select(SumRow.measure, SumRow.period, SumRow.unit, SumRow.kind, SumRow.value)
        kept: Counter[Key] = Counter({(row[0], row[1], row[2], row[3]): int(row[4]) for row in session.execute(query)})
    found = _differences(kept, counted)
    if mend and found:
        with engine.database.session() as session:
            fact = {"differences": len(found), "measures": sorted({one.measure for one in found})}
            append(session, AUDIT, "sums_mended", engine.organ, fact, engine.clock)
            for one in found:
                _add(session, one)
    return found


def _add(session: Session, one: SumDifference) -> None:
    row = session.get(SumRow, (one.measure, one.period, one.unit, one.kind), with_for_update=True)
    if row is None:
        key = {"measure": one.measure, "period": one.period, "unit": one.unit, "kind": one.kind}
        session.add(SumRow(**key, value=one.counted - one.kept))
    else:
        row.value += one.counted - one.kept


def _all(engine: Engine, session: Session) -> Iterator[Count]:
    squads = {row.id: row.squad or engine.organ for row in session.scalars(select(OfficerRow))}

    def unit(officers: list[str]) -> str:
        return squads.get(officers[0], engine.organ) if officers else engine.organ

    day = engine.tools.calendar.today
    yield from _leads(session, engine.organ, day)
    yield from _cases(session, unit, day)
    yield from _decisions(session, unit, day)
    yield from _payments(session, unit, day)
    yield from _complaints(session, day)


def _rows(session: Session, query: Any) -> Any:
    """The rows of a query as they come; a city's steps do not fit into memory at once."""
    return session.execute(query.execution_options(yield_per=5_000))


def _sums(counts: Iterable[Count]) -> Counter[Key]:
    sums: Counter[Key] = Counter()
    for measure, day, unit, kind, n in counts:
        for period in (day.isoformat(), day.isoformat()[:7]):
            sums[measure, period, unit, kind] += n
    return sums


def _differences(kept: Counter[Key], counted: Counter[Key]) -> list[SumDifference]:
    whole: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for sums, sign in ((kept, 1), (counted, -1)):
        for (measure, period, _, kind), n in sums.items():
            whole[measure, period, kind] += sign * n
    found = []
    for key in sorted({*kept, *counted}):
        measure, period, unit, kind = key
        same = kept[key] == counted[key] or (measure in BY_OFFICER and not whole[measure, period, kind])
        if not same:
            found.append(SumDifference(measure, period, unit, kind, kept[key], counted[key]))
    return found


def _leads(session: Session, organ: str, day: Any) -> Iterator[Count]:
    merged = set(session.scalars(select(StepRecord.owner_id).where(StepRecord.step == "merged")))
    accepted = select(LeadRow.kind, LeadRow.accepted_on).where(LeadRow.accepted_on.is_not(None))
    for kind, on in _rows(session, accepted.where(LeadRow.state != State.MERGED.value)):
        yield "accepted", on, organ, kind, 1
    false = select(StepRecord.seq, StepRecord.body).where(StepRecord.step == "discard")
    wrong = {seq for seq, body in _rows(session, false) if body.get("reason") == "false_detection"}
    query = select(StepRecord.seq, StepRecord.at, StepRecord.step, StepRecord.source, StepRecord.target).add_columns(
        LeadRow.id, LeadRow.kind, LeadRow.accepted_on, LeadRow.late, LeadRow.received_at, LeadRow.raised
    )
    query = query.join(LeadRow, LeadRow.id == StepRecord.owner_id)
    query = query.where(StepRecord.step.in_(_LEAD_STEPS) | StepRecord.target.in_(_ENDS))
    for seq, at, step, source, target, lead, kind, on, late, received, raised in _rows(session, query):
        if step == "detected":
            yield ("merged" if lead in merged else "leads"), day(at), organ, kind, 1
        elif step == "discard":
            yield "discarded", day(at), organ, kind, 1
            if seq in wrong:
                yield "false_detections", day(at), organ, kind, 1
        elif step == "warn":
            yield "warned", day(at), organ, kind, 1
        if source and source != target and target in _ENDS and on is not None and target != State.MERGED.value:
            yield from _ended(State(target), at, on, late, received, raised, organ, kind, day)


def _ended(
    target: State, at: datetime, on: date, late: bool, received: datetime | None, raised: datetime, organ: str,
    kind: str, day: Any,
) -> Iterator[Count]:  # fmt: skip
    yield "handled", on, organ, kind, 1
    if not late:
        yield "handled_in_time", on, organ, kind, 1
    if target not in UNJUDGED:
        yield manner(received, target), day(at), organ, kind, 1
        yield "leads_closed", day(at), organ, kind, 1
        yield "lead_seconds", day(at), organ, kind, int((at - raised).total_seconds())


def _cases(session: Session, unit: Any, day: Any) -> Iterator[Count]:
    for kind, filed, officers in _rows(session, select(CaseRow.kind, CaseRow.filed_at, CaseRow.officers)):
        yield "filed", day(filed), unit(officers), kind, 1
    bundled = _bundled(session)
    query = select(StepRecord.at, StepRecord.step, StepRecord.target, CaseRow.id, CaseRow.officers)
    query = query.add_columns(LeadRow.kind, LeadRow.raised, SubjectRow.kind)
    query = query.join(CaseRow, CaseRow.id == StepRecord.owner_id).join(LeadRow, LeadRow.id == CaseRow.lead_id)
    query = query.outerjoin(SubjectRow, SubjectRow.id == CaseRow.subject_id).where(StepRecord.step.in_(_CASE_STEPS))
    for at, step, target, case, officers, kind, raised, party in _rows(session, query):
        on, squad = day(at), unit(officers)
        if step == "no_penalty":
            yield "no_penalty", on, squad, kind, 1
        elif step in ("serve_decision", "decision_served") and target == State.B11.value:
            yield "served", on, squad, kind, 1
            if party not in (None, "person"):
                yield "served_firms", on, squad, kind, 1
                if case in bundled:
                    yield "served_bundled", on, squad, kind, 1
        elif step == "close":
            yield "cases_closed", on, squad, kind, 1
            yield "case_seconds", on, squad, kind, int((at - raised).total_seconds())
        elif step in SIMPLE:
            yield SIMPLE[step], on, squad, kind, 1


def _bundled(session: Session) -> set[str]:
    """The cases whose last service of the decision carried all three letters."""
    letters = select(DocumentRow.id, DocumentRow.kind).where(DocumentRow.kind.in_(BUNDLE))
    kinds = {row.id: row.kind for row in _rows(session, letters)}
    query = select(ServiceRow.owner_id, ServiceRow.documents).where(ServiceRow.purpose == "decision")
    last = {row.owner_id: row.documents for row in _rows(session, query.order_by(ServiceRow.sent_at, ServiceRow.id))}
    return {case for case, papers in last.items() if {kinds.get(paper) for paper in papers} >= BUNDLE}


def _decisions(session: Session, unit: Any, day: Any) -> Iterator[Count]:
    """Decisions and their fines as decided; a later change of the amount is no second decision.

    Where what was filled in has been erased at its term, the case's own amount stands for it.
    """
    query = select(StepRecord.at, StepRecord.body, CaseRow.decision_fen, CaseRow.officers, LeadRow.kind)
    ordinary = query.join(CaseRow, CaseRow.id == StepRecord.owner_id).join(LeadRow, LeadRow.id == CaseRow.lead_id)
    for at, body, fen, officers, kind in _rows(session, ordinary.where(StepRecord.step.in_(_DECIDES))):
        yield "decided", day(at), unit(officers), kind, 1
        yield "decided_fen", day(at), unit(officers), kind, int(body.get("amount_fen") or fen or 0)
    spot = query.join(LeadRow, LeadRow.id == StepRecord.owner_id).join(CaseRow, CaseRow.lead_id == LeadRow.id)
    for at, body, fen, officers, kind in _rows(session, spot.where(StepRecord.step == "decide_on_spot")):
        yield "decided", day(at), unit(officers), kind, 1
        yield "decided_fen", day(at), unit(officers), kind, int(body.get("amount_fen") or fen or 0)
        yield "served", day(at), unit(officers), kind, 1


def _payments(session: Session, unit: Any, day: Any) -> Iterator[Count]:
    query = select(PaymentRow.received_at, PaymentRow.amount_fen, CaseRow.officers, LeadRow.kind)
    query = query.join(OrderRow, OrderRow.id == PaymentRow.order_id).join(CaseRow, CaseRow.id == OrderRow.case_id)
    for at, amount, officers, kind in _rows(session, query.join(LeadRow, LeadRow.id == CaseRow.lead_id)):
        yield "paid_fen", day(at), unit(officers), kind, amount


def _complaints(session: Session, day: Any) -> Iterator[Count]:
    query = select(ComplaintRow, SurveyRow).outerjoin(SurveyRow, SurveyRow.complaint_id == ComplaintRow.id)
    for row, survey in _rows(session, query):
        true, ours = row.substantiated, row.within_power
        holds = {
            "complaints": True,
            "complaints_assigned": True,
            "complaints_repeated": row.repeats > 0,
            "complaints_contacted": row.contacted_at is not None,
            "complaints_checked": row.checked_at is not None,
            "complaints_unfounded": true is False,
            "complaints_eligible": bool(true and ours),
            "complaints_filed": bool(true and ours and row.case_id),
            "complaints_moved": row.moved_to is not None,
            "complaints_completed": row.completed_at is not None,
            "complaints_replied": row.replied_at is not None,
            "surveys": survey is not None,
            "surveys_result": survey is not None and survey.result_satisfied,
            "surveys_attitude": survey is not None and survey.attitude_satisfied,
        }
        for measure in (name for name, held in holds.items() if held):
            yield measure, day(row.received_at), row.unit, row.kind or "", 1
