"""The public record of a decision: subject (masked), cause, basis, result, organ, date (APL 48), and its withdrawal."""

from typing import Any

from notify.moment import Moment
from notify.money import yuan_text
from notify.registers import SubjectRow
from notify.tables import PublicationRow


def masked_name(subject: SubjectRow) -> str:
    """A natural person keeps the family name only; a firm is named in full (APL 48, 50)."""
    return subject.name[0] + "某" if subject.kind == "person" else subject.name


def public_body(m: Moment) -> dict[str, Any]:
    """What the public sees: no identity number, no address, no phone."""
    case, subject = m.open_case, m.subject
    return {
        "number": case.decision_number,
        "subject": masked_name(subject) if subject else "",
        "cause": m.law(f"matters.{m.matter}.name", m.act_day),
        "basis": m.law(f"matters.{m.matter}.penalty", m.act_day),
        "result": f"罚款¥{yuan_text(case.decision_fen or 0)}",
        "organ": m.organ.name,
        "date": m.calendar.today(case.decided_at).isoformat() if case.decided_at else "",
    }


def publish_record(m: Moment) -> PublicationRow:
    row = PublicationRow(case_id=m.open_case.id, body=public_body(m), published_at=m.now)
    m.session.add(row)
    m.session.flush()
    return row


def withdraw(m: Moment, reason: str) -> None:
    """Take the record back with the reason (APL 48: within three days)."""
    row = m.session.get_one(PublicationRow, m.open_case.id)
    row.withdrawn_at, row.reason = m.now, reason
