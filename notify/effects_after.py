"""What the steps from the decision on do: decision, service, money, dunning, court, endings."""

from datetime import date, timedelta
from typing import Any

from notify.deadlines import end_terms, start_term, term_of
from notify.disposition import subject_kind_zh
from notify.documents.source import day_text, fact_text, issue, local_text, paragraphs, rows
from notify.effects_case import deliver, finish_service, papers, proposal_texts
from notify.guards_case import amount_of
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.payment import OPEN, VOID, open_order, order_of, owed_fen, surcharge_now
from notify.publication import publish_record, withdraw
from notify.refusals import Barred
from notify.service import pending_service, revoke_links
from notify.states import State
from records import iso


def decide(m: Moment) -> None:
    """The decision with all six items of APL 59, and its payment order."""
    case, amount = m.open_case, amount_of(m)
    law, proposal = m.law, case.proposal or {}
    order = open_order(m, amount)
    paper = issue(
        m,
        "DECISION",
        {
            **proposal_texts(m, amount),
            "statement_text": _statement_text(m),
            "hearing_text": _hearing_text(m),
            "evidence_text": "以及视频勘验笔录、调查终结报告、送达回证。",
            "pay_days": int(law("periods.pay_days")),
            "collector": {"name": law("collector.name"), "address": law("collector.address")},
            "payment_code": order.code,
            "surcharge_percent": f"{int(law('surcharge.permille_per_day')) / 10:g}",
            "reconsideration_days": int(law("periods.reconsideration_days")),
            "reconsideration_organ": law("remedies.reconsideration_organ_name"),
            "online_reconsideration": law("remedies.online_reconsideration"),
            "suit_months": int(law("periods.suit_months")),
            "court": law("remedies.court_name"),
        },
    )
    case.decision_fen, case.decided_at, case.decision_number = amount, m.now, paper.number
    m.body |= {"amount_fen": amount, "law": proposal.get("law"), "number": paper.number}
    m.start("DSERVE7")


def _statement_text(m: Moment) -> str:
    served = m.open_case.notice_served_at
    told = f"本机关于{local_text(m, served)}送达行政处罚事先告知书。" if served else ""
    statements = m.records("statement")
    if statements:
        review = m.record("review_statement")
        result = {"adopted": "采纳", "partly": "部分采纳", "rejected": "未采纳"}
        adopted = result.get(str(review.body.get("adopted")), "复核") if review else "复核"
        said = "；".join(str(row.body.get("text", "")).rstrip("。") for row in statements)
        why = str(review.body["reasons"]).rstrip("。") if review else ""
        return f"{told}你（单位）陈述、申辩称：{said}。经复核，本机关{adopted}，理由：{why}。"
    if m.record("waive") is not None:
        return f"{told}你（单位）书面放弃陈述、申辩。"
    return f"{told}你（单位）在规定期限内未陈述、申辩。"


def _hearing_text(m: Moment) -> str:
    if not m.open_case.hearing_notified:
        return ""
    held = m.record("hold_hearing")
    return (
        f"本机关于{local_text(m, held.at, minutes=False)}举行听证。"
        if held
        else "你（单位）在规定期限内未要求听证或者已放弃听证。"
    )


def serve_decision(m: Moment) -> None:
    """Serve the decision; with the two letters of the bundle where the profile asks for it."""
    documents = papers(m, "DECISION")
    if m.law("bundle_three_letters") and m.subject is not None and m.subject.kind != "person":
        documents += [_letter(m, "CREDIT_REPAIR"), _letter(m, "COMPLIANCE")]
    deliver(m, "decision", documents, "行政处罚决定书")
    if pending_service(m, "decision") is None:
        decision_served(m)
        m.target = State.B11


def _letter(m: Moment, kind: str) -> Any:
    who = m.subject.name if m.subject else ""
    texts = {
        "CREDIT_REPAIR": "行政处罚信息公示期满可以申请信用修复；申请途径：信用中国网站。",
        "COMPLIANCE": f"请{m.law(f'matters.{m.matter}.demand', m.act_day)}，并保持；需要指导的，可以联系本机关。",
    }
    return issue(m, kind, {"addressee": who, "paragraphs": paragraphs(texts[kind])})


