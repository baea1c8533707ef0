"""What the decision and its service do: the paper of APL 59, no penalty, consent, revocation, publication."""

from datetime import date
from typing import Any

from notify.credit import CLASSES, credit_letter
from notify.deadlines import GONE, end_terms, move_end
from notify.documents.source import day_text, issue, local_text, paragraphs, rows, whole_fact_text
from notify.effects.case import proposal_texts
from notify.effects.serving import deliver, finish_service, papers
from notify.guards_case import amount_of
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.payment import open_order, order_of, revoke_order
from notify.publication import publish_record, withdraw
from notify.service import (
    consent_of,
    pending_service,
)
from notify.states import State
from notify.tables import ConsentRow, PublicationRow
from records import uuid7


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
        for kind in ("CREDIT_REPAIR", "COMPLIANCE"):  # another try serves the letters that there are
            documents += papers(m, kind) or [_letter(m, kind)]
    deliver(m, "decision", documents, "行政处罚决定书")
    if pending_service(m, "decision") is None:
        decision_served(m)
        m.target = State.B11


def _letter(m: Moment, kind: str) -> Any:
    who = m.subject.name if m.subject else ""
    if kind == "COMPLIANCE":
        return _compliance(m, who)
    told = credit_letter(m)
    text = paragraphs(
        f"{m.open_case.decision_number}《行政处罚决定书》的信息将依法公示。依据{m.law('articles.credit')}，现告知如下：",
        ("信息类别：", f"{told['class']}。"),
        ("公示期限：", f"{told['period']}。"),
        ("最早申请修复时间：", f"{told['earliest']}。"),
        ("申请途径：", f"{told['where']}。"),
        ("申请材料：", f"{told['materials']}。"),
    )
    return issue(m, kind, {"addressee": who, "credit": told, "paragraphs": text})


def _compliance(m: Moment, who: str) -> Any:
    demand = str(m.law(f"matters.{m.matter}.demand", m.law_day))
    elements = "；".join(m.law(f"matters.{m.matter}.elements", m.law_day))
    text = paragraphs(
        f"为帮助你（单位）合规经营，避免再次违法，就{m.law(f'matters.{m.matter}.name', m.law_day)}提出以下建议：",
        ("应当做到：", f"{demand}，并保持。"),
        ("自查要点：", f"对照下列情形逐项自查，有一项即应改正：{elements}。"),
        ("咨询：", f"需要指导的，可以联系本机关，电话{m.organ.phone}。"),
    )
    return issue(m, "COMPLIANCE", {"addressee": who, "advice": demand, "paragraphs": text})


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
        order.due_on = order.first_due = due.last_day
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
        "under_age": "当事人不满十四周岁或者不能辨认、控制自己行为",
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
            "ground": ground,
            "education": str(m.values["education"]),
            "paragraphs": paragraphs(
                ("事实：", f"{whole_fact_text(m)}。"),
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


def consent(m: Moment) -> None:
    """The signed confirmation of electronic service."""
    row = ConsentRow(
        id=uuid7(m.clock),
        case_id=m.open_case.id,
        subject_id=m.open_case.subject_id,
        channel="sms",
        address=str(m.values["address"]),
        covers=["DECISION", "NO_PENALTY", "PAYMENT", "DUNNING", "CHANGE"],
        signed_name=str(m.values["signed_name"]),
        signed_at=m.now,
    )
    m.session.add(row)
    pairs = rows(
        ("受送达人", m.subject.name if m.subject else ""),
        ("电子送达渠道", "手机短信及查询链接"),
        ("送达地址", row.address),
        ("适用文书", "行政处罚决定书、不予行政处罚决定书、变更决定书、缴款通知书、催告书"),
        ("告知事项", "同意以上述方式送达；到达上述号码之日为送达日期；可以随时撤回，可以要求提供纸质文书。"),
        ("签署人", row.signed_name),
        ("签名凭证", _signature(m)),
        ("签署时间", local_text(m, m.now)) if m.actor.owner_id else ("登记时间", local_text(m, m.now)),
    )
    issue(m, "CONSENT", {"rows": pairs})


def _signature(m: Moment) -> str:
    """What shows that the party signed: its own link, or the paper that an officer puts on file."""
    if m.actor.owner_id:
        return "当事人凭专属查询链接在线签署"
    return f"{m.values['signed_paper']}（{m.actor.name}登记，原件存卷）"


def revoke_consent(m: Moment) -> None:
    row = consent_of(m)
    if row is not None:
        row.revoked_at = m.now


def revoke(m: Moment) -> None:
    """The decision falls: money is no longer owed, a publication must be withdrawn within its term (APL 48)."""
    issue(
        m,
        "REVOCATION",
        {
            "addressee": m.subject.name if m.subject else "",
            "reason": str(m.values["reason"]),
            "paragraphs": paragraphs(
                f"{m.open_case.decision_number}《行政处罚决定书》予以撤销。", ("理由：", str(m.values["reason"]))
            ),
        },
    )
    revoke_order(m, m.open_case.id)
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT", "DSERVE7", "DRCPT", "DANN"), m.now, "gone")
    shown = m.session.get(PublicationRow, m.open_case.id)
    if shown is not None and shown.withdrawn_at is None:
        m.start("DRETRACT3")


def publish(m: Moment) -> None:
    """The masked record goes public, with the days that its credit class gives it."""
    row = publish_record(m, str(m.values.get("credit_class") or "general"))
    body, days = row.body, f"{row.latest_end}止" if row.latest_end else ""
    pairs = rows(
        ("决定书文号", body["number"]),
        ("当事人", body["subject"]),
        ("案由", body["cause"]),
        ("处罚依据", body["basis"]),
        ("处罚结果", body["result"]),
        ("处罚机关", body["organ"]),
        ("决定日期", body["date"]),
        ("信用类别和公示期", f"{CLASSES[str(row.credit_class)]}，自{m.today}起至{days}"),
    )
    issue(m, "PUBLICATION", {"rows": pairs, "record": body})
    if row.earliest_repair is not None:
        move_end(m.session, m.start("DREPAIR"), row.earliest_repair, m.calendar, "NDRC36")


def withdraw_publication(m: Moment) -> None:
    """The record goes, with a public note of the reason (APL 48)."""
    reason = str(m.values["reason"])
    withdraw(m, reason)
    issue(
        m,
        "WITHDRAWAL",
        {
            "addressee": "社会公众",
            "reason": reason,
            "paragraphs": paragraphs(
                f"本机关公示的{m.open_case.decision_number}《行政处罚决定书》信息现予撤回。"
                f"依据{m.law('articles.publicity')}，说明理由如下：",
                reason,
            ),
        },
    )
    end_terms(m.session, m.open_case.id, ("DREPAIR",), m.now, GONE)
    end_terms(m.session, m.open_case.id, ("DRETRACT3",), m.now)
