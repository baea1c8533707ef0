"""What payment, dunning, court and the end of a case do."""

from datetime import date
from typing import Any

from sqlalchemy import select

from notify.deadlines import end_terms, move_end, start_term, term_of
from notify.disposition import subject_kind_zh
from notify.documents.source import day_text, issue, local_text, paragraphs, rows
from notify.effects.remedies import start_court_term
from notify.effects.serving import deliver, finish_service, papers
from notify.moment import Moment
from notify.money import fen_of, yuan_text
from notify.payment import order_of, owed_fen, payments_of, plan_kept
from notify.refusals import BadField, Barred
from notify.service import (
    pending_service,
    revoke_links,
)
from notify.states import State
from notify.tables import DocumentRow, OrderRow
from records import iso


def paid(m: Moment) -> None:
    """Everything is paid: terms of payment and dunning end."""
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT"), m.now)


def overdue(m: Moment) -> None:
    """The day to pay has passed. On a plan that is kept the next instalment's term runs instead."""
    order = order_of(m.session, m.open_case.id)
    if m.open_case.state == State.B12D.value and order is not None:
        missed, ahead = plan_kept(m, order)
        if missed is None and ahead is not None:
            m.target = State.B12D
            _pay_by(m, ahead)
            m.body["next_due"] = ahead.isoformat()
            return
        m.body["missed"] = (missed or order.due_on or m.today).isoformat()
    m.body["surcharge_from"] = iso(m.now)
    start_court_term(m)


def grant_deferral(m: Moment) -> None:
    """A later day to pay (APL 66); until then no surcharge accrues."""
    until: date = m.values["until"]
    order = order_of(m.session, m.open_case.id)
    if order is None or until <= m.today:
        raise Barred("E_DEFERRAL", "延期日期须在今后", "the new day must lie ahead", "APL 66")
    parts = instalments(m, order, until)
    paid = sum(row.amount_fen for row in payments_of(m.session, order.id))
    order.due_on, order.plan = until, {"before_fen": paid, "parts": parts}
    row = term_of(m.session, m.open_case.id, "DPAY15")
    _pay_by(m, date.fromisoformat(parts[0]["due_on"]))
    m.body |= {"parts": parts, **({"was_due": row.last_day.isoformat()} if row else {})}
    shown = "；".join(f"{day_text(m, one['due_on'])}前缴纳¥{yuan_text(one['amount_fen'])}" for one in parts)
    issue(
        m,
        "DEFERRAL",
        {
            "addressee": m.subject.name if m.subject else "",
            "plan": parts,
            "paragraphs": paragraphs(
                f"你（单位）因经济困难申请延期（分期）缴纳{m.open_case.decision_number}《行政处罚决定书》的罚款。"
                f"依据{m.law('articles.deferral')}，经审查，本机关批准如下：",
                ("缴纳安排：", f"{shown}。"),
                ("理由：", str(m.values.get("reason") or "")),
                "按上述安排缴纳的，期间不计加处罚款；任何一期逾期未缴的，自次日起恢复计算加处罚款。",
            ),
        },
    )


def instalments(m: Moment, order: OrderRow, until: date) -> list[dict[str, Any]]:
    """The parts of a deferral: as written in `plan` (a line each: day, yuan), else the whole on the last day."""
    principal, surcharge, paid = owed_fen(m, order, m.today)
    owed, text = principal + surcharge - paid, str(m.values.get("plan") or "").strip()
    if not text:
        return [{"due_on": until.isoformat(), "amount_fen": owed}]
    parts: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            day, yuan = line.split()
            parts.append({"due_on": date.fromisoformat(day).isoformat(), "amount_fen": fen_of(yuan)})
        except ValueError:
            raise BadField(f"分期：“{line}”应为“日期 金额”", f"plan: {line!r}", "2026-08-01 100.00") from None
    days = [one["due_on"] for one in parts]
    if days != sorted(set(days)) or days[0] <= m.today.isoformat() or days[-1] != until.isoformat():
        raise BadField("分期日期须在今后、先后有序，最后一期为延期日", "the days must rise and end with the last day")
    if sum(one["amount_fen"] for one in parts) != owed:
        raise BadField(f"分期合计应为¥{yuan_text(owed)}", f"the parts must add up to ¥{yuan_text(owed)}")
    return parts


def _pay_by(m: Moment, day: date) -> None:
    """The term to pay runs to another day than the law's (APL 66)."""
    end_terms(m.session, m.open_case.id, ("DPAY15",), m.now, "gone")
    fresh = start_term(m.session, m.open_case.id, "DPAY15", m.lead.kind, m.now, m.profile, m.calendar, m.clock)
    move_end(m.session, fresh, day, m.calendar, "APL 66")


