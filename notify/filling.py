"""From rows to read models, in a fixed number of queries for a list."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.deadlines import TERMS, Colours, is_running
from notify.documents.kinds import KINDS
from notify.engine import Engine
from notify.filling_money import payment
from notify.offers import waiting_for
from notify.registers import SubjectRow
from notify.service import METHOD_ZH
from notify.states import ENDS, State
from notify.table import step_of
from notify.tables import CaseRow, DeadlineRow, DocumentRow, LeadRow, PackageRow, ServiceRow, StepRecord
from notify.views import (
    CaseView,
    DeadlineView,
    DocumentView,
    EventView,
    LeadView,
    PackageView,
    ServiceView,
    SubjectView,
    title,
)

TIMED = ("A0", "A1", "A2", "A3", "A4", "A5", "A6")
_BEFORE = {"detected": ("自动发现", "Detected"), "merged": ("并入已有线索", "Merged")}


def lead_views(engine: Engine, session: Session, rows: Sequence[LeadRow], full: bool = False) -> list[LeadView]:
    ids = [row.id for row in rows]
    packages, terms = packages_of(session, ids), terms_of(engine, session, ids)
    subjects = _subjects(session, {row.subject_id for row in rows if row.subject_id})
    return [
        _lead_view(
            engine,
            row,
            subjects.get(row.subject_id or ""),
            packages[row.id],
            terms[row.id],
            _more(session, row.id, full),
        )
        for row in rows
    ]


def _lead_view(
    engine: Engine,
    row: LeadRow,
    subject: SubjectView | None,
    packages: tuple[PackageView, ...],
    terms: tuple[DeadlineView, ...],
    more: dict[str, Any],
) -> LeadView:
    alert = row.message
    return LeadView(
        **_shared(row),
        subkind=row.subkind,
        source_id=row.source_id,
        lon=row.lon,
        lat=row.lat,
        accuracy_m=alert.get("accuracy_m"),
        footprint=tuple(tuple(point) for point in alert.get("footprint") or ()),
        opened=row.opened,
        raised=row.raised,
        last_seen=row.last_seen,
        dwell_s=alert.get("dwell_s"),
        shop_id=row.shop_id,
        shop_name=alert.get("shop_name"),
        address=row.address,
        phase=row.phase,
        layer_version=alert.get("layer_version"),
        reasons=tuple(alert.get("reasons") or ()),
        facts=alert.get("facts") or {},
        boxes=tuple(alert.get("boxes") or ()),
        count=alert.get("count"),
        subject=subject,
        received_at=row.received_at,
        recheck_due=row.recheck_due,
        recheck=row.recheck,
        merged_into=row.merged_into,
        case_id=row.case_id,
        colour=_lead_colour(engine, row),
        packages=packages,
        deadlines=terms,
        **more,
    )


def _shared(row: LeadRow | CaseRow) -> dict[str, Any]:
    """What a lead and a case are both known by."""
    state, (zh, en) = State(row.state), title(row.state)
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind,
        "matter": row.matter,
        "state": row.state,
        "state_zh": zh,
        "state_en": en,
        "is_end": state in ENDS,
        "since": row.since,
        "waiting_for": tuple(role.value for role in waiting_for(state)),
    }


def _lead_colour(engine: Engine, row: LeadRow) -> str | None:
    if row.state not in TIMED:
        return None
    total = timedelta(minutes=engine.profile.number(f"lead_minutes.{row.state}"))
    return Colours.of(engine.profile).colour(row.since, row.since + total, engine.clock.now())


def case_views(engine: Engine, session: Session, rows: Sequence[CaseRow], full: bool = False) -> list[CaseView]:
    packages = packages_of(session, [row.lead_id for row in rows])
    terms = terms_of(engine, session, [row.id for row in rows])
    subjects = _subjects(session, {row.subject_id for row in rows})
    return [
        _case_view(engine, session, row, subjects.get(row.subject_id), packages[row.lead_id], terms[row.id], full)
        for row in rows
    ]


def _case_view(
    engine: Engine,
    session: Session,
    row: CaseRow,
    subject: SubjectView | None,
    packages: tuple[PackageView, ...],
    terms: tuple[DeadlineView, ...],
    full: bool,
) -> CaseView:
    root = session.get(LeadRow, row.lead_id) if full else None
    agency = [term.colour for term in terms if term.binds == "agency" and term.colour]
    return CaseView(
        **_shared(row),
        lead_id=row.lead_id,
        organ=row.organ,
        place=row.place,
        act_start=row.act_start,
        act_end=row.act_end,
        officers=tuple(row.officers),
        filed_at=row.filed_at,
        subject=subject,
        proposal=row.proposal,
        amount_fen=row.decision_fen if row.decision_fen is not None else row.notified_fen,
        decision_number=row.decision_number,
        decided_at=row.decided_at,
        served_at=row.served_at,
        hearing_notified=row.hearing_notified,
        colour=min(agency, key=("red", "yellow", "green").index) if agency else None,
        packages=packages,
        deadlines=terms,
        lead=lead_views(engine, session, [root], full=True)[0] if root else None,
        payment=payment(engine, session, row.id) if full else None,
        **_more(session, row.id, full),
    )


def packages_of(session: Session, lead_ids: Iterable[str]) -> dict[str, tuple[PackageView, ...]]:
    """The packages of each lead, by time of sealing."""
    found: dict[str, list[PackageView]] = defaultdict(list)
    query = select(PackageRow).where(PackageRow.lead_id.in_(list(lead_ids))).order_by(PackageRow.sealed_at)
    for row in session.scalars(query):
        found[row.lead_id].append(package_view(row))
    return defaultdict(tuple, {key: tuple(value) for key, value in found.items()})


def package_view(row: PackageRow) -> PackageView:
    verified = False if row.unusable else (True if row.stamped_at else None)
    return PackageView(
        row.package_id,
        row.lead_id,
        row.stage,
        row.status,
        verified,
        row.unusable,
        row.used,
        row.seal_sha256,
        row.sealed_at,
        row.stamped_at,
        row.review,
    )


def terms_of(engine: Engine, session: Session, owners: Iterable[str]) -> dict[str, tuple[DeadlineView, ...]]:
    """The terms of each owner, soonest first."""
    found: dict[str, list[DeadlineView]] = defaultdict(list)
    query = select(DeadlineRow).where(DeadlineRow.owner_id.in_(list(owners)), DeadlineRow.state != "gone")
    for row in session.scalars(query.order_by(DeadlineRow.ends_at)):
        found[row.owner_id].append(term_view(engine, row))
    return defaultdict(tuple, {key: tuple(value) for key, value in found.items()})


def term_view(engine: Engine, row: DeadlineRow) -> DeadlineView:
    term = TERMS[row.code]
    colour = None
    if is_running(row):
        colour = Colours.of(engine.profile).colour(row.starts, row.ends_at, engine.clock.now())
    return DeadlineView(
        row.owner_id,
        row.code,
        term.zh,
        term.en,
        row.starts,
        row.ends_at,
        row.last_day,
        row.binds,
        row.source,
        row.state,
        row.provisional,
        row.late,
        colour,
    )


def document_view(row: DocumentRow, full: bool = False) -> DocumentView:
    return DocumentView(
        row.id,
        row.owner_id,
        row.number,
        row.kind,
        row.title,
        KINDS[row.kind].en,
        row.issued_at,
        row.sha256,
        row.source if full else {},
    )


def _more(session: Session, owner_id: str, full: bool) -> dict[str, Any]:
    """History, papers and services of one owner."""
    if not full:
        return {}
    papers = select(DocumentRow).where(DocumentRow.owner_id == owner_id).order_by(DocumentRow.position)
    services = select(ServiceRow).where(ServiceRow.owner_id == owner_id).order_by(ServiceRow.sent_at, ServiceRow.id)
    steps = select(StepRecord).where(StepRecord.owner_id == owner_id).order_by(StepRecord.seq)
    return {
        "timeline": tuple(_event(row) for row in session.scalars(steps)),
        "documents": tuple(document_view(row) for row in session.scalars(papers)),
        "services": tuple(_service(row) for row in session.scalars(services)),
    }


def _event(row: StepRecord) -> EventView:
    step = step_of(row.step)
    zh, en = (step.zh, step.en) if step else _BEFORE.get(row.step, (row.step, row.step))
    return EventView(row.at, row.actor_id, row.actor_name, row.role, row.step, zh, en, row.source, row.target, row.note)


def _service(row: ServiceRow) -> ServiceView:
    method = METHOD_ZH.get(row.method, row.method)
    papers = tuple(row.documents)
    return ServiceView(
        row.id, row.purpose, row.method, method, row.recipient, papers, row.sent_at, row.served_at, row.failed
    )


def _subjects(session: Session, ids: set[str]) -> dict[str, SubjectView]:
    query = select(SubjectRow).where(SubjectRow.id.in_(list(ids)))
    return {row.id: subject_view(row) for row in session.scalars(query)}


def subject_view(row: SubjectRow) -> SubjectView:
    """Identity number and phone keep only their ends."""
    number = f"{row.id_number[:4]}**********{row.id_number[-4:]}" if row.id_number else None
    phone = f"{row.phone[:3]}****{row.phone[-4:]}" if row.phone and len(row.phone) >= 7 else None
    return SubjectView(row.id, row.kind, row.name, number, phone, row.address)
