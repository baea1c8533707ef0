"""Putting papers before the party: by message, by hand, by notice, and the receipt for the file."""

from typing import Any

from sqlalchemy import select

from notify.deadlines import end_terms
from notify.documents.source import issue, local_text, paragraphs, rows
from notify.moment import Moment
from notify.refusals import Barred
from notify.service import (
    METHOD_ZH,
    complete,
    consent_of,
    newest_service,
    pending_service,
    serve,
    text_party,
)
from notify.tables import DocumentRow, ServiceRow
from records import iso, parse_iso

_WITH_DECISION = ("CREDIT_REPAIR", "COMPLIANCE")
"""Letters that only go with a decision and are covered where it is."""


def papers(m: Moment, *kinds: str) -> list[DocumentRow]:
    """The newest paper of each kind in this case, those issued in this step first."""
    found = []
    for kind in kinds:
        query = select(DocumentRow).where(DocumentRow.owner_id == m.owner.id, DocumentRow.kind == kind)
        row = m.session.scalars(query.order_by(DocumentRow.position.desc()).limit(1)).first()
        if row is not None:
            found.append(row)
    return found


def deliver(m: Moment, purpose: str, documents: list[DocumentRow], title: str) -> None:
    """One service by the way chosen: messages wait for their receipt, everything else carries its proof now."""
    method, subject = str(m.values["method"]), m.subject
    recipient = subject.name if subject else ""
    service = serve(m, purpose, documents, method, recipient, {})
    numbers = "、".join(document.number for document in documents)
    if method in ("sms", "electronic"):
        consent = consent_of(m) if method == "electronic" else None
        if consent is not None:
            uncovered = [one.title for one in documents if one.kind not in (*consent.covers, *_WITH_DECISION)]
            if uncovered:
                names = "、".join(uncovered)
                raise Barred(
                    "E_ESERVICE_CONSENT",
                    f"电子送达确认书不包括：{names}",
                    f"the consent does not cover: {names}",
                    "APL 61(2)",
                )
        text_party(
            m,
            service,
            f"【{m.organ.name}】{recipient}：现送达{title}（{numbers}），请查收：{{link}} 联系电话：{m.organ.phone}",
            phone=consent.address if consent else None,
        )
        m.start("DRCPT")
    elif method == "announce":
        paper = announcement(m, documents, title)
        service.proof = {"reason": m.values.get("proof"), "announcement": paper.number}
        m.start("DANN")
    else:
        day = m.values.get("served_on") or m.today
        complete(service, m.now, {"record": m.values.get("proof"), "by": m.actor.id, "day": day.isoformat()})
        m.values["at"] = iso(m.now if day >= m.today else m.calendar.midnight_after(day))


def announcement(m: Moment, documents: list[DocumentRow], title: str) -> DocumentRow:
    """The public notice that stands for service: what, for whom, where to fetch it, when it counts (CPL 95)."""
    days = int(m.law("public_notice_days"))
    return issue(
        m,
        "ANNOUNCEMENT",
        {
            "addressee": m.subject.name if m.subject else "",
            "days": days,
            "paragraphs": paragraphs(
                f"因采用其他方式均无法向你（单位）送达{title}（{'、'.join(one.number for one in documents)}），"
                f"依据{m.law('articles.announce')}，现向你（单位）公告送达。",
                f"请自本公告发布之日起{days}日内到本机关领取，逾期即视为送达。",
                ("无法送达的情况：", str(m.values.get("proof") or "")),
            ),
        },
    )


def receipt_paper(m: Moment, documents: list[DocumentRow], method: str, at_text: str, proof: str) -> DocumentRow:
    """The receipt of service for the file (CPL 87)."""
    numbers = "、".join(f"{row.title} {row.number}" for row in documents)
    pairs = rows(
        ("受送达人", m.subject.name if m.subject else ""),
        ("送达文书", numbers),
        ("送达方式", METHOD_ZH.get(method, method)),
        ("送达时间", at_text),
        ("送达凭证", proof),
        ("送达人", m.actor.name),
    )
    return issue(m, "RECEIPT", {"rows": pairs, "served_numbers": numbers})


def finish_service(m: Moment, purpose: str) -> Any:
    """Complete the pending service with its receipt (if one waits) and write the receipt paper; when it was served."""
    at = parse_iso(m.values["at"]) if m.values.get("at") else m.now
    named = m.session.get(ServiceRow, m.values["service"]) if m.values.get("service") else None
    waiting = named or pending_service(m, purpose)
    if waiting is not None:
        complete(waiting, at, {"by": m.values.get("how", "receipt")})
    end_terms(m.session, m.owner.id, ("DRCPT", "DANN"), m.now)
    service = waiting or newest_service(m, purpose)
    documents = [m.session.get(DocumentRow, one) for one in service.documents] if service else []
    proof = str((service.proof.get("record") or service.proof.get("by")) if service else "")
    receipt_paper(m, [d for d in documents if d], service.method if service else "", local_text(m, at), proof)
    return at
