"""What the steps of a case do up to the served prior notice: investigation, proposal, notice, recusal, ways out."""

from typing import Any

from notify.deadlines import GONE, end_terms
from notify.disposition import benchmark_published, grades, legal_range, needs_hearing_notice
from notify.documents.evidence_list import evidence_items
from notify.documents.source import issue, local_text, paragraphs, recheck_text, whole_fact_text
from notify.effects.serving import deliver, finish_service, papers
from notify.explained import keep_told
from notify.findings import recorded_findings
from notify.guards_case import amount_of
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.people import person_name, recusals
from notify.service import (
    pending_service,
)
from notify.states import State
from notify.tables import RecusalRow
from records import uuid7


def investigate(m: Moment) -> None:
    """The record of looking at the evidence, by two officers."""
    case = m.open_case
    keep_told(m)
    issue(
        m,
        "RECORD",
        {
            "addressee": f"案件编号{case.number}",
            "paragraphs": paragraphs(
                f"{local_text(m, m.now)}，{_officers(m)}对下列视频和图片证据进行勘验。",
                ("勘验对象：", "；".join(f"{p.package_id}（封签{p.seal_sha256[:16]}）" for p in m.packages())),
                ("勘验情况：", str(m.values["record"])),
                ("关键画面说明：", str(m.values["moments"]) if m.values.get("moments") else "无视频证据"),
            ),
        },
    )


def _officers(m: Moment) -> str:
    return "、".join(person_name(m, person) for person in m.open_case.officers)


def close_investigation(m: Moment) -> None:
    """The report: every element with what shows it."""
    law = m.law(f"matters.{m.matter}.prohibition", m.act_day)
    elements = "；".join(m.law(f"matters.{m.matter}.elements", m.act_day))
    issue(m, "EVIDENCE_LIST", {"items": evidence_items(m)})
    issue(
        m,
        "REPORT",
        {
            "report": {"facts": whole_fact_text(m), "elements": str(m.values["evidence_per_element"]), "basis": law},
            "addressee": "本机关负责人",
            "paragraphs": paragraphs(
                ("事实：", f"{whole_fact_text(m)}。"),
                ("构成要件：", f"{elements}。{m.values['evidence_per_element']}"),
                ("依据：", f"上述行为违反{law}。"),
                ("处理建议：", str(m.values["opinion"])),
            ),
        },
    )


def propose(m: Moment) -> None:
    """Fix grade, amount and their reasons; which law applied is kept with them."""
    legal = legal_range(m)
    grade = str(m.values["grade"])
    chosen = next((one for one in grades(m) if one.name == grade), None)
    m.open_case.proposal = {
        "grade": grade,
        "when": chosen.when if chosen else "",
        "amount_fen": amount_of(m),
        "low_fen": legal.low_fen,
        "high_fen": legal.high_fen,
        "law": legal.law,
        "reasons": m.values["reasons"],
        "aggravation": m.values.get("aggravation") or "",
        "benchmark": m.profile.get("benchmark.title", m.today) if benchmark_published(m) else "",
        "mitigation": m.values.get("mitigation") or "",
        "offset_fen": int(m.values.get("offset") or 0),
        "offset_text": offset_text(m),
        "complex": bool(m.values.get("complex")),
        "new_facts": m.values.get("new_facts") or "",
        "findings": recorded_findings(m),
        "by": m.actor.id,
    }
    m.open_case.notified_fen = None


def offset_text(m: Moment) -> str:
    """What the papers say of volunteer work that lowers the fine; empty where it does not."""
    offset, worked = int(m.values.get("offset") or 0), m.record("volunteer")
    if not offset or worked is None:
        return ""
    return (
        f"当事人自愿申请并在{worked.body['host']}参加公益服务{worked.body['hours']}小时，"
        f"依据{m.law('service_offset.basis')}抵扣罚款¥{yuan_text(offset)}。"
    )


