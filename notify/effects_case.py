"""What the steps of a case do up to the decision: investigation, proposal, notice, statement, hearing, review."""

from typing import Any

from sqlalchemy import select

from notify.deadlines import GONE, end_terms
from notify.disposition import benchmark_published, grades, legal_range, needs_hearing_notice
from notify.documents.source import day_text, fact_text, issue, local_text, paragraphs, rows
from notify.guards_case import amount_of
from notify.moment import Moment
from notify.money import yuan_text, yuan_words
from notify.people import person_name, recusals
from notify.service import METHOD_ZH, complete, consent_of, newest_service, pending_service, serve, text_party
from notify.states import State
from notify.tables import ConsentRow, DocumentRow, RecusalRow
from records import iso, parse_iso, uuid7


def investigate(m: Moment) -> None:
    """The record of looking at the evidence, by two officers."""
    case = m.open_case
    issue(
        m,
        "RECORD",
        {
            "addressee": f"案件编号{case.number}",
            "paragraphs": paragraphs(
                f"{local_text(m, m.now)}，{_officers(m)}对下列视频和图片证据进行勘验。",
                ("勘验对象：", "；".join(f"{p.package_id}（封签{p.seal_sha256[:16]}）" for p in m.packages())),
                ("勘验情况：", str(m.values["record"])),
            ),
        },
    )


def _officers(m: Moment) -> str:
    return "、".join(person_name(m, person) for person in m.open_case.officers)


