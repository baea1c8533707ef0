"""Taking a step: find it in the table, test role and guards, do it and record it, in one unit of work or not at all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notify.actors import SYSTEM, Actor, Role
from notify.custody import note_judged
from notify.deadlines import end_terms
from notify.forms import parse_values
from notify.guards import ground_same, refuse
from notify.guards_moot import ground_differs
from notify.holidays import HolidayYearRow, loaded_days
from notify.law import Profile
from notify.moment import Moment, Tools
from notify.people import stands_apart
from notify.ports import EvidenceStatus
from notify.refusals import Barred
from notify.staff import queue_news
from notify.states import State, Step
from notify.sums import count_filed, count_step
from notify.table import step_of, steps_from
from notify.tables import NEVER, CaseRow, LeadRow, PackageRow, StepRecord
from records import BadInput, Clock, Database, Refused, append, iso, outbox_put, uuid7

AUDIT = "audit"
TOPIC = "nonsite.cases"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step led to: the state now, ids and numbers of papers issued, ids of messages queued, the case opened."""

    owner_id: str
    step: str
    state: str
    documents: tuple[tuple[str, str], ...] = ()
    messages: tuple[str, ...] = ()
    case_id: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


class Engine:
    """The machine over one database, one profile, one organ."""

    def __init__(
        self, database: Database, clock: Clock, profile: Profile, organ: str, tools: Tools, public_url: str
    ) -> None:
        self.database = database
        self.clock = clock
        self.profile = profile
        self.organ = organ
        self.tools = tools
        self.public_url = public_url
        self._calendar_of: datetime | None = None

    def take(self, actor: Actor, owner_id: str, code: str, values: Mapping[str, Any]) -> Outcome:
        """Take one step as `actor`.

        Raises Barred with the code of what stands in the way, BadField.
        """
        actor = actor.standing()
        self.refresh_calendar()
        statuses = self.look_at_evidence(owner_id)
        written: list[str] = []
        try:
            with self.database.session() as session:
                m = self.moment(session, actor, owner_id, statuses, lock=True)
                try:
                    outcome = self.apply(m, code, values, parse=True)
                    self.settle(session, m.lead, statuses)
                    if m.case is not None:
                        self.settle(session, m.case, statuses)
                finally:
                    written += [row.id for row in m.issued]
        except BaseException:
            for document_id in written:
                self.tools.documents.discard(document_id)
            raise
        return outcome

    def refresh_calendar(self) -> None:
        """Take up the years of the holiday table that an administrator has loaded, also through another process."""
        with self.database.read() as session:
            newest = session.scalar(select(func.max(HolidayYearRow.loaded_at)))
            if newest is None or newest == self._calendar_of:
                return
            fresh = loaded_days(session)
        self.tools = replace(self.tools, calendar=replace(self.tools.calendar, loaded=fresh))
        self._calendar_of = newest

    def moment(
        self,
        session: Session,
        actor: Actor,
        owner_id: str,
        statuses: Mapping[str, EvidenceStatus] | None = None,
        lock: bool = False,
    ) -> Moment:
        """The moment of an owner. Raises BadInput `E_NOT_FOUND`; a party sees only what its link opened."""
        case = session.get(CaseRow, owner_id, with_for_update=lock)
        lead = session.get(LeadRow, case.lead_id if case else owner_id, with_for_update=lock)
        if lead is None:
            raise BadInput("E_NOT_FOUND", f"no lead or case {owner_id}")
        if (actor.owner_id is not None and owner_id not in (lead.id, lead.case_id)) or self._stranger(actor, lead):
            raise Barred("E_ROLE", "该链接不对应本案", "this link opens another case")
        return Moment(
            session=session,
            clock=self.clock,
            now=self.clock.now(),
            actor=actor,
            profile=self.profile,
            tools=self.tools,
            organ_code=self.organ,
            public_url=self.public_url,
            lead=lead,
            case=case,
            statuses=statuses or {},
        )

    @staticmethod
    def _stranger(actor: Actor, lead: LeadRow) -> bool:
        if actor.roles <= {Role.PARTY, Role.AGENT} and actor.owner_id is None:
            return True
        return actor.owner_id is not None and actor.owner_id not in (lead.id, lead.case_id)

    def apply(self, m: Moment, code: str, values: Mapping[str, Any], parse: bool = False) -> Outcome:
        """The step itself, inside the caller's unit of work."""
        step = self._allowed(m, code)
        if code != "ask_recusal":
            stands_apart(m)
        m.values = parse_values(m, step, values) if parse else dict(values)
        m.body, m.target = {}, None
        for guard in step.guards:
            detail = guard.test(m)
            if detail is not None:
                raise refuse(guard, detail)
        if ground_same in step.guards or ground_differs in step.guards:
            m.body["ground"] = m.verdict.to_json()
        source, owner = State(m.owner.state), m.owner
        if isinstance(owner, LeadRow) and m.now > owner.next_due:
            owner.late = True
        if step.effect is not None:
            step.effect(m)
        target = m.target or step.target or source
        owner.state, owner.updated = target.value, m.now
        if target is not source:
            owner.since = m.now
        if isinstance(owner, LeadRow):
            owner.next_due = lead_due(m.profile, target, owner.since)
        end_terms(m.session, owner.id, step.ends, m.now)
        self._record(m, step, owner, source, target)
        opened = m.body.get("case_id")
        return Outcome(
            owner.id, code, target.value, tuple((d.id, d.number) for d in m.issued), tuple(m.told), opened, dict(m.body)
        )

    def _allowed(self, m: Moment, code: str) -> Step:
        step = step_of(code)
        if step is None:
            raise BadInput("E_STEP", f"no step {code}")
        state = State(m.owner.state)
        if state not in step.sources:
            raise Barred(
                "E_STATE", f"“{state.zh}”时不能“{step.zh}”", f"not possible while “{state.en}”: {step.en}", state.value
            )
        if not m.actor.has(step.roles):
            allowed = "、".join(sorted(role.zh for role in step.roles))
            codes = ", ".join(sorted(step.roles))
            raise Barred(
                "E_ROLE", f"“{step.zh}”由{allowed}办理", f"“{step.en}” is for {codes}", "sign in with that role"
            )
        return step

    def _record(self, m: Moment, step: Step, owner: LeadRow | CaseRow, source: State, target: State) -> None:
        role = sorted(m.actor.roles & step.roles)[0].value
        body = {**{k: _plain(v) for k, v in m.values.items() if v is not None}, **m.body}
        note = str(m.values.get(step.note_field) or "") if step.note_field else ""
        row = StepRecord(
            owner_id=owner.id,
            at=m.now,
            step=step.code,
            actor_id=m.actor.id,
            actor_name=m.actor.name,
            role=role,
            source=source.value,
            target=target.value,
            body=body,
            note=note,
        )
        m.session.add(row)
        m.session.flush()
        papers = [document.number for document in m.issued]
        fact = {"actor": m.actor.id, "role": role, "from": source.value, "to": target.value, "documents": papers}
        fact["record_sha256"] = record_sha256(row)
        append(m.session, AUDIT, step.code, owner.id, fact, self.clock)
        note_judged(m, step.code, str(fact["record_sha256"]))
        count_step(m, step.code, source, target)
        self.tell(m.session, owner, step.code, source)
        opened = m.session.get(CaseRow, m.body.get("case_id")) if m.body.get("case_id") else None
        if opened is not None:
            count_filed(m, opened)
            self.tell(m.session, opened, step.code, None)
            queue_news(replace(m, case=opened), State(opened.state))
        elif target is not source:
            queue_news(m, target)

    def tell(self, session: Session, owner: LeadRow | CaseRow, step: str, source: State | None) -> None:
        """Leave the news of a step for the bus: ids and states, nothing personal."""
        message = {
            "event_id": uuid7(self.clock),
            "id": owner.id,
            "subject": "lead" if isinstance(owner, LeadRow) else "case",
            "kind": owner.kind,
            "state": owner.state,
            "from": source.value if source else None,
            "step": step,
            "at": iso(self.clock.now()),
        }
        outbox_put(session, TOPIC, owner.id, message)

    def settle(self, session: Session, owner: LeadRow | CaseRow, statuses: Mapping[str, EvidenceStatus]) -> None:
        """Take the steps that the system takes by itself as soon as their guards hold."""
        while True:
            waiting = [step for step in steps_from(State(owner.state)) if step.auto]
            if not waiting:
                return
            m = self.moment(session, SYSTEM, owner.id, statuses)
            ready = [step for step in waiting if _open(step, m)]
            if not ready:
                return
            self.apply(m, ready[0].code, {})

    def look_at_evidence(self, owner_id: str) -> dict[str, EvidenceStatus]:
        """The gate's answer for every used package of an owner; one that does not hold is marked and audited at once.

        This is before the step's own unit of work: verifying takes time, and the finding stays if the step is refused.
        """
        with self.database.read() as session:
            case = session.get(CaseRow, owner_id)
            lead_id = case.lead_id if case else owner_id
            query = select(PackageRow).where(PackageRow.lead_id == lead_id, PackageRow.used.is_(True))
            packages = list(session.scalars(query))
        statuses = {row.package_id: self.tools.evidence.status(row.package_id) for row in packages}
        bad = {row.package_id for row in packages if not row.unusable and _broken(statuses[row.package_id])}
        fresh = {row.package_id for row in packages if row.stamped_at is None and statuses[row.package_id].stamped}
        if bad or fresh:
            self._mark(bad, fresh, statuses)
        return statuses

    def _mark(self, bad: set[str], fresh: set[str], statuses: Mapping[str, EvidenceStatus]) -> None:
        with self.database.session() as session:
            for package_id in sorted(bad | fresh):
                row = session.get(PackageRow, package_id)
                assert row is not None
                if package_id in fresh:
                    row.status, row.stamped_at = "STAMPED", self.clock.now()
                if package_id in bad:
                    row.unusable = statuses[package_id].reason or "does not verify"
                    log.warning("evidence unusable", package=package_id, reason=row.unusable)
                    fact = {"package": package_id, "reason": row.unusable}
                    append(session, AUDIT, "evidence_unusable", row.lead_id, fact, self.clock)


def lead_due(profile: Profile, state: State, since: datetime) -> datetime:
    """When a lead's handling time in its state ends; never, where none is set."""
    key = f"lead_minutes.{state.value}"
    return since + timedelta(minutes=profile.number(key)) if profile.known(key) else NEVER


def _open(step: Step, m: Moment) -> bool:
    """Whether nothing stands in the way of a step that the system takes by itself; unknown law keeps it waiting."""
    try:
        return all(guard.test(m) is None for guard in step.guards)
    except Refused:
        return False


def _broken(status: EvidenceStatus) -> bool:
    return status.found and not status.intact


def record_sha256(row: StepRecord) -> str:
    """What was filled in for a step and what it led to, as one hash: the audit chain seals it without repeating it."""
    text = json.dumps([row.step, row.body, row.note], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
