"""What the desk's own steps do: failed services on record, credit repair, letters to other organs."""

from datetime import timedelta

from sqlalchemy import func, select

from notify.deadlines import end_terms
from notify.documents.source import day_text, issue, paragraphs
from notify.guards_desk import papers_to_serve
from notify.moment import Moment
from notify.publication import withdraw
from notify.service import pending_service, serve, text_party
from notify.tables import LeadRow, PublicationRow, ServiceRow

YEAR = timedelta(days=365)


def service_failed(m: Moment) -> None:
    """A way that was tried and did not reach the party; without such tries no public notice (CPL 95)."""
    purpose, documents = papers_to_serve(m)
    method, reason = str(m.values["method"]), str(m.values["reason"])
    waiting = pending_service(m, purpose)
    if waiting is None or waiting.method != method:
        waiting = serve(m, purpose, documents, method, m.subject.name if m.subject else "", {"by": m.actor.id})
    waiting.failed = reason
    end_terms(m.session, m.owner.id, ("DANN",) if method == "announce" else (), m.now, "gone")


def service_unproven(m: Moment) -> None:
    """A message whose arrival nobody confirmed serves nothing: another way must be taken."""
    named = m.values.get("service")
    row = m.session.get(ServiceRow, named) if named else pending_service(m)
    if row is not None and row.served_at is None:
        row.failed = str(m.values.get("reason") or "期限内无送达回执")
        m.body["task"] = f"serve_{row.purpose}"


def credit_repaired(m: Moment) -> None:
    """The record is repaired and leaves the public."""
    row = m.session.get_one(PublicationRow, m.open_case.id)
    row.repaired_on, reason = m.values["repaired_on"], f"信用已修复：{m.values['reason']}"
    withdraw(m, reason)
    text = f"{m.open_case.decision_number}《行政处罚决定书》的失信信息已经修复，停止公示。"
    issue(m, "WITHDRAWAL", {"addressee": "社会公众", "reason": reason, "paragraphs": paragraphs(text, reason)})


def repair_reminder(m: Moment) -> None:
    """Tell the party that it may ask for repair; whoever has no number is not told."""
    if m.subject is None or not m.subject.phone:
        return
    where, organ = m.law("credit.where"), m.organ
    number = m.open_case.decision_number
    text = f"【{organ.name}】{number}《行政处罚决定书》的公示信息，已履行义务的可以到{where}申请信用修复。"
    text_party(m, None, f"{text}查询：{{link}} 联系电话：{organ.phone}")


def ask_assistance(m: Moment) -> None:
    """A question to the organ that knows (SH-CG18 29)."""
    due = day_text(m, m.values["reply_by"].isoformat())
    question = str(m.values["question"])
    issue(
        m,
        "ASSIST",
        {
            "addressee": str(m.values["organ"]),
            "assist": {"organ": str(m.values["organ"]), "question": question, "due": due},
            "paragraphs": paragraphs(
                f"本机关正在办理案件{m.open_case.number}。依据{m.law('articles.assist')}，请对下列事项协助认定：",
                question,
                f"请于{due}前书面函复本机关。",
            ),
        },
    )


def recurrence(m: Moment) -> str:
    """How often the like was seen at this place within a year, in words."""
    if m.lead.place_id is None:
        return ""
    query = select(func.count()).where(
        LeadRow.place_id == m.lead.place_id, LeadRow.kind == m.lead.kind, LeadRow.raised >= m.now - YEAR
    )
    count, name = m.session.scalar(query) or 0, m.law(f"matters.{m.matter}.name", m.act_day)
    return f"最近一年内，{m.lead.address or m.open_case.place}共发现{name}线索{count}件。"


def suggest(m: Moment) -> None:
    """What keeps coming back, told to whoever can end its cause."""
    due = day_text(m, m.values["reply_by"].isoformat())
    said = {"statistics": str(m.values["statistics"]), "text": str(m.values["text"]), "reply_by": due}
    text = paragraphs(("情况：", said["statistics"]), ("建议：", said["text"]), f"请于{due}前将采纳情况函告本机关。")
    issue(m, "SUGGESTION", {"addressee": str(m.values["organ"]), "suggestion": said, "paragraphs": text})


def supervise(m: Moment) -> None:
    """A finding of supervision on this file, with what is demanded."""
    due = day_text(m, m.values["reply_by"].isoformat())
    said = {"findings": str(m.values["findings"]), "demand": str(m.values["demand"])}
    issue(
        m,
        "SUPERVISION",
        {
            "addressee": "承办机构",
            "supervision": said,
            "paragraphs": paragraphs(
                ("案件：", m.open_case.number),
                ("发现的问题：", said["findings"]),
                ("整改要求：", said["demand"]),
                f"请于{due}前反馈整改情况。",
            ),
        },
    )
