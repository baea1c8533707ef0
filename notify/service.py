"""Service of papers on a party: ways, receipts, links, text messages (the ladder of APL 61, CPL 87-95)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.moment import Moment
from notify.refusals import Barred
from notify.registers import SubjectRow
from notify.tables import ConsentRow, DocumentRow, LinkRow, MessageRow, ServiceRow
from records import uuid7

QUEUED, SENT, DELIVERED, FAILED = "QUEUED", "SENT", "DELIVERED", "FAILED"
METHOD_ZH = {
    "direct": "直接送达",
    "electronic": "电子送达",
    "sms": "短信告知",
    "mail": "邮寄送达",
    "left": "留置送达",
    "announce": "公告送达",
    "entrust": "委托送达",
}

# Which step a receipt lets the system take, by what was served.
RECEIPT_STEPS = {
    "order": "receipt",
    "prior_notice": "notice_served",
    "decision": "decision_served",
    "no_penalty": "no_penalty_served",
    "dunning": "dunning_served",
    "change": "change_served",
}
NUMBERED = ("order", "prior_notice", "decision", "no_penalty", "dunning", "change")


def serve(
    m: Moment, purpose: str, documents: list[DocumentRow], method: str, recipient: str, proof: dict[str, Any]
) -> ServiceRow:
    """Open a service of `documents`; it is complete when `complete` is called with its proof."""
    row = ServiceRow(
        id=uuid7(m.clock),
        owner_id=m.owner.id,
        purpose=purpose,
        documents=[document.id for document in documents],
        method=method,
        recipient=recipient,
        sent_at=m.now,
        served_at=None,
        failed=None,
        proof=proof,
    )
    m.session.add(row)
    m.session.flush()
    return row


def complete(row: ServiceRow, at: datetime, proof: dict[str, Any]) -> None:
    """The service has its receipt: when, and what shows it."""
    row.served_at, row.failed, row.proof = at, None, {**row.proof, **proof}


def pending_service(m: Moment, purpose: str | None = None) -> ServiceRow | None:
    """The newest service of numbered papers that still waits for its receipt; one that failed waits no more."""
    query = select(ServiceRow).where(
        ServiceRow.owner_id == m.owner.id,
        ServiceRow.served_at.is_(None),
        ServiceRow.failed.is_(None),
        ServiceRow.purpose.in_((purpose,) if purpose else NUMBERED),
    )
    return m.session.scalars(query.order_by(ServiceRow.sent_at.desc(), ServiceRow.id.desc()).limit(1)).first()


def contact_of(m: Moment) -> SubjectRow | None:
    """Whom a dissuasion may reach: the confirmed party, else the licensee of the shop in front of which it was seen."""
    shop = m.registers.shop(m.lead.shop_id)
    return m.subject or (m.registers.subject(shop.subject_id) if shop else None)


def text_party(
    m: Moment, service: ServiceRow | None, text: str, to: SubjectRow | None = None, phone: str | None = None
) -> MessageRow:
    """Queue a text message to the party (or `to`), at the number of the register or at `phone`; `{link}` in the text
    becomes a fresh signed link."""
    subject = to or m.subject
    number = phone or (subject.phone if subject else None)
    if subject is None or not number:
        raise Barred(
            "E_NO_CONTACT", "没有当事人的联系电话", "there is no number to reach the party at", "serve otherwise"
        )
    link = new_link(m, service, subject)
    row = MessageRow(
        id=uuid7(m.clock),
        owner_id=m.owner.id,
        service_id=service.id if service else None,
        phone=number,
        text=text.replace("{link}", f"{m.portal_url}/{m.tools.signer.token(link.id)}"),
        state=QUEUED,
        created=m.now,
    )
    m.session.add(row)
    m.session.flush()
    m.told.append(row.id)
    return row


def new_link(m: Moment, service: ServiceRow | None, subject: SubjectRow) -> LinkRow:
    """A link for the party, to expire with the profile's term."""
    row = LinkRow(
        id=uuid7(m.clock).replace("-", ""),
        owner_id=m.owner.id,
        subject_id=subject.id,
        service_id=service.id if service else None,
        created=m.now,
        expires=m.now + timedelta(days=int(m.law("notice.link_days"))),
    )
    m.session.add(row)
    m.session.flush()
    return row


def revoke_links(session: Session, owner_id: str, at: datetime) -> None:
    """No link of a lead or case opens any more."""
    query = select(LinkRow).where(LinkRow.owner_id == owner_id, LinkRow.revoked_at.is_(None))
    for row in session.scalars(query):
        row.revoked_at = at


def consent_of(m: Moment) -> ConsentRow | None:
    """The consent to electronic service in force for the case's party."""
    query = select(ConsentRow).where(
        ConsentRow.case_id == m.open_case.id,
        ConsentRow.subject_id == m.open_case.subject_id,
        ConsentRow.revoked_at.is_(None),
    )
    return m.session.scalars(query.order_by(ConsentRow.signed_at.desc()).limit(1)).first()


def newest_service(m: Moment, purpose: str) -> ServiceRow | None:
    query = select(ServiceRow).where(ServiceRow.owner_id == m.owner.id, ServiceRow.purpose == purpose)
    return m.session.scalars(query.order_by(ServiceRow.sent_at.desc(), ServiceRow.id.desc()).limit(1)).first()


def untried(m: Moment, purpose: str, documents: list[str]) -> list[str]:
    """Which ways must still have failed before a public notice may stand for service (CPL 95: the last of all).

    Whoever could not be reached with the decision need not be looked for again to be dunned.
    """
    query = select(ServiceRow).where(ServiceRow.owner_id == m.owner.id, ServiceRow.failed.is_not(None))
    failed = {
        row.method
        for row in m.session.scalars(query)
        if (row.purpose == purpose and (not row.documents or set(row.documents) & set(documents)))
        or (purpose == "dunning" and row.purpose in ("decision", "dunning"))
    }
    return [METHOD_ZH[way] for way in ("direct", "mail") if way not in failed]