def decision_served(m: Moment) -> None:
    """The decision has arrived: payment, reconsideration and suit run from here."""
    at = finish_service(m, "decision")
    case = m.open_case
    case.served_at = at
    end_terms(m.session, case.id, ("DSERVE7",), m.now)
    for code in ("DREV60", "DLIT6M"):
        m.start(code, at)
    order, due = order_of(m.session, case.id), m.start("DPAY15", at)
    if order is not None:
        order.due_on = due.last_day
        payment_notice(m, order.code, order.principal_fen, due.last_day)


def payment_notice(m: Moment, code: str, amount_fen: int, due_on: date) -> None:
    issue(
        m,
        "PAYMENT",
        {
            "decision_number": m.open_case.decision_number,
            "payment_code": code,
            "amount": yuan_text(amount_fen),
            "amount_words": yuan_words(amount_fen),
            "due_text": day_text(m, due_on.isoformat()),
            "collector": {"name": m.law("collector.name"), "address": m.law("collector.address")},
            "surcharge_percent": f"{int(m.law('surcharge.permille_per_day')) / 10:g}",
        },
    )


def no_penalty(m: Moment) -> None:
    """No penalty on a lawful ground, with the education that goes with it."""
    ground = {
        "minor_corrected": "违法行为轻微并及时改正，没有造成危害后果",
        "first": "初次违法且危害后果轻微并及时改正",
        "no_fault": "当事人有证据足以证明没有主观过错",
        "not_established": "违法事实不能成立",
        "limitation": "违法行为超过追责时效",
        "local_list": "属于不予行政处罚事项",
    }[str(m.values["ground"])]
    issue(
        m,
        "NO_PENALTY",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(
                ("事实：", fact_text(m)),
                ("决定：", f"{ground}。依据{m.law('articles.no_penalty')}，决定不予行政处罚。"),
                ("教育：", str(m.values["education"])),
            ),
        },
    )
    m.start("DSERVE7")


def serve_no_penalty(m: Moment) -> None:
    deliver(m, "no_penalty", papers(m, "NO_PENALTY"), "不予行政处罚决定书")
    if pending_service(m, "no_penalty") is None:
        no_penalty_served(m)


def no_penalty_served(m: Moment) -> None:
    m.open_case.served_at = finish_service(m, "no_penalty")
    end_terms(m.session, m.open_case.id, ("DSERVE7",), m.now)


def paid(m: Moment) -> None:
    """Everything is paid: terms of payment and dunning end."""
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT"), m.now)


def grant_deferral(m: Moment) -> None:
    """A later day to pay (APL 66); until then no surcharge accrues."""
    until: date = m.values["until"]
    order = order_of(m.session, m.open_case.id)
    if order is None or until <= m.today:
        raise Barred("E_DEFERRAL", "延期日期须在今后", "the new day must lie ahead", "APL 66")
    order.due_on = until
    row = term_of(m.session, m.open_case.id, "DPAY15")
    end_terms(m.session, m.open_case.id, ("DPAY15",), m.now, "gone")
    fresh = start_term(m.session, m.open_case.id, "DPAY15", m.lead.kind, m.now, m.profile, m.calendar, m.clock)
    fresh.last_day, fresh.ends_at = until, m.calendar.midnight_after(until)
    fresh.source = "APL 66"
    if row is not None:
        m.body["was_due"] = row.last_day.isoformat()


def dun(m: Moment) -> None:
    """The dunning letter with its four contents (ACL 35)."""
    order = order_of(m.session, m.open_case.id)
    assert order is not None
    principal, accrued, already = owed_fen(m, order, m.today)
    surcharge = int(m.values["surcharge"]) if m.values.get("surcharge") is not None else accrued
    total = principal + surcharge - already
    issue(
        m,
        "DUNNING",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(
                f"{m.open_case.decision_number}《行政处罚决定书》已经送达，你（单位）逾期未履行。依据{m.law('articles.dunning')}，现催告如下：",
                ("履行期限：", f"自收到本催告书之日起{int(m.law('periods.dunning_wd'))}个工作日内。"),
                (
                    "金额和方式：",
                    f"罚款¥{yuan_text(principal)}，加处罚款¥{yuan_text(surcharge)}，已缴¥{yuan_text(already)}，"
                    f"合计应缴¥{yuan_text(total)}；凭缴款码{order.code}到{m.law('collector.name')}缴纳。",
                ),
                ("权利：", "你（单位）有权陈述、申辩。"),
                ("后果：", "逾期仍未履行的，本机关将依法申请人民法院强制执行。"),
            ),
        },
    )
    deliver(m, "dunning", papers(m, "DUNNING"), "催告书")
    if pending_service(m, "dunning") is None:
        dunning_served(m)


