"""Conditions of the ways beside the main one: crime, transfer, hand-over, panel, review, suit and the court."""

from datetime import date, datetime

from notify.deadlines import passed
from notify.disposition import needs_panel
from notify.guards import competent_organ, guard
from notify.guards_case import amount_of
from notify.guards_special import designated_other
from notify.moment import Moment
from notify.money import yuan_text
from notify.payment import balance_now, refunds_of
from notify.registers import certified
from notify.tables import StepRecord


def suspicion(m: Moment) -> StepRecord | None:
    """The suspicion of a crime that waits for the head's word, None where there is none (any more)."""
    found, answer = m.record("suspect_crime"), m.record("clear_suspicion", "returned")
    return found if found is not None and (answer is None or answer.seq < found.seq) else None


@guard(
    "E_CRIME",
    "涉嫌犯罪线索未处理，处罚程序冻结",
    "a suspected crime is undecided: the case is frozen",
    "APL 27; XFER 5",
)
def no_crime_open(m: Moment) -> str | None:
    return str(m.calendar.today(found.at)) if (found := suspicion(m)) else None


@guard("E_NO_SUSPICION", "没有待决定的涉嫌犯罪报告", "no report of a suspected crime waits", "XFER 5", moot=True)
def crime_open(m: Moment) -> str | None:
    return None if suspicion(m) else ""


@guard("E_NO_SUSPICION", "移送公安须有承办人员的报告", "the officers must have reported it first", "XFER 5", True)
def crime_reported(m: Moment) -> str | None:
    return "" if m.values.get("why") == "crime" and suspicion(m) is None else None


@guard("E_COMPETENT", "本机关有管辖权，不得移送", "this organ is competent itself", "APL 22", True)
def another_competent(m: Moment) -> str | None:
    if m.values.get("why") != "competence" or designated_other(m) is not None:
        return None
    own = str(m.law("own_competence"))
    return own if competent_organ(m) == own else None


@guard(
    "E_LEGAL_REVIEW", "移送涉嫌犯罪案件须经法制审核", "a transfer to the police needs legal review here", "APL 58", True
)
def transfer_reviewed(m: Moment) -> str | None:
    if m.values.get("why") != "crime" or not m.law("legal_review.crime_transfer"):
        return None
    return None if _opinion(m, "transfer", suspicion(m)) else ""


@guard("E_LEGAL_REVIEW", "申请强制执行须经法制审核", "an application to the court needs legal review here", "APL 58")
def court_reviewed(m: Moment) -> str | None:
    if not m.law("legal_review.court_application"):
        return None
    return None if _opinion(m, "court", m.record("dun")) else ""


def _opinion(m: Moment, purpose: str, since: StepRecord | None) -> bool:
    """Whether the newest opinion on `purpose` passed it and is younger than what it is about."""
    given = [row for row in m.records("legal_opinion") if row.body.get("purpose") == purpose]
    if not given or (since is not None and given[-1].seq < since.seq):
        return False
    return bool(given[-1].body.get("conclusion") == "pass")


@guard(
    "E_PANEL",
    "情节复杂或者重大的处罚须经负责人集体讨论",
    "complex or major: the heads must discuss it together",
    "APL 57",
)
def panel_held(m: Moment) -> str | None:
    if not needs_panel(m):
        return None
    held, before = m.record("panel"), m.record("notice")
    if held is None or (before is not None and held.seq < before.seq):
        return ""
    return None if held.body.get("result") == "agreed" else str(held.body.get("result"))


@guard(
    "E_HAND_OVER",
    "接办机关须是另一登记机关，接办人员须在该机关持证",
    "the organ or its officers are not fit",
    "APL 22",
    True,
)
def handover_fit(m: Moment) -> str | None:
    organ, people = str(m.values["organ"]), [str(m.values["first_officer"]), str(m.values["second_officer"])]
    if organ == m.organ.code or len(set(people)) < 2:
        return organ
    rows = [(person, m.registers.officer(person)) for person in people]
    bad = [p for p, row in rows if not certified(row, m.today) or m.registers.organ_on(row, m.today) != organ]
    tied = [p for p, row in rows if row and m.subject and m.subject.id in row.ties]
    return ", ".join(bad + tied) or None


