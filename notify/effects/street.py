"""What warning, re-check and filing do: the order, its receipt, the look again, the new case."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from notify.documents.source import first_seen, issue, local_text, place_text, recheck_text, rows
from notify.effects.lead import dissuasion_text
from notify.identity import corrected
from notify.moment import Moment
from notify.numbering import case_number, next_number
from notify.people import person_name
from notify.service import (
    complete,
    newest_service,
    pending_service,
    serve,
    text_party,
)
from notify.states import State
from notify.sums import linked
from notify.tables import CaseRow, StepRecord
from records import iso, outbox_put, parse_iso, uuid7


def warn(m: Moment) -> None:
    """The order to correct, by message or by hand; its time runs from the receipt."""
    minutes = int(m.law(f"rectify.{m.lead.kind}.minutes", m.today))
    paper = issue(
        m,
        "ORDER",
        {
            "deadline_text": f"自收到本通知书之时起{span_text(minutes)}内",
            "consequence": "逾期不改正的，本机关将依法立案查处；及时改正且情节轻微、没有造成危害后果的，不予行政处罚。",
        },
    )
    service = serve(m, "order", [paper], m.values["method"], m.subject.name if m.subject else "", {})
    m.body |= {"minutes": minutes, "number": paper.number}
    if m.values["method"] == "sms":
        text_party(
            m,
            service,
            f"{dissuasion_text(m)} 责令改正通知书：{paper.number}，请于收到之时起{span_text(minutes)}内改正。",
        )
        m.start("DFALL")
    else:
        received(m, m.now, {"record": m.values.get("proof") or "", "by": m.actor.id})


def span_text(minutes: int) -> str:
    """Minutes as papers write a span: 30分钟, 2小时, 7日."""
    if minutes % 1440 == 0:
        return f"{minutes // 1440}日"
    return f"{minutes // 60}小时" if minutes % 60 == 0 else f"{minutes}分钟"


def received(m: Moment, at: datetime, proof: dict[str, Any]) -> None:
    """A receipt of the order: from here the time to correct runs. A second receipt changes nothing."""
    service = pending_service(m, "order")
    if service is not None:
        complete(service, at, proof)
    if m.lead.received_at is None:
        m.lead.received_at = at
        m.lead.recheck_due = m.start("DRECT", at).ends_at


def receipt(m: Moment) -> None:
    received(m, parse_iso(m.values["at"]), {"by": m.values["how"]})


def serve_order(m: Moment) -> None:
    received(m, m.now, {"record": m.values["proof"], "by": m.actor.id})


def no_receipt(m: Moment) -> None:
    """No receipt came: the message has failed, an officer must go."""
    service = newest_service(m, "order")
    if service is not None and service.served_at is None:
        service.failed = str(m.values.get("reason") or "no receipt in time")
    m.body["task"] = "serve_order"


def recapture(m: Moment) -> None:
    """Ask the camera or vehicle to look again."""
    m.lead.recheck = None
    message = {
        "event_id": uuid7(m.clock),
        "command": "recapture",
        "alert_id": m.lead.id,
        "source_id": m.lead.source_id,
        "place": {"lon": m.lead.lon, "lat": m.lead.lat, "footprint": m.lead.message.get("footprint")},
        "kind": m.lead.kind,
        "due": iso(m.lead.recheck_due or m.now),
        "at": iso(m.now),
        "alert": m.lead.message,
    }
    outbox_put(m.session, "nonsite.commands", m.lead.source_id, message)


def recheck_result(m: Moment) -> None:
    """What the detectors saw at or after the deadline."""
    at = parse_iso(m.values["at"])
    due = m.lead.recheck_due
    if corrected(m.lead):  # that act is over: a later look cannot bring it back
        m.body["ignored"] = m.values["result"]
        return
    m.lead.recheck = {
        "result": m.values["result"],
        "at": iso(at),
        "package_id": m.values.get("package_id"),
        "at_deadline": due is not None and at >= due,
        "reasons": m.values.get("reasons", []),
    }
    if m.values["result"] == "still":
        m.lead.last_seen = max(m.lead.last_seen, at)


def recheck_on_site(m: Moment) -> None:
    """Two officers looked: their finding stands like the camera's."""
    m.values |= {"at": iso(m.now)}
    recheck_result(m)


def open_case(m: Moment, officers: list[str]) -> CaseRow:
    """A numbered case of the lead's act against its confirmed party, in B0."""
    assert m.lead.subject_id is not None
    year = m.today.year
    seq = next_number(m.session, m.organ_code, "案", year)
    case = CaseRow(
        id=uuid7(m.clock),
        number=case_number(m.organ_code, year, m.matter, seq),
        lead_id=m.lead.id,
        kind=m.lead.kind,
        matter=m.matter,
        subject_id=m.lead.subject_id,
        organ=m.organ_code,
        state=State.B0.value,
        since=m.now,
        place=place_text(m),
        act_start=m.lead.opened,
        act_end=m.lead.last_seen,
        officers=officers,
        filed_at=m.now,
        hearing_notified=False,
        updated=m.now,
        place_id=m.lead.place_id,
    )
    m.session.add(case)
    m.session.flush()
    m.lead.case_id = case.id
    linked(m)
    return case


def file_approve(m: Moment) -> None:
    """Open the case: number, filing form, D90."""
    proposed = m.record("file_propose", owner=m.lead.id)
    assert proposed is not None
    case = open_case(m, [proposed.actor_id, proposed.body["second_officer"]])
    opened = replace(m, case=case, issued=[])
    opened.start("D90")
    issue(opened, "FILING", filing_rows(opened, proposed))
    m.issued += opened.issued
    m.body["case_id"] = case.id


def filing_rows(m: Moment, proposed: StepRecord) -> dict[str, Any]:
    law = m.law(f"matters.{m.matter}.prohibition", m.act_day)
    officers = "、".join(person_name(m, person) for person in m.open_case.officers)
    again = recheck_text(m) or "期满复核仍未改正"
    return {
        "rows": rows(
            ("案件编号", m.open_case.number),
            ("案由", str(m.law(f"matters.{m.matter}.name", m.act_day))),
            ("案件来源", f"非现场执法线索{m.lead.number}"),
            ("当事人", m.subject.name if m.subject else ""),
            ("简要案情", f"{local_text(m, first_seen(m))}，在{place_text(m)}首次发现；已责令改正，{again}。"),
            ("立案依据", f"{law}；{m.law('articles.filing')}"),
            ("承办人意见", f"{officers}：{proposed.body.get('note') or '建议立案'}"),
            ("审批意见", f"{m.actor.name}：{m.values.get('note') or '同意立案'}"),
        )
    }
