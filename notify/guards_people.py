"""Conditions on persons: two certified officers of the organ, apart from whoever reviews, approves and decides."""

from notify.actors import Role
from notify.guards import guard
from notify.moment import Moment
from notify.people import handled, officers_named, parts_of, recusals, stepped_back, tied, took_part, uncertified

_STREET_LEVEL = ("subdistrict", "town")


@guard(
    "E_SINGLE_OFFICER",
    "执法人员不足两人或者不具有资格",
    "fewer than two certified officers of this organ",
    "APL 42",
    needs_values=True,
)
def two_officers(m: Moment) -> str | None:
    named = officers_named(m)
    if len(set(named)) < 2:
        return ""
    return ", ".join(uncertified(m, named)) or None


@guard("E_SINGLE_OFFICER", "承办人员不足两人或者证件失效", "the case has fewer than two certified officers", "APL 42")
def officers_certified(m: Moment) -> str | None:
    people = set(m.open_case.officers)
    return "" if len(people) < 2 else ", ".join(uncertified(m, people)) or None


@guard("E_SINGLE_OFFICER", "申请立案的执法人员不足两人或者证件失效", "who proposed is no longer certified", "APL 42")
def proposers_certified(m: Moment) -> str | None:
    people = set(proposers(m))
    return ", ".join(uncertified(m, people) + tied(m, people)) or None if len(people) > 1 else ""


@guard(
    "E_RECUSAL",
    "执法人员应当回避或者回避申请未决",
    "an officer must step back, or a request is undecided",
    "APL 43",
    True,
)
def recusal_clean(m: Moment) -> str | None:
    people = officers_named(m)
    names = tied(m, people) + stepped_back(m, people)
    names += [row.person_id for row in (recusals(m) if m.case is not None else []) if row.ruling is None]
    return ", ".join(names) or None


@guard("E_NOT_CASE_OFFICER", "不是本案承办人员", "not an officer of this case", "APL 42")
def case_officer(m: Moment) -> str | None:
    return None if m.actor.id in m.open_case.officers else m.actor.name


@guard("E_FOUR_EYES", "审批人不得是承办人", "whoever handles the case may not approve it", "APL 57")
def approver_is_apart(m: Moment) -> str | None:
    conflict = m.actor.id in proposers(m) or handled(m, m.actor.id)
    return m.actor.name if conflict else None


@guard(
    "E_FOUR_EYES",
    "决定人不得是本案承办、审核或者提出处罚建议的人员",
    "whoever handled, reviewed or proposed it may not decide it",
    "APL 57, 58",
)
def decider_is_apart(m: Moment) -> str | None:
    apart = not handled(m, m.actor.id) and not parts_of(m, m.actor.id) & {Role.CLERK, Role.LEGAL}
    proposed = m.record("propose")
    return None if apart and (proposed is None or proposed.actor_id != m.actor.id) else m.actor.name


@guard("E_REVIEWER_CONFLICT", "办案人员不得担任本案法制审核人员", "the reviewer has handled the case", "APL 58")
def reviewer_is_apart(m: Moment) -> str | None:
    conflict = handled(m, m.actor.id) or took_part(m, m.actor.id, but=(Role.LEGAL,))
    return m.actor.name if conflict else None


@guard("E_REVIEWER_UNQUALIFIED", "法制审核人员须有法律职业资格", "the reviewer holds no legal qualification", "APL 58")
def reviewer_qualified(m: Moment) -> str | None:
    row = m.registers.officer(m.actor.id)
    return None if row is not None and row.legal_qualification else m.actor.name


@guard("E_REVIEWER_CONFLICT", "街道、镇的案件由司法所审核", "the local justice office reviews for this organ", "APL 58")
def reviewer_of_organ(m: Moment) -> str | None:
    office = str(m.law(f"legal_reviewer.{m.organ.level}"))
    row = m.registers.officer(m.actor.id)
    if m.organ.level not in _STREET_LEVEL:
        return None
    return None if row is not None and office in (row.squad or "") else office


@guard("E_SINGLE_OFFICER", "须指派两名持证的本机关执法人员", "two certified officers of this organ", "APL 42", True)
def assigned_fit(m: Moment) -> str | None:
    people = [str(m.values.get("first_officer") or ""), str(m.values.get("second_officer") or "")]
    if len(set(people)) < 2 or not all(people):
        return ""
    return ", ".join(uncertified(m, people)) or None


@guard("E_RECUSAL", "被指派人员应当回避", "somebody named must step back", "APL 43", True)
def assigned_clean(m: Moment) -> str | None:
    people = [str(m.values.get("first_officer") or ""), str(m.values.get("second_officer") or "")]
    return ", ".join(tied(m, people) + stepped_back(m, people)) or None


@guard(
    "E_FOUR_EYES",
    "审核、审批过本案的人员不得担任承办人",
    "who reviewed or approved it may not handle it",
    "APL 57",
    True,
)
def assigned_apart(m: Moment) -> str | None:
    others = {Role.CLERK, Role.LEGAL, Role.SQUAD, Role.HEAD, Role.CHAIR}
    people = [str(m.values.get("first_officer") or ""), str(m.values.get("second_officer") or "")]
    return next((person for person in people if parts_of(m, person) & others or person == m.actor.id), None)


@guard("E_RECUSAL", "回避须由合格人员接替", "a granted recusal needs a fit replacement", "APL 42, 43", True)
def replacement_fit(m: Moment) -> str | None:
    if m.values.get("ruling") != "granted":
        return None
    fresh = str(m.values.get("replacement") or "")
    challenged = {row.person_id for row in recusals(m) if row.ruling is None}
    if not challenged & set(m.open_case.officers):
        return None
    if not fresh or fresh in m.open_case.officers or fresh in challenged:
        return fresh
    return ", ".join(uncertified(m, [fresh]) + tied(m, [fresh]) + stepped_back(m, [fresh])) or None


@guard("E_RECUSAL", "被申请回避的人不得决定自己的回避", "nobody rules on his own recusal", "APL 43")
def ruler_unchallenged(m: Moment) -> str | None:
    challenged = {row.person_id for row in recusals(m) if row.ruling is None}
    return m.actor.name if m.actor.id in challenged else None


def proposers(m: Moment) -> list[str]:
    """The two officers who proposed the filing of this lead."""
    proposed = m.record("file_propose", owner=m.lead.id)
    return [proposed.actor_id, proposed.body["second_officer"]] if proposed else []
