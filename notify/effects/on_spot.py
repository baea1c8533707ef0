"""What a decision on the spot does: the case, its paper and its service in one step (APL 51-53)."""

from dataclasses import replace

from notify.disposition import legal_range
from notify.documents.source import issue, local_text, paragraphs, place_text
from notify.effects.decision import payment_notice
from notify.effects.street import open_case
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.payment import open_order
from notify.service import complete, serve
from notify.states import State


def decide_on_spot(m: Moment) -> None:
    """Officers who stand before the party decide and hand over; review comes before suit (ARL 23)."""
    case = open_case(m, [m.actor.id, str(m.values["second_officer"])])
    opened, amount, law, legal = replace(m, case=case, issued=[]), int(m.values["amount"]), m.law, legal_range(m)
    shares = {"law": legal.law, "low_fen": legal.low_fen, "high_fen": legal.high_fen}
    case.proposal = {"grade": str(m.values["grade"]), "amount_fen": amount, **shares, "by": m.actor.id}
    order = open_order(opened, amount)
    said = str(m.values.get("statement") or "").strip()
    day, matter = opened.law_day, f"matters.{m.matter}"
    basis = f"{law(f'{matter}.prohibition', day)}、{law(f'{matter}.penalty', day)}"
    paper = issue(
        opened,
        "ON_SPOT",
        {
            "addressee": m.subject.name if m.subject else "",
            "amount": yuan_text(amount),
            "spot": {"place": place_text(m), "time": local_text(m, m.now)},
            "remedies_text": (
                f"不服本决定的，应当自收到之日起{int(law('periods.reconsideration_days'))}日内先向"
                f"{law('remedies.reconsideration_organ_name')}申请行政复议；对复议决定仍不服的，可以自收到复议决定书之日起"
                f"{int(law('periods.suit_after_review_days'))}日内向{law('remedies.court_name')}起诉。"
            ),
            "paragraphs": paragraphs(
                f"{local_text(m, m.now)}，在{place_text(m)}，你（单位）有"
                f"{law(f'matters.{m.matter}.name', opened.law_day)}的行为。",
                ("依据：", f"{basis}。"),
                ("决定：", f"当场处以罚款人民币{yuan_words(amount)}（¥{yuan_text(amount)}）。"),
                ("陈述、申辩：", said or "已当面告知，当事人未陈述、申辩。"),
                (
                    "缴纳：",
                    f"自收到之日起{int(law('periods.pay_days'))}日内凭缴款码{order.code}到{law('collector.name')}缴纳。",
                ),
                (
                    "救济：",
                    f"应当先申请行政复议（{int(law('periods.reconsideration_days'))}日内，"
                    f"{law('remedies.reconsideration_organ_name')}），不服复议决定的再起诉（{law('remedies.court_name')}）。",
                ),
            ),
        },
    )
    served = serve(opened, "decision", [paper], "direct", m.subject.name if m.subject else "", {})
    complete(served, m.now, {"record": "当场交付", "by": m.actor.id})
    case.state, case.served_at, case.decided_at = State.B11.value, m.now, m.now
    case.decision_fen, case.decision_number = amount, paper.number
    for code in ("DREV60", "DLIT6M"):
        opened.start(code, m.now)
    due = opened.start("DPAY15", m.now)
    order.due_on = order.first_due = due.last_day
    payment_notice(opened, order.code, amount, due.last_day)
    m.issued += opened.issued
    m.body |= {"case_id": case.id, "amount_fen": amount, "number": paper.number}
