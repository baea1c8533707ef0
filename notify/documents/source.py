"""The JSON source of a paper: what every kind shares, drawn from the case, the registers and the law."""

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import segno
from sqlalchemy import func, select

from notify.documents.kinds import KINDS, DocumentKind
from notify.numbering import document_number, next_number
from notify.refusals import Barred
from notify.tables import DocumentRow, LeadRow
from records import parse_iso, uuid7

if TYPE_CHECKING:
    from notify.moment import Moment

_QR_MASK = 4  # blocks of three by two: no long runs in dense codes
_WHOLE = 0.9  # of the time between two looks: less is dwell with lawful time or gaps in it
_STAGES = {"first_seen": "首次发现", "recheck": "复核", "after_notice": "复核", "on_site": "现场"}
_ID_LABELS = {"person": "居民身份证号码", "business": "统一社会信用代码", "org": "统一社会信用代码"}


def local_text(m: "Moment", at: datetime, minutes: bool = True) -> str:
    """A time as papers write it, on the local clock: 2026年6月3日16时15分."""
    local = at.astimezone(m.calendar.zone)
    day = f"{local.year}年{local.month}月{local.day}日"
    return f"{day}{local.hour}时{local.minute:02d}分" if minutes else day


def later_text(m: "Moment", at: datetime, after: datetime) -> str:
    """A time that follows another in one sentence: its day only where that is another one."""
    zone = m.calendar.zone
    same = at.astimezone(zone).date() == after.astimezone(zone).date()
    return f"{at.astimezone(zone):%-H时%M分}" if same else local_text(m, at)


def fact_text(m: "Moment") -> str:
    """The first look at the act: when, where, what, and what the recording shows of it.

    Moments at which it was seen are named one by one: nobody saw what lay between them.
    """
    lead, first = m.lead, first_seen(m)
    sure, dwell_s = later_text(m, lead.raised, first), lead.message.get("dwell_s")
    name = m.law(f"matters.{m.matter}.name", m.act_day)
    shown = "，".join(str(reason.get("zh", "")).rstrip("。；") for reason in lead.message.get("reasons", [])[:3])
    text = f"{local_text(m, first)}，监控设备首次发现{place_text(m)}有{name}的行为"
    if sure != later_text(m, first, first):
        text += f"，{sure}仍在"
    elif dwell_s:
        text += f"，其时已累计停留{span_text(float(dwell_s))}"
    text += f"（监控设备记录：{shown}）" if shown else ""
    again = list(dict.fromkeys(later_text(m, one, first) for one in _captured_again(m)))
    return f"{text}；{'、'.join(again)}再次拍摄到" if again else text


def first_seen(m: "Moment") -> datetime:
    """The first moment at which the camera saw the act, not only the thing.

    Where a good part of the time since the thing was first seen is no unlawful dwell (it stood in permitted hours, or
    out of sight), the only moment that the record vouches for is the one at which every element was met.
    """
    lead, dwell_s = m.lead, m.lead.message.get("dwell_s")
    seen_s = (lead.raised - lead.opened).total_seconds()
    return lead.opened if dwell_s is None or float(dwell_s) >= _WHOLE * seen_s else lead.raised


def span_text(seconds: float) -> str:
    """Seconds as papers write a span that was observed: 45秒, 6分4秒."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}分{rest:02d}秒" if minutes else f"{rest}秒"


def _captured_again(m: "Moment") -> list[datetime]:
    """First moments of later captures that were merged into this lead."""
    query = select(LeadRow.opened).where(LeadRow.merged_into == m.lead.id, LeadRow.opened > m.lead.raised)
    return list(m.session.scalars(query.order_by(LeadRow.opened)))


def recheck_text(m: "Moment", after: datetime | None = None) -> str:
    """What the look after the order's deadline found, and when; empty before it. `after`: the time told just before."""
    found = m.lead.recheck or {}
    result = {"still": "复核时仍在，未改正", "cleared": "复核时已改正"}.get(str(found.get("result")))
    if not result:
        return ""
    at = parse_iso(found["at"])
    return f"{later_text(m, at, after) if after else local_text(m, at)}{result}"


def whole_fact_text(m: "Moment") -> str:
    """The act at its first look and at the re-check, for papers that tell both in one sentence."""
    again = recheck_text(m)
    return f"{fact_text(m)}；责令改正后，{again}" if again else fact_text(m)


def place_text(m: "Moment") -> str:
    """The place of the act in words: the shop's address; else coordinates, with what is near them where known."""
    if m.lead.shop_id and m.lead.address:
        return m.lead.address
    point = f"东经{m.lead.lon:.6f}°、北纬{m.lead.lat:.6f}°处"
    return f"{m.lead.address}（{point}）" if m.lead.address else point


def common(m: "Moment") -> dict[str, Any]:
    """What every paper carries."""
    organ, subject, local = m.organ, m.subject, m.now.astimezone(m.calendar.zone)
    law = f"matters.{m.matter}"
    known = {
        key: m.profile.get(f"{law}.{key}", m.law_day) for key in _MATTER if m.profile.known(f"{law}.{key}", m.law_day)
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
            "seal_number": organ.seal_number or "",
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
        # A link travels by message only: whoever has no number is told to come.
        "query_text": "通过随短信发送的查询链接" if subject and subject.phone else "到本机关",
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
    # any mask can be read; weighing all eight takes longer than the paper
    segno.make("\n".join(lines), error="m", mask=_QR_MASK).save(out, kind="svg", border=0)
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