def dun(m: Moment) -> None:
    """The dunning letter with its four contents (ACL 35)."""
    order = order_of(m.session, m.open_case.id)
    assert order is not None
    principal, accrued, already = owed_fen(m, order, m.today)
    surcharge = int(m.values["surcharge"]) if m.values.get("surcharge") is not None else accrued
    total = principal + surcharge - already
    issue(
        m,
        "DUNNING",
        {
            "addressee": m.subject.name if m.subject else "",
            "dunning": {
                "deadline": int(m.law("periods.dunning_wd")),
                "manner": str(m.law("collector.name")),
                "amount": yuan_text(total),
                "rights": "陈述、申辩",
            },
            "paragraphs": paragraphs(
                f"{m.open_case.decision_number}《行政处罚决定书》已经送达，你（单位）逾期未履行。依据{m.law('articles.dunning')}，现催告如下：",
                ("履行期限：", f"自收到本催告书之日起{int(m.law('periods.dunning_wd'))}个工作日内。"),
                (
                    "金额和方式：",
                    f"罚款¥{yuan_text(principal)}，加处罚款¥{yuan_text(surcharge)}，已缴¥{yuan_text(already)}，"
                    f"合计应缴¥{yuan_text(total)}；凭缴款码{order.code}到{m.law('collector.name')}缴纳。",
                ),
                ("权利：", "你（单位）有权陈述、申辩。"),
                ("后果：", "逾期仍未履行的，本机关将依法申请人民法院强制执行。"),
            ),
        },
    )
    deliver(m, "dunning", papers(m, "DUNNING"), "催告书")
    if pending_service(m, "dunning") is None:
        dunning_served(m)


def dunning_served(m: Moment) -> None:
    m.start("DDUN10", finish_service(m, "dunning"))


def court_apply(m: Moment) -> None:
    """The application to the court, with the papers of ACL 55."""
    order = order_of(m.session, m.open_case.id)
    principal, accrued, already = owed_fen(m, order, m.today) if order else (0, 0, 0)
    dunned = next(iter(papers(m, "DUNNING")), None)
    issue(
        m,
        "COURT",
        {
            "addressee": str(m.law("remedies.court_name")),
            "court": {
                "decision": m.open_case.decision_number,
                "dunning": dunned.number if dunned else "",
                "target": yuan_text(principal + accrued - already),
                "head": m.actor.name,
            },
            "paragraphs": paragraphs(
                (
                    "被执行人：",
                    f"{m.subject.name if m.subject else ''}（{subject_kind_zh(m.subject) if m.subject else ''}）",
                ),
                (
                    "申请事项：",
                    f"强制执行罚款¥{yuan_text(principal)}及加处罚款¥{yuan_text(accrued)}，扣除已缴¥{yuan_text(already)}。",
                ),
                (
                    "事实和理由：",
                    f"{m.open_case.decision_number}《行政处罚决定书》已经送达，当事人在法定期限内未申请复议、未起诉，经催告仍未履行。",
                ),
                ("依据：", f"{m.law('articles.court')}。"),
                ("执行标的：", f"合计¥{yuan_text(principal + accrued - already)}。"),
                ("当事人的意见：", _said(m)),
                ("催告情况：", f"{dunned.number if dunned else ''}催告书已经送达，期满仍未履行。"),
                ("附件：", "行政处罚决定书；证据清单；当事人的意见及催告书、送达回证；执行标的情况。"),
                ("机关负责人：", f"{m.actor.name}（签名）"),
            ),
        },
    )


def _said(m: Moment) -> str:
    """What the party said in the case, for the court (ACL 55(3))."""
    said = "；".join(str(row.body.get("text", "")).rstrip("。") for row in m.records("statement"))
    return f"{said}。" if said else "当事人未陈述、申辩。"


def close(m: Moment) -> None:
    """The closing report; links for the party stay until the file is archived."""
    issue(
        m,
        "CLOSING",
        {
            "rows": rows(
                ("案件编号", m.open_case.number),
                ("当事人", m.subject.name if m.subject else ""),
                (
                    "处理结果",
                    f"罚款¥{yuan_text(m.open_case.decision_fen)}" if m.open_case.decision_fen else "不予行政处罚",
                ),
                ("缴款情况", paid_text(m)),
                ("改正情况", str(m.values.get("correction") or "")),
                ("结案意见", f"{m.actor.name}：{m.values.get('note') or '同意结案'}"),
                ("结案时间", local_text(m, m.now)),
            )
        },
    )
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT", "DSERVE7", "DRETRACT3"), m.now)


def paid_text(m: Moment) -> str:
    """What was owed and what was paid, for the closing report."""
    order = order_of(m.session, m.open_case.id)
    if order is None:
        return "无款项"
    principal, surcharge, paid = owed_fen(m, order, m.today)
    return f"罚款¥{yuan_text(principal)}，加处罚款¥{yuan_text(surcharge)}，已缴¥{yuan_text(paid)}"


def archive(m: Moment) -> None:
    """The table of the file, in the order in which its papers came; links of the party end."""
    issue(m, "FILE_INDEX", {"entries": file_entries(m)})
    revoke_links(m.session, m.open_case.id, m.now)
    revoke_links(m.session, m.lead.id, m.now)


def file_entries(m: Moment) -> list[dict[str, str]]:
    """Every paper of lead and case, oldest first; void ones with their reason."""
    query = select(DocumentRow).where(DocumentRow.owner_id.in_([m.lead.id, m.open_case.id]))
    found = m.session.scalars(query.order_by(DocumentRow.issued_at, DocumentRow.owner_id, DocumentRow.position))
    return [
        {
            "title": f"{row.title}（作废：{row.void_reason}）" if row.void_reason else row.title,
            "number": row.number,
            "day": day_text(m, m.calendar.today(row.issued_at).isoformat()),
        }
        for row in found
    ]
