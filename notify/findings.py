"""The tests that come before an amount: is there a ground not to penalise, or to penalise less (APL 30-36; domain 2.6).

They run in the order of the law and are all recorded with the proposal. What is forced stops the penalty; what "may"
be is a person's choice.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from notify.calendar import Binds, Unit
from notify.guards import guard
from notify.guards_limits import within_limitation
from notify.identity import corrected
from notify.moment import Moment
from notify.registers import SubjectRow
from notify.states import State
from notify.tables import CaseRow

CHILD, ADULT = 14, 18  # years of age, APL 30
_UNPENALISED = (State.TERMINATED, State.REVOKED, State.B10N, State.B10X)


@dataclass(frozen=True, slots=True)
class Finding:
    """One test. `holds` None: only a person can say. `forced`: where it holds no penalty may follow."""

    code: str
    zh: str
    law: str
    holds: bool | None
    forced: bool


def findings(m: Moment) -> list[Finding]:
    """The tests 1-7 of the disposition engine, in the order in which the first that holds wins."""
    age = age_at_act(m)
    return [
        Finding("not_established", "违法事实不能成立", "APL 40, 57", None, False),
        Finding("under_age", "不满十四周岁", "APL 30", None if age is None else age < CHILD, True),
        Finding("limitation", "超过追责时效", "APL 36", within_limitation.test(m) is not None, True),
        Finding("no_fault", "没有主观过错", "APL 33(2)", None, False),
        Finding("minor_corrected", "轻微并及时改正", "APL 33(1); PD 15", corrected(m.lead), True),
        Finding("first", "初次违法", "APL 33(1)", not earlier_penalties(m), False),
        Finding("local_list", "免罚清单", "", m.matter in m.law("no_penalty_list"), True),
    ]


def recorded_findings(m: Moment) -> list[dict[str, object]]:
    """The tests as the proposal keeps them."""
    return [{"code": one.code, "holds": one.holds, "law": one.law} for one in findings(m)]


def age_at_act(m: Moment) -> int | None:
    """The whole years of a natural person on the day of the act, from the resident ID; None where it is unknown."""
    subject: SubjectRow | None = m.subject
    if subject is None or subject.kind != "person" or not subject.id_number or len(subject.id_number) != 18:
        return None
    text = subject.id_number[6:14]
    born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    day = m.act_day
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def earlier_penalties(m: Moment) -> list[str]:
    """Decided cases of the same subject and matter in the profile's look-back before this act."""
    years = int(m.law("first_violation_years"))
    query = select(CaseRow).where(
        CaseRow.subject_id == (m.case.subject_id if m.case else m.lead.subject_id),
        CaseRow.matter == m.matter,
        CaseRow.lead_id != m.lead.id,
        CaseRow.decided_at.is_not(None),
        CaseRow.decided_at <= m.lead.opened,
        CaseRow.state.not_in([state.value for state in _UNPENALISED]),
    )
    return [
        case.number
        for case in m.session.scalars(query)
        if m.calendar.period(case.act_end, years, Unit.YEARS, Binds.NOBODY).last_day >= m.act_day
    ]


@guard("E_NO_PENALTY_DUE", "依法不予处罚", "the law forbids a penalty here", "APL 30, 33, 36")
def penalty_open(m: Moment) -> str | None:
    return next((one.zh for one in findings(m) if one.forced and one.holds), None)


@guard("E_MITIGATE", "已满十四周岁不满十八周岁的应当从轻或者减轻", "a minor's penalty must be lighter", "APL 30", True)
def minor_mitigated(m: Moment) -> str | None:
    age = age_at_act(m)
    if age is None or not CHILD <= age < ADULT or m.values.get("mitigation"):
        return None
    return str(age)


@guard("E_GROUND", "不予处罚的理由与记录不符", "the record does not bear this ground", "APL 30, 33, 36", True)
def ground_holds(m: Moment) -> str | None:
    chosen = str(m.values.get("ground"))
    found = next((one for one in findings(m) if one.code == chosen), None)
    return found.zh if found is not None and found.holds is False else None