def close_investigation(m: Moment) -> None:
    """The report: every element with what shows it."""
    law = m.law(f"matters.{m.matter}.prohibition", m.act_day)
    elements = "；".join(m.law(f"matters.{m.matter}.elements", m.act_day))
    issue(
        m,
        "REPORT",
        {
            "addressee": "本机关负责人",
            "paragraphs": paragraphs(
                ("事实：", fact_text(m)),
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
        "by": m.actor.id,
    }
    m.open_case.notified_fen = None


def proposal_texts(m: Moment, amount_fen: int) -> dict[str, Any]:
    """What prior notice and decision say of amount, reasons, benchmark, order and re-check."""
    proposal = m.open_case.proposal or {}
    ordered, checked = m.lead.received_at, (m.lead.recheck or {}).get("at")
    benchmark = f"按照{proposal['benchmark']}，属于“{proposal['when']}”情形。" if proposal.get("benchmark") else ""
    laws = {
        "new": "违法行为发生后法律修改，修改后的规定处罚较轻，适用修改后的规定，",
        "old": "适用违法行为发生时的规定，",
    }
    return {
        "amount": yuan_text(amount_fen),
        "amount_words": yuan_words(amount_fen),
        "amount_fen": amount_fen,
        "reasons": f"{str(proposal.get('reasons', '')).rstrip('。')}。" + _aggravated(proposal),
        "benchmark_text": benchmark or "没有已公布的裁量基准，按法定最低数额处罚。",
        "law_text": laws.get(str(proposal.get("law")), ""),
        "ordered_text": local_text(m, ordered) if ordered else local_text(m, m.lead.opened),
        "recheck_text": f"经{local_text(m, parse_iso(checked))}复核仍未改正" if checked else "经复核仍未改正",
    }


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
    if hearing:
        issue(
            m,
            "HEARING_NOTICE",
            {
                "addressee": m.subject.name if m.subject else "",
                "paragraphs": paragraphs(
                    f"{fact_text(m)}，本机关拟对你（单位）罚款人民币{texts['amount_words']}（¥{texts['amount']}）。",
                    f"依据{m.law('articles.hearing')}，你（单位）有要求听证的权利；要求听证的，应当自收到本告知书之日起"
                    f"{days}个工作日内向本机关提出。逾期未提出的，视为放弃听证。听证不收取费用。",
                ),
            },
        )


def papers(m: Moment, *kinds: str) -> list[DocumentRow]:
    """The newest paper of each kind in this case, those issued in this step first."""
    found = []
    for kind in kinds:
        query = select(DocumentRow).where(DocumentRow.owner_id == m.owner.id, DocumentRow.kind == kind)
        row = m.session.scalars(query.order_by(DocumentRow.position.desc()).limit(1)).first()
        if row is not None:
            found.append(row)
    return found


def serve_notice(m: Moment) -> None:
    """Send or hand over the prior notice; by hand it is served at once."""
    kinds = ("PRIOR_NOTICE", "HEARING_NOTICE") if m.open_case.hearing_notified else ("PRIOR_NOTICE",)
    deliver(m, "prior_notice", papers(m, *kinds), "行政处罚事先告知书")
    if pending_service(m, "prior_notice") is None:
        notice_served(m)
        m.target = State.B5


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
            f"【{m.organ.name}】{recipient}：现送达{title}（{numbers}），请点击查收：{{link}} 联系电话：{m.organ.phone}",
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


def notice_served(m: Moment) -> None:
    """The notice has arrived: the statement window (and the hearing window) run from here."""
    at = finish_service(m, "prior_notice")
    m.open_case.notice_served_at = at
    m.start("DSTMT", at)
    if m.open_case.hearing_notified:
        m.start("DHEAR", at)


def review_statement(m: Moment) -> None:
    """Each statement answered in writing."""
    adopted = {"adopted": "采纳", "partly": "部分采纳", "rejected": "不予采纳"}[str(m.values["adopted"])]
    statements = "；".join(str(row.body.get("text", "")) for row in m.records("statement"))
    issue(
        m,
        "STATEMENT_REVIEW",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(
                ("陈述申辩意见：", statements),
                ("复核意见：", f"{adopted}。{m.values['reasons']}"),
                "本机关不因陈述、申辩而给予更重的处罚。",
            ),
        },
    )


def summon_hearing(m: Moment) -> None:
    held_on = m.values["held_on"].isoformat()
    issue(
        m,
        "HEARING_SUMMONS",
        {
            "addressee": m.subject.name if m.subject else "",
            "paragraphs": paragraphs(
                f"根据你（单位）的申请，本机关定于{day_text(m, held_on)}在{m.values['place']}举行听证，"
                f"主持人{person_name(m, str(m.values['chair']))}。可以亲自参加，也可以委托一至二人代理。",
                "无正当理由拒不出席或者未经许可中途退出的，视为放弃听证权利。",
            ),
        },
    )


def legal_review(m: Moment) -> None:
    """The opinion; a return sends the case back to the proposal."""
    passed = m.values["conclusion"] == "pass"
    row = m.registers.officer(m.actor.id)
    issue(
        m,
        "LEGAL_OPINION",
        {
            "addressee": "本机关负责人",
            "paragraphs": paragraphs(
                ("审核人：", f"{m.actor.name}（{row.legal_qualification if row else ''}）"),
                ("审核内容：", "主体、权限、事实、证据、法律适用、裁量、程序、文书。"),
                ("审核结论：", f"{'审核通过' if passed else '退回'}。{m.values['opinion']}"),
            ),
        },
    )
    m.target = State.B8 if passed else State.B2


def consent(m: Moment) -> None:
    """The signed confirmation of electronic service."""
    row = ConsentRow(
        id=uuid7(m.clock),
        case_id=m.open_case.id,
        subject_id=m.open_case.subject_id,
        channel="sms",
        address=str(m.values["address"]),
        covers=["DECISION", "PAYMENT", "DUNNING"],
        signed_name=str(m.values["signed_name"]),
        signed_at=m.now,
    )
    m.session.add(row)
    pairs = rows(
        ("受送达人", m.subject.name if m.subject else ""),
        ("电子送达渠道", "手机短信及查询链接"),
        ("送达地址", row.address),
        ("适用文书", "行政处罚决定书、缴款通知书、催告书"),
        ("告知事项", "同意以上述方式送达；到达上述号码之日为送达日期；可以随时撤回，可以要求提供纸质文书。"),
        ("签署人", row.signed_name),
        ("签署时间", local_text(m, m.now)),
    )
    issue(m, "CONSENT", {"rows": pairs})


def revoke_consent(m: Moment) -> None:
    row = consent_of(m)
    if row is not None:
        row.revoked_at = m.now


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
