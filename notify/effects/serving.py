"""Putting papers before the party: by message, by hand, by notice, and the receipt for the file."""

from typing import Any

from sqlalchemy import select

from notify.documents.source import issue, local_text, rows
from notify.moment import Moment
from notify.service import (
    METHOD_ZH,
    complete,
    newest_service,
    pending_service,
    serve,
    text_party,
)
from notify.tables import DocumentRow
from records import iso, parse_iso


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
        text_party(
            m,
            service,
            f"【{m.organ.name}】{recipient}：现送达{title}（{numbers}），请查收：{{link}} 联系电话：{m.organ.phone}",
        )
    elif method == "announce":
        service.proof = {"reason": m.values.get("proof")}
        m.start("DANN")
    else:
        day = m.values.get("served_on") or m.today
        complete(service, m.now, {"record": m.values.get("proof"), "by": m.actor.id, "day": day.isoformat()})
        m.values["at"] = iso(m.now if day >= m.today else m.calendar.midnight_after(day))


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
    waiting = pending_service(m, purpose)
    if waiting is not None:
        complete(waiting, at, {"by": m.values.get("how", "receipt")})
    service = waiting or newest_service(m, purpose)
    documents = [m.session.get(DocumentRow, one) for one in service.documents] if service else []
    proof = str((service.proof.get("record") or service.proof.get("by")) if service else "")
    receipt_paper(m, [d for d in documents if d], service.method if service else "", local_text(m, at), proof)
    return at
