"""The states of leads and cases, and the form of one row of the transition table.

The rows themselves are in `notify.steps`; `table` joins them. They are the state machine, the
buttons of the desk, the party's forms and the diagram in docs/chain.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from notify.actors import Role

if TYPE_CHECKING:
    from notify.moment import Moment


class State(StrEnum):
    """States A (lead) and B (case) of the chain."""

    A0 = "A0"
    A1 = "A1"
    A2 = "A2"
    A3 = "A3"
    A4 = "A4"
    A5 = "A5"
    A6 = "A6"
    A7 = "A7"
    A8 = "A8"
    A9 = "A9"
    A10 = "A10"
    FILED = "FILED"
    NOT_FILED = "NOT_FILED"
    UNIDENTIFIED = "UNIDENTIFIED"
    NOT_FOUND = "NOT_FOUND_ON_SITE"
    MERGED = "MERGED"
    B0 = "B0"
    B1 = "B1"
    B2 = "B2"
    B3 = "B3"
    B4 = "B4"
    B5 = "B5"
    B6 = "B6"
    B6H = "B6H"
    B6H2 = "B6H2"
    B7 = "B7"
    B8 = "B8"
    B9 = "B9"
    B10 = "B10"
    B10N = "B10N"
    B10X = "B10X"
    B11 = "B11"
    B12 = "B12"
    B12D = "B12D"
    B13 = "B13"
    B14 = "B14"
    B15 = "B15"
    B16 = "B16"
    B17 = "B17"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    REVIEWED = "REVIEWED"
    CHANGED = "CHANGED"
    REVOKED = "REVOKED"

    @property
    def is_lead(self) -> bool:
        return self in LEAD_STATES

    @property
    def is_end(self) -> bool:
        return self in ENDS

    @property
    def zh(self) -> str:
        return TITLES[self][0]

    @property
    def en(self) -> str:
        return TITLES[self][1]


TITLES: dict[State, tuple[str, str]] = {
    State.A0: ("已发现", "Detected"),
    State.A1: ("待研判", "Triage"),
    State.A2: ("证据锁定", "Evidence locked"),
    State.A3: ("证据审核", "Evidence review"),
    State.A4: ("身份确认", "Identification"),
    State.A5: ("已告知整改", "Told to correct"),
    State.A6: ("复核", "Re-check"),
    State.A7: ("已整改", "Corrected"),
    State.A8: ("证据不采纳", "Evidence rejected"),
    State.A9: ("已排除", "Discarded"),
    State.A10: ("已移送", "Handed off"),
    State.FILED: ("已立案", "Filed"),
    State.NOT_FILED: ("不予立案", "Not filed"),
    State.UNIDENTIFIED: ("当事人无法查明", "Party not identified"),
    State.NOT_FOUND: ("现场未发现", "Not found on site"),
    State.MERGED: ("已并入", "Merged"),
    State.B0: ("立案", "Filed"),
    State.B1: ("调查取证", "Investigation"),
    State.B2: ("调查终结", "Investigation closed"),
    State.B3: ("处罚建议", "Penalty proposed"),
    State.B4: ("拟制事先告知", "Prior notice issued"),
    State.B5: ("告知已送达", "Prior notice served"),
    State.B6: ("陈述申辩", "Statement made"),
    State.B6H: ("申请听证", "Hearing asked for"),
    State.B6H2: ("听证已举行", "Hearing held"),
    State.B7: ("陈述申辩已复核", "Statement settled"),
    State.B8: ("法制审核", "Legal review"),
    State.B9: ("待决定", "Ready for decision"),
    State.B10: ("已决定", "Decided"),
    State.B10N: ("不予处罚", "No penalty"),
    State.B10X: ("已移送", "Transferred"),
    State.B11: ("决定已送达", "Decision served"),
    State.B12: ("已缴清", "Paid"),
    State.B12D: ("延期分期缴纳", "Deferred"),
    State.B13: ("逾期未缴", "Overdue"),
    State.B14: ("已催告", "Dunned"),
    State.B15: ("申请强制执行", "Court applied to"),
    State.B16: ("已结案", "Closed"),
    State.B17: ("已归档", "Archived"),
    State.SUSPENDED: ("中止", "Suspended"),
    State.TERMINATED: ("终止", "Terminated"),
    State.REVIEWED: ("复议或者诉讼中", "Under review or suit"),
    State.CHANGED: ("已变更", "Changed"),
    State.REVOKED: ("已撤销", "Revoked"),
}

ENDS = frozenset(
    {State.A7, State.A8, State.A9, State.A10, State.FILED, State.NOT_FILED, State.UNIDENTIFIED, State.NOT_FOUND}
    | {State.MERGED, State.B17, State.TERMINATED}
)
LEAD_STATES = frozenset(list(State)[: list(State).index(State.B0)])


class FieldType(StrEnum):
    """The form of a field's value; money is yuan with at most two decimals and is kept as whole fen."""

    TEXT = "text"
    LONG = "longtext"
    CHOICE = "choice"
    BOOL = "bool"
    MONEY = "money"
    INT = "int"
    DATE = "date"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice field."""

    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """What a person fills in for a step. `choices_from` names a list worked out when the step is offered.

    `asked_of`: only these roles are asked for it (empty: everybody).
    """

    name: str
    zh: str
    en: str
    type: FieldType = FieldType.TEXT
    required: bool = True
    choices: tuple[Choice, ...] = ()
    choices_from: str = ""
    default: Any = None
    default_from: str = ""
    asked_of: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a step. `test` gives None where it holds, else what stands in the way (dates, numbers, names).

    `needs_values`: it can be tested only on what somebody filled in, not when the step is offered. `moot`: where it
    does not hold there is nothing to do, as against something in the way: the step is not offered at all.
    """

    code: str
    zh: str
    en: str
    law: str
    test: "Callable[[Moment], str | None]"
    needs_values: bool = False
    moot: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table.

    `target` None: the state stays, or the effect chooses among `targets`. `auto`: the system takes it by itself as soon
    as its guards hold. `starts` and `ends` name terms (`notify.deadlines`). `settled_by`: other steps after which it is
    no longer what people wait for.
    """

    code: str
    zh: str
    en: str
    sources: tuple[State, ...]
    target: State | None
    roles: frozenset[Role]
    law: str = ""
    fields: tuple[Field, ...] = ()
    guards: tuple[Guard, ...] = ()
    effect: "Callable[[Moment], None] | None" = None
    targets: tuple[State, ...] = ()
    documents: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    auto: bool = False
    primary: bool = False
    settled_by: tuple[str, ...] = ()
    note_field: str = ""

    @property
    def goals(self) -> tuple[State, ...]:
        """Every state that it can lead to besides staying."""
        return (self.target,) if self.target else self.targets
