"""What review and suit do to a decision, how the organ changes one itself, and corrections of a paper."""

from datetime import datetime, timedelta

from notify.deadlines import GONE, end_terms
from notify.documents.source import issue, paragraphs
from notify.effects.decision import revoke
from notify.effects.serving import deliver, finish_service, papers
from notify.guards_case import amount_of
from notify.guards_ways import end_of
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.payment import OPEN, OVER, PAID, balance_now, order_of, owe_refund, owed_fen, refunds_of
from notify.service import pending_service
from notify.states import State
from notify.tables import DocumentRow

_PAID = (PAID, OVER)


def remedy_opened(m: Moment) -> None:
    m.open_case.before = m.open_case.state


def remedy_closed(m: Moment) -> None:
    """The ruling: the decision stands, is withdrawn from attack, changed or gone."""
    case, result = m.open_case, str(m.values["result"])
    opened, received_on = m.record("remedy_opened"), m.values.get("received_on") or m.today
    kind = str(opened.body.get("kind") if opened else "reconsideration")
    m.body |= {"kind": kind, "received_on": received_on.isoformat()}
    if result == "revoked":
        m.values["reason"] = m.values.get("note") or "复议决定或者判决撤销"
        revoke(m)
        m.target = State.REVOKED
        return
    before = State(case.before or State.B11.value)
    if kind == "reconsideration" and result in ("upheld", "changed"):
        m.start("DLIT15", m.calendar.midnight_after(received_on) - timedelta(seconds=1))
        start_court_term(m)
    if result == "changed":
        change_amount(m)
        change_paper(m, str(m.values.get("note") or "复议决定或者判决变更"))
        m.target = State.CHANGED
        return
    order = order_of(m.session, case.id)
    settled = order is not None and order.state in _PAID and before not in (State.B12, State.B16)
    m.target = State.B12 if settled else before


def change_amount(m: Moment) -> None:
    """A lower fine: the order follows, what was paid above it is owed back."""
    case, order = m.open_case, order_of(m.session, m.open_case.id)
    m.body["was_fen"], m.body["amount_fen"] = case.decision_fen, amount_of(m)
    case.decision_fen = amount_of(m)
    if order is None:
        return
    order.principal_fen = amount_of(m)
    _, _, paid = owed_fen(m, order, m.today)
    left = balance_now(m)
    if paid and left <= 0:
        order.state, order.overpaid_fen = (OVER if left < 0 else PAID), -left
        if left < 0:
            owe_refund(m, order, -left, "overpaid")
    else:
        order.state, order.pushed_at = OPEN, None


def change(m: Moment) -> None:
    """The organ itself lowers its fine (APL 75)."""
    change_amount(m)
    change_paper(m, str(m.values["reason"]))
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT"), m.now, GONE)
    m.start("DSERVE7")


def change_paper(m: Moment, reason: str) -> None:
    """The paper that says what the fine is now."""
    fine = f"罚款人民币{yuan_words(amount_of(m))}（¥{yuan_text(amount_of(m))}）"
    text = f"{m.open_case.decision_number}《行政处罚决定书》变更为：{fine}。"
    who = m.subject.name if m.subject else ""
    issue(m, "CHANGE", {"addressee": who, "paragraphs": paragraphs(text, ("理由：", reason))})


def serve_change(m: Moment) -> None:
    deliver(m, "change", papers(m, "CHANGE"), "变更行政处罚决定书")
    if pending_service(m, "change") is None:
        change_served(m)


def change_served(m: Moment) -> None:
    """From the receipt the new sum is due, and where the organ itself changed it the remedies run anew."""
    at: datetime = finish_service(m, "change")
    m.open_case.served_at = at
    end_terms(m.session, m.open_case.id, ("DSERVE7",), m.now)
    if m.record("change") is not None:
        for code in ("DREV60", "DLIT6M"):
            m.start(code, at)
    order = order_of(m.session, m.open_case.id)
    if order is not None and order.state in _PAID:
        m.target = State.B12
        return
    due = m.start("DPAY15", at)
    if order is not None:
        order.due_on = due.last_day
    m.target = State.B11


def refund_made(m: Moment) -> None:
    """The treasury paid it back by another way than the collecting bank's; its voucher is on file."""
    for row in refunds_of(m.session, m.open_case.id):
        if row.state != "done":
            row.state, row.done_at, row.reference = "done", m.now, str(m.values["reference"])


def remake(m: Moment) -> None:
    """The ruling orders a new decision: the case is investigated anew, within a time of its own."""
    case = m.open_case
    case.proposal, case.notified_fen, case.notice_served_at, case.hearing_notified = None, None, None, False
    case.decision_fen, case.decided_at, case.decision_number, case.served_at = None, None, None, None
    m.start("D90")


def start_court_term(m: Moment) -> None:
    """Three months from when review and suit are over, or from a deferral that ends later (ACL 53; APL 72)."""
    base = end_of(m, "DLIT15") or end_of(m, "DLIT6M")
    paid_by = end_of(m, "DPAY15")
    if base is None:
        return
    if m.record("grant_deferral") is not None and paid_by is not None:
        base = max(base, paid_by)
    m.start("DCOURT", base - timedelta(seconds=1))  # within the last day of the term


def correct(m: Moment) -> None:
    """A slip of the pen in an issued paper: the correction is a paper of its own and changes nothing else."""
    wrong = m.session.get_one(DocumentRow, str(m.values["document_id"]))
    issue(
        m,
        "CORRECTION",
        {
            "addressee": m.subject.name if m.subject else "",
            "correction": {"number": wrong.number, "wrong": m.values["wrong"], "right": m.values["right"]},
            "paragraphs": paragraphs(
                f"{wrong.number}《{wrong.title}》中“{m.values['wrong']}”更正为“{m.values['right']}”。",
                "其余内容不变。",
            ),
        },
    )
    m.body["number"] = wrong.number