@guard("E_AGGRAVATED", "变更后的数额不得高于原决定", "a change may not be heavier than the decision", "", True)
def not_heavier(m: Moment) -> str | None:
    if m.values.get("amount") is None:
        return "" if m.values.get("result") == "changed" else None
    decided = m.open_case.decision_fen or 0
    return f"¥{yuan_text(amount_of(m))} ≥ ¥{yuan_text(decided)}" if amount_of(m) >= decided else None


@guard("E_NO_REMAKE", "没有责令重新作出决定的裁判", "no ruling orders a new decision", moot=True)
def remake_ordered(m: Moment) -> str | None:
    ruling = m.record("remedy_closed")
    return None if ruling is not None and ruling.body.get("remake") else ""


@guard("E_SENT", "已经移送", "it has been sent", "XFER 5", moot=True)
def not_sent_yet(m: Moment) -> str | None:
    sent, moved = m.record("transfer_sent"), m.record("transfer")
    return str(sent.at.date()) if sent is not None and moved is not None and sent.seq > moved.seq else None


@guard("E_NOT_SENT", "尚未送达受移送机关", "it has not been handed to the other organ yet", "XFER 5")
def sent_already(m: Moment) -> str | None:
    return "" if not_sent_yet.test(m) is None else None


@guard(
    "E_DUNNING", "未催告或者催告后未满十个工作日", "dunning is missing or its ten working days are not over", "ACL 54"
)
def dunning_over(m: Moment) -> str | None:
    row = m.term("DDUN10")
    if row is None:
        return ""
    return None if passed(row, m.now) else str(row.last_day)


@guard("E_COURT_WINDOW", "不在申请法院强制执行的期间内", "outside the window for the court", "ACL 53; ARL 78")
def court_window(m: Moment) -> str | None:
    open_until = remedies_open_until(m)
    if open_until is not None:
        return open_until
    ruling = ruled(m)
    if ruling is not None and ruling.body.get("kind") == "suit":
        months = int(m.law("periods.enforce_after_judgment"))  # unknown: refused, naming the key
        last = m.calendar.months_after(date.fromisoformat(ruling.body["received_on"]), months)
        return None if m.today <= last else str(last)
    row = m.term("DCOURT")
    return None if row is not None and not passed(row, m.now) else str(row.last_day if row else "")


def ruled(m: Moment) -> StepRecord | None:
    """The newest ruling that left the decision standing, whole or changed."""
    row = m.record("remedy_closed")
    return row if row is not None and row.body.get("result") in ("upheld", "changed") else None


def remedies_open_until(m: Moment) -> str | None:
    """The last day on which the party may still ask for review or sue; empty where no term says; None: it is over."""
    ruling = ruled(m)
    if ruling is not None and ruling.body.get("kind") == "suit":
        return None  # what a judgment leaves open is for the court's own rules
    terms = [m.term("DLIT15")] if ruling is not None else [m.term("DREV60"), m.term("DLIT6M")]
    rows = [row for row in terms if row is not None]
    if len(rows) < len(terms):
        return ""
    waiting = [row for row in rows if not passed(row, m.now)]
    return str(max(row.last_day for row in waiting)) if waiting else None


@guard("E_REMEDY_OPEN", "复议、诉讼期限未满，不得归档", "review or suit may still be asked for", "APL 73")
def remedies_over(m: Moment) -> str | None:
    if m.open_case.served_at is None or m.term("DREV60") is None:
        return None
    return remedies_open_until(m)


@guard("E_NOT_OVERDUE", "缴款期限未满", "the time to pay is not over", "APL 67")
def pay_term_over(m: Moment) -> str | None:
    row = m.term("DPAY15")
    if row is None:
        return ""
    return None if passed(row, m.now) and balance_now(m) > 0 else str(row.last_day)


@guard("E_NO_REFUND", "没有待退还的款项", "nothing is owed back", moot=True)
def refund_open(m: Moment) -> str | None:
    return None if any(row.state != "done" for row in refunds_of(m.session, m.open_case.id)) else ""


def end_of(m: Moment, code: str) -> datetime | None:
    """The instant at which a term of the case ends, None where it never ran."""
    row = m.term(code)
    return row.ends_at if row is not None else None