def proposal_texts(m: Moment, amount_fen: int) -> dict[str, Any]:
    """What prior notice and decision say of amount, reasons, benchmark, order and re-check."""
    proposal = m.open_case.proposal or {}
    ordered = m.lead.received_at
    again = recheck_text(m, ordered)
    graded = proposal.get("benchmark") and not proposal.get("mitigation")
    benchmark = f"按照{proposal['benchmark']}，属于“{proposal['when']}”情形。" if graded else ""
    laws = {
        "new": "违法行为发生后法律修改，修改后的规定处罚较轻，适用修改后的规定，",
        "old": "适用违法行为发生时的规定，",
    }
    return {
        "amount": yuan_text(amount_fen),
        "amount_words": yuan_words(amount_fen),
        "amount_fen": amount_fen,
        "reasons": f"{str(proposal.get('reasons', '')).rstrip('。')}。"
        + _aggravated(proposal)
        + str(proposal.get("offset_text") or ""),
        "benchmark_text": benchmark or _without_benchmark(proposal),
        "law_text": laws.get(str(proposal.get("law")), ""),
        "ordered_text": local_text(m, ordered) if ordered else local_text(m, m.lead.opened),
        "recheck_text": again or "经复核仍未改正",
    }


def _without_benchmark(proposal: dict[str, Any]) -> str:
    if proposal.get("mitigation"):
        return "具有法定减轻处罚情节，在法定最低数额以下处罚。"
    return "没有已公布的裁量基准，按法定最低数额处罚。"


def _aggravated(proposal: dict[str, Any]) -> str:
    return f"从重情节：{proposal['aggravation']}。" if proposal.get("aggravation") else ""


def notice(m: Moment) -> None:
    """The prior notice; with it the notice of the right to a hearing where the amount asks for one."""
    case = m.open_case
    amount = int((case.proposal or {}).get("amount_fen", 0))
    hearing = needs_hearing_notice(m, amount)
    case.notified_fen, case.hearing_notified, case.notice_served_at = amount, hearing, None
    end_terms(m.session, case.id, ("DSTMT", "DHEAR"), m.now, GONE)
    days = int(m.law("periods.hearing_request_wd"))
    texts = proposal_texts(m, amount)
    fields = {**texts, "window_days": int(m.law("statement_window_wd")), "hearing": hearing, "hearing_days": days}
    issue(m, "PRIOR_NOTICE", fields)
    m.body["amount_fen"] = amount
    if hearing:
        issue(
            m,
            "HEARING_NOTICE",
            {
                "addressee": m.subject.name if m.subject else "",
                "paragraphs": paragraphs(
                    f"{whole_fact_text(m)}。本机关拟对你（单位）罚款人民币{texts['amount_words']}（¥{texts['amount']}）。",
                    f"依据{m.law('articles.hearing')}，你（单位）有要求听证的权利；要求听证的，应当自收到本告知书之日起"
                    f"{days}个工作日内向本机关提出。逾期未提出的，视为放弃听证。听证不收取费用。",
                ),
            },
        )


def serve_notice(m: Moment) -> None:
    """Send or hand over the prior notice; by hand it is served at once."""
    kinds = ("PRIOR_NOTICE", "HEARING_NOTICE") if m.open_case.hearing_notified else ("PRIOR_NOTICE",)
    deliver(m, "prior_notice", papers(m, *kinds), "行政处罚事先告知书")
    if pending_service(m, "prior_notice") is None:
        notice_served(m)
        m.target = State.B5


def notice_served(m: Moment) -> None:
    """The notice has arrived: the statement window (and the hearing window) run from here."""
    at = finish_service(m, "prior_notice")
    m.open_case.notice_served_at = at
    m.start("DSTMT", at)
    if m.open_case.hearing_notified:
        m.start("DHEAR", at)


def ask_recusal(m: Moment) -> None:
    m.session.add(
        RecusalRow(
            id=uuid7(m.clock),
            case_id=m.open_case.id,
            person_id=str(m.values["person"]),
            reason=str(m.values["reason"]),
            asked_by=m.actor.id,
            asked_at=m.now,
        )
    )


def rule_recusal(m: Moment) -> None:
    """The head's ruling; a granted one puts another officer in the place (APL 43)."""
    granted = m.values["ruling"] == "granted"
    for row in recusals(m):
        if row.ruling is None:
            row.ruling, row.ruled_at = str(m.values["ruling"]), m.now
            if granted and row.person_id in m.open_case.officers and m.values.get("replacement"):
                m.open_case.officers = [
                    str(m.values["replacement"]) if person == row.person_id else person
                    for person in m.open_case.officers
                ]
