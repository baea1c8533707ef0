"""What payment, dunning, court and the end of a case do."""

from datetime import date

from notify.deadlines import end_terms, start_term, term_of
from notify.disposition import subject_kind_zh
from notify.documents.source import issue, local_text, paragraphs, rows
from notify.effects.remedies import start_court_term
from notify.effects.serving import deliver, finish_service, papers
from notify.moment import Moment
from notify.money import yuan_text
from notify.payment import order_of, owed_fen
from notify.refusals import Barred
from notify.service import (
    pending_service,
    revoke_links,
)
from records import iso


def paid(m: Moment) -> None:
    """Everything is paid: terms of payment and dunning end."""
    end_terms(m.session, m.open_case.id, ("DPAY15", "DDUN10", "DCOURT"), m.now)


def overdue(m: Moment) -> None:
    m.body["surcharge_from"] = iso(m.now)
    start_court_term(m)


def grant_deferral(m: Moment) -> None:
    """A later day to pay (APL 66); until then no surcharge accrues."""
    until: date = m.values["until"]
    order = order_of(m.session, m.open_case.id)
    if order is None or until <= m.today:
        raise Barred("E_DEFERRAL", "延期日期须在今后", "the new day must lie ahead", "APL 66")
    order.due_on = until
    row = term_of(m.session, m.open_case.id, "DPAY15")
    end_terms(m.session, m.open_case.id, ("DPAY15",), m.now, "gone")
    fresh = start_term(m.session, m.open_case.id, "DPAY15", m.lead.kind, m.now, m.profile, m.calendar, m.clock)
    fresh.last_day, fresh.ends_at = until, m.calendar.midnight_after(until)
    fresh.source = "APL 66"
    if row is not None:
        m.body["was_due"] = row.last_day.isoformat()


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
    issue(
        m,
        "COURT",
        {
            "addressee": str(m.law("remedies.court_name")),
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
                ("附件：", "行政处罚决定书及作出决定的事实、理由和依据；当事人的意见和催告情况；执行标的情况。"),
            ),
        },
    )


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
    revoke_links(m.session, m.open_case.id, m.now)
    revoke_links(m.session, m.lead.id, m.now)