def dunning_served(m: Moment) -> None:
    m.start("DDUN10", finish_service(m, "dunning"))


def court_apply(m: Moment) -> None:
    """The application to the court, with the papers of ACL 55."""
    order = order_of(m.session, m.open_case.id)
    principal, accrued, already = owed_fen(m, order, m.today) if order else (0, 0, 0)
    issue(
        m,
        "COURT",
        {
            "addressee": str(m.law("remedies.court_name")),
            "paragraphs": paragraphs(
                (
                    "被执行人：",
                    f"{m.subject.name if m.subject else ''}（{subject_kind_zh(m.subject) if m.subject else ''}）",
                ),
                (
                    "申请事项：",
                    f"强制执行罚款¥{yuan_text(principal)}及加处罚款¥{yuan_text(accrued)}，扣除已缴¥{yuan_text(already)}。",
                ),
                (
                    "事实和理由：",
                    f"{m.open_case.decision_number}《行政处罚决定书》已经送达，当事人在法定期限内未申请复议、未起诉，经催告仍未履行。",
                ),
                ("依据：", f"{m.law('articles.court')}。"),
                ("附件：", "行政处罚决定书及作出决定的事实、理由和依据；当事人的意见和催告情况；执行标的情况。"),
            ),
        },
    )


def close(m: Moment) -> None:
    """The closing report; links for the party stay until the file is archived."""
    order = order_of(m.session, m.open_case.id)
    issue(
        m,
        "CLOSING",
        {
            "rows": rows(
                ("案件编号", m.open_case.number),
                ("当事人", m.subject.name if m.subject else ""),
                (
                    "处理结果",
                    f"罚款¥{yuan_text(m.open_case.decision_fen)}" if m.open_case.decision_fen else "不予行政处罚",
                ),
                ("缴款情况", f"加处罚款¥{yuan_text(surcharge_now(m))}" if order else "无款项"),
                ("改正情况", str(m.values.get("correction") or "")),
                ("结案意见", f"{m.actor.name}：{m.values.get('note') or '同意结案'}"),
                ("结案时间", local_text(m, m.now)),
            )
        },
    )
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT", "DSERVE7", "DRETRACT3"), m.now)


def archive(m: Moment) -> None:
    revoke_links(m.session, m.open_case.id, m.now)
    revoke_links(m.session, m.lead.id, m.now)


def suspend(m: Moment) -> None:
    m.open_case.before = m.open_case.state


def resume(m: Moment) -> None:
    m.target = State(m.open_case.before or State.B1.value)


def terminate(m: Moment) -> None:
    issue(
        m,
        "TERMINATION",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(("理由：", str(m.values["reason"]))),
        },
    )
    end_terms(m.session, m.open_case.id, ("D90", "DSTMT", "DHEAR"), m.now, "gone")


def transfer(m: Moment) -> None:
    organ = str(m.values["organ"])
    basis = m.law("articles.crime" if m.values["why"] == "crime" else "articles.handoff")
    issue(
        m,
        "HANDOFF",
        {
            "addressee": organ,
            "paragraphs": paragraphs(
                f"{fact_text(m)}。依据{basis}，现将本案移送你机关。", ("理由：", str(m.values["reason"]))
            ),
        },
    )
    end_terms(m.session, m.open_case.id, ("D90", "DSTMT", "DHEAR"), m.now, "gone")


def revoke(m: Moment) -> None:
    """The decision falls: money is no longer owed, a publication must be withdrawn within its term (APL 48)."""
    issue(
        m,
        "REVOCATION",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(
                f"{m.open_case.decision_number}《行政处罚决定书》予以撤销。", ("理由：", str(m.values["reason"]))
            ),
        },
    )
    order = order_of(m.session, m.open_case.id)
    if order is not None and order.state == OPEN:
        order.state = VOID
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT", "DSERVE7"), m.now, "gone")
    m.start("DRETRACT3")


def publish(m: Moment) -> None:
    publish_record(m)


def withdraw_publication(m: Moment) -> None:
    withdraw(m, str(m.values["reason"]))
    end_terms(m.session, m.open_case.id, ("DRETRACT3",), m.now)


def overdue(m: Moment) -> None:
    m.body["surcharge_from"] = iso(m.now)
    term = term_of(m.session, m.open_case.id, "DLIT6M")
    if term is not None:
        m.start("DCOURT", term.ends_at - timedelta(seconds=1))  # within the last day of the term
