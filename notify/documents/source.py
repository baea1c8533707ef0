"""The JSON source of a paper: what every kind shares, drawn from the case, the registers and the law."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import segno
from sqlalchemy import func, select

from notify.documents.kinds import KINDS, DocumentKind
from notify.numbering import document_number, next_number
from notify.refusals import Barred
from notify.tables import DocumentRow
from records import uuid7

if TYPE_CHECKING:
    from notify.moment import Moment

_STAGES = {"first_seen": "首次发现", "recheck": "复核", "after_notice": "复核", "on_site": "现场"}
_ID_LABELS = {"person": "居民身份证号码", "business": "统一社会信用代码", "org": "统一社会信用代码"}


def local_text(m: "Moment", at: datetime, minutes: bool = True) -> str:
    """A time as papers write it, on the local clock: 2026年6月3日16时15分."""
    local = at.astimezone(m.calendar.zone)
    day = f"{local.year}年{local.month}月{local.day}日"
    return f"{day}{local.hour}时{local.minute:02d}分" if minutes else day


def fact_text(m: "Moment") -> str:
    """The act: when, where, what, and what the recording shows of it."""
    lead = m.lead
    first, last = local_text(m, lead.opened), local_text(m, max(lead.last_seen, lead.raised))
    name = m.law(f"matters.{m.matter}.name", m.act_day)
    shown = "，".join(str(reason.get("zh", "")).rstrip("。；") for reason in lead.message.get("reasons", [])[:3])
    text = f"{first}至{last}期间，在{place_text(m)}{name}"
    return f"{text}（监控设备记录：{shown}）" if shown else text


def place_text(m: "Moment") -> str:
    """The place of the act in words: the address where there is one, else coordinates."""
    return m.lead.address or f"东经{m.lead.lon:.6f}°、北纬{m.lead.lat:.6f}°处"


def common(m: "Moment") -> dict[str, Any]:
    """What every paper carries."""
    organ, subject, local = m.organ, m.subject, m.now.astimezone(m.calendar.zone)
    law = f"matters.{m.matter}"
    known = {
        key: m.profile.get(f"{law}.{key}", m.act_day) for key in _MATTER if m.profile.known(f"{law}.{key}", m.act_day)
    }
    return {
        "issued": {"year": local.year, "month": local.month, "day": local.day},
        "date": local_text(m, m.now, minutes=False),
        "trial": m.profile.is_trial,
        "organ": {
            "name": organ.name,
            "address": organ.address,
            "phone": organ.phone,
            "seal": organ.seal or "",
        },
        "party": {
            "name": subject.name if subject else "",
            "id_label": _ID_LABELS[subject.kind] if subject and subject.id_number else "",
            "id_number": subject.id_number or "" if subject else "",
            "address": subject.address or "" if subject else "",
            "representative": subject.representative or "" if subject else "",
            "phone": subject.phone or "" if subject else "",
        },
        "seals": [
            {
                "package": package.package_id,
                "seal_sha256": package.seal_sha256,
                "short": package.seal_sha256[:16],
                "stage_zh": _STAGES.get(package.stage, package.stage),
                "sealed_text": local_text(m, package.sealed_at),
            }
            for package in m.packages()
        ],
        "case_number": m.case.number if m.case else m.lead.number,
        "fact": {"text": fact_text(m)} if "name" in known else {},
        "matter": known,
        "articles": {
            key.removeprefix("articles."): m.profile.get(key, m.today)
            for key in m.profile.values
            if key.startswith("articles.") and m.profile.known(key, m.today)
        },
        "officers": [_officer(m, person) for person in (m.case.officers if m.case else [])],
        "query_text": "随短信发送的查询链接",
    }


_MATTER = ("name", "prohibition", "penalty", "demand", "elements")


def _officer(m: "Moment", person: str) -> str:
    row = m.registers.officer(person)
    return f"{row.name}（{row.certificate}）" if row else person


def issue(m: "Moment", code: str, fields: dict[str, Any]) -> DocumentRow:
    """Check, number, write and record one paper within the step's unit of work.

    Raises Refused with the kind's code where a mandatory field is empty; then no number is used.
    """
    kind = KINDS[code]
    source = {**common(m), "title": kind.title, **fields}
    missing = kind.missing(source)
    if missing:
        gaps = ", ".join(missing)
        raise Barred(
            kind.refusal, f"{kind.title}缺少：{gaps}", f"{kind.en} lacks {gaps}", "fill the register or the profile"
        )
    number, year, seq = _number(m, kind)
    document_id = uuid7(m.clock)
    source |= {"number": number, "id": document_id}
    source["qr"] = _qr(number, document_id, [seal["seal_sha256"] for seal in source["seals"]])
    made = m.tools.documents.make(document_id, kind.template, source, m.now)
    row = DocumentRow(
        id=document_id,
        owner_id=m.owner.id,
        kind=code,
        organ=m.organ.code,
        series=kind.series,
        year=year,
        seq=seq,
        number=number,
        title=kind.title,
        issued_at=m.now,
        position=_position(m),
        source=source,
        sha256=made.sha256,
    )
    m.session.add(row)
    m.session.flush()
    m.issued.append(row)
    return row


def _number(m: "Moment", kind: DocumentKind) -> tuple[str, int, int]:
    organ, year = m.organ, m.today.year
    seq = next_number(m.session, organ.code, kind.series, year)
    return document_number(organ.abbr, kind.series, year, seq), year, seq


def _position(m: "Moment") -> int:
    """Which paper of its lead or case it is; papers of one instant keep their order by it."""
    return m.session.scalar(select(func.count()).where(DocumentRow.owner_id == m.owner.id)) or 0


def _qr(number: str, document_id: str, seals: list[str]) -> str:
    """The QR code (SVG text) of a paper's number, id and evidence seals."""
    lines = [number, document_id, *seals[:3]]
    out = io.BytesIO()
    segno.make("\n".join(lines), error="m").save(out, kind="svg", border=0)
    return out.getvalue().decode()


def paragraphs(*texts: str | tuple[str, str]) -> list[dict[str, str]]:
    """Paragraphs of a letter: plain, or (bold lead, text)."""
    return [{"lead": t[0], "text": t[1]} if isinstance(t, tuple) else {"lead": "", "text": t} for t in texts if t]


def rows(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Rows of a form."""
    return [{"label": label, "text": text or "—"} for label, text in pairs]


def day_text(m: "Moment", iso_day: str) -> str:
    """An ISO date as papers write it."""
    day = datetime.fromisoformat(iso_day)
    return f"{day.year}年{day.month}月{day.day}日"


def utc_midday(day_iso: str) -> datetime:
    """Some instant within a local day of China, for a paper that knows only the day."""
    return datetime.fromisoformat(day_iso).replace(hour=4, tzinfo=UTC)
