"""One step in one unit of work: everything that its guards look at and its effect changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.actors import Actor
from notify.calendar import LegalCalendar
from notify.deadlines import passed, start_term, term_of
from notify.documents.maker import DocumentMaker
from notify.law import Profile
from notify.links import LinkSigner
from notify.ports import EvidenceGate, EvidenceStatus, Gateway, Ground, GroundVerdict, StaffChannel
from notify.registers import OrganRow, Registers, SubjectRow
from notify.states import State
from notify.tables import CaseRow, DeadlineRow, DocumentRow, LeadRow, PackageRow, StepRecord
from records import Clock


@dataclass(frozen=True, slots=True)
class Tools:
    """What the chain works with besides its database: papers, evidence, ground, ways out, links, calendar."""

    documents: DocumentMaker
    evidence: EvidenceGate
    ground: Ground
    gateway: Gateway
    signer: LinkSigner
    calendar: LegalCalendar = field(default_factory=LegalCalendar)
    staff: StaffChannel | None = None


@dataclass(slots=True)
class Moment:
    """A step being offered or taken. `case` is None while the owner is a lead."""

    session: Session
    clock: Clock
    now: datetime
    actor: Actor
    profile: Profile
    tools: Tools
    organ_code: str
    public_url: str
    lead: LeadRow
    case: CaseRow | None
    values: dict[str, Any] = field(default_factory=dict)
    statuses: Mapping[str, EvidenceStatus] = field(default_factory=dict)
    target: State | None = None
    issued: list[DocumentRow] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    _verdict: GroundVerdict | None = None
    _steps: dict[str, list[StepRecord]] = field(default_factory=dict)
    _packages: list[PackageRow] | None = None
    _registers: Registers | None = None

    @property
    def owner(self) -> LeadRow | CaseRow:
        return self.case or self.lead

    @property
    def open_case(self) -> CaseRow:
        """The case; only steps of a case ask for it."""
        assert self.case is not None
        return self.case

    @property
    def portal_url(self) -> str:
        """Where parties look, without a token."""
        return f"{self.public_url.rstrip('/')}/portal"

    @property
    def registers(self) -> Registers:
        if self._registers is None:
            self._registers = Registers(self.session)
        return self._registers

    @property
    def calendar(self) -> LegalCalendar:
        return self.tools.calendar

    @property
    def today(self) -> date:
        """The local day."""
        return self.calendar.today(self.now)

    @property
    def act_day(self) -> date:
        """The local day on which the act was seen first; its law applies to it."""
        return self.calendar.today(self.lead.opened)

    @property
    def law_day(self) -> date:
        """The day whose law a paper cites: of the act, or of the decision where a lighter law had come (APL 37).

        Before there is a decision that is today; after it a law changed once more alters nothing.
        """
        case = self.case
        if case is None or (case.proposal or {}).get("law") != "new":
            return self.act_day
        return self.calendar.today(case.decided_at) if case.decided_at is not None else self.today

    @property
    def matter(self) -> str:
        return matter_of(self.lead.kind, self.lead.subkind)

    @property
    def organ(self) -> OrganRow:
        return self.registers.organ(self.case.organ if self.case else self.organ_code)

    @property
    def subject(self) -> SubjectRow | None:
        return self.registers.subject(self.case.subject_id if self.case else self.lead.subject_id)

    @property
    def verdict(self) -> GroundVerdict:
        """The ground facts looked up again, once in this unit of work."""
        if self._verdict is None:
            self._verdict = self.tools.ground.verdict(self.lead.message)
        return self._verdict

    @property
    def ground_difference(self) -> str:
        """What of the street is no longer as the alert says, unless an officer has said of just this why to go on."""
        found = self.verdict
        answers = (record.body.get("ground") or {} for record in self.records("answer_ground"))
        return "" if any(answer.get("facts_sha") == found.facts_sha for answer in answers) else found.difference

    def law(self, key: str, on: date | None = None) -> Any:
        """A value of the profile on a day (today where none is given)."""
        return self.profile.get(key, on or self.today)

    def record(self, *steps: str, owner: str | None = None) -> StepRecord | None:
        """The newest record of any of these steps, of the owner or (for a case) of its lead."""
        owners = [owner] if owner else [self.owner.id, self.lead.id]
        return next((row for row in reversed(self._history(owners)) if row.step in steps), None)

    def records(self, *steps: str) -> list[StepRecord]:
        """All records of these steps, oldest first."""
        return [row for row in self._history([self.owner.id, self.lead.id]) if row.step in steps]

    def remember(self, row: StepRecord) -> None:
        """A step was taken in this unit of work: what looks back from here on sees it."""
        if row.owner_id in self._steps:
            self._steps[row.owner_id].append(row)

    def _history(self, owners: list[str]) -> list[StepRecord]:
        """The steps taken on these owners, oldest first; read once in this unit of work, not once a question."""
        unread = [one for one in dict.fromkeys(owners) if one not in self._steps]
        if unread:
            self._steps.update({one: [] for one in unread})
            for row in self.session.scalars(select(StepRecord).where(StepRecord.owner_id.in_(unread))):
                self._steps[row.owner_id].append(row)
        return sorted((row for one in set(owners) for row in self._steps[one]), key=lambda row: row.seq)

    def packages(self, used_only: bool = True) -> list[PackageRow]:
        """The packages of the lead by their time of sealing; read once, `used` is looked at each time."""
        if self._packages is None:
            query = select(PackageRow).where(PackageRow.lead_id == self.lead.id).order_by(PackageRow.sealed_at)
            self._packages = list(self.session.scalars(query))
        return [row for row in self._packages if row.used or not used_only]

    def documents(self, ids: Sequence[str]) -> list[DocumentRow]:
        """Papers by their ids, in that order."""
        return [row for one in ids if (row := self.session.get(DocumentRow, one)) is not None]

    def term(self, code: str) -> DeadlineRow | None:
        return term_of(self.session, self.owner.id, code)

    def term_passed(self, code: str) -> bool:
        """Whether the owner's newest term of that code has run out."""
        return passed(self.term(code), self.now)

    def start(self, code: str, at: datetime | None = None) -> DeadlineRow:
        return start_term(
            self.session, self.owner.id, code, self.lead.kind, at or self.now, self.profile, self.calendar, self.clock
        )


def matter_of(kind: str, subkind: str | None) -> str:
    """The matter that a kind and subkind fall under: bikes are two matters, the other kinds one each."""
    return f"{kind}.{subkind}" if kind == "BIKE_CLUTTER" and subkind else kind
