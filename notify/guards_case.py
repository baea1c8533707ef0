"""Conditions of the steps of a case: time limits, windows, review, hearing, amounts, service and money."""

from sqlalchemy import select

from notify.deadlines import passed
from notify.disposition import check_amount, check_offset, legal_range, needs_legal_review
from notify.guards import guard
from notify.identity import corrected_between, near, same_place
from notify.moment import Moment
from notify.money import yuan_text
from notify.payment import balance_now, refunds_of, surcharge_now
from notify.service import consent_of, pending_service
from notify.states import State
from notify.tables import CaseRow, LeadRow

_PENALISED = (State.TERMINATED, State.REVOKED, State.B10N, State.B10X)


def amount_of(m: Moment) -> int:
    """The fine of this step: what was filled in, else what was notified."""
    value = m.values.get("amount")
    return int(value) if value is not None else (m.open_case.notified_fen or 0)


@guard("E_D90", "超过办案期限", "the time to decide has run out", "APL 60")
def within_d90(m: Moment) -> str | None:
    row = m.term("D90")
    extended = m.record("extend_d90", owner=m.owner.id)
    if extended is not None:
        return None if m.today.isoformat() <= extended.body["until"] else str(extended.body["until"])
    return str(row.last_day) if row is not None and m.now >= row.ends_at else None


@guard("E_D90_NO_GROUND", "本辖区没有可以扣除办案期限的规定", "no local rule allows an exclusion", "APL 60", True)
def exclusion_allowed(m: Moment) -> str | None:
    grounds = m.law("d90_exclusions")
    return None if m.values.get("ground") in grounds else str(m.values.get("ground"))


@guard("E_D90_NO_GROUND", "延长后的期限须在原期限之后", "it must end after the time that there is", "APL 60", True)
def exclusion_ahead(m: Moment) -> str | None:
    row = m.term("D90")
    return str(row.last_day) if row is not None and m.values["until"] <= row.last_day else None


@guard(
    "E_AGGRAVATED",
    "陈述申辩后不得加重，除非另有新的事实",
    "no heavier after a statement, but for new facts",
    "APL 45",
    True,
)
def not_heavier_than_told(m: Moment) -> str | None:
    told = [int(row.body["amount_fen"]) for row in m.records("notice") if row.body.get("amount_fen")]
    if not told or m.record("statement", "request_hearing") is None or m.values.get("new_facts"):
        return None
    return f"¥{yuan_text(amount_of(m))} > ¥{yuan_text(max(told))}" if amount_of(m) > max(told) else None


@guard("E_DOUBLE_FINE", "同一违法行为已立案或者已处罚", "the same act has a case already", "APL 29")
def single_fine(m: Moment) -> str | None:
    """One act, however often captured: a verified correction or a served decision ends it (APL 29)."""
    query = select(CaseRow, LeadRow).join(LeadRow, LeadRow.id == CaseRow.lead_id)
    query = query.where(
        CaseRow.subject_id == (m.case.subject_id if m.case else m.lead.subject_id),
        CaseRow.matter == m.matter,
        CaseRow.lead_id != m.lead.id,
        CaseRow.state.not_in([state.value for state in _PENALISED]),
        near(m.lead),
    )
    for case, lead in m.session.execute(query):
        over = case.served_at is not None and case.served_at <= m.lead.opened
        if same_place(lead, m.lead) and not over and not corrected_between(m, case.act_end):
            return case.number
    return None


@guard(
    "E_STATEMENT_WINDOW",
    "陈述申辩期未满且当事人未书面放弃",
    "the statement window is open and was not waived",
    "APL 44, 62",
)
def statement_window_over(m: Moment) -> str | None:
    served = m.open_case.notice_served_at
    if served is None:
        return ""
    waiver = m.record("waive")
    if waiver is not None and waiver.at >= served:
        return None
    row = m.term("DSTMT")
    return None if passed(row, m.now) else str(row.last_day if row else "")


@guard("E_STATEMENT_UNREVIEWED", "陈述申辩意见尚未书面复核", "a statement has no written review", "APL 45; PD 12")
def statement_reviewed(m: Moment) -> str | None:
    statement, review = m.record("statement"), m.record("review_statement")
    unanswered = statement is not None and (review is None or review.seq < statement.seq)
    return str(m.calendar.today(statement.at)) if statement and unanswered else None


@guard("E_LEGAL_REVIEW", "须经法制审核通过", "legal review must pass first", "APL 58")
def legal_review_passed(m: Moment) -> str | None:
    if not needs_legal_review(m, m.open_case.notified_fen or 0):
        return None
    review, before = m.record("legal_review"), m.record("notice", "hold_hearing")
    fresh = review is not None and (before is None or review.seq > before.seq)
    return None if review is not None and fresh and review.body["conclusion"] == "pass" else ""


@guard("E_NOT_PROPOSED", "没有待审批的立案申请", "no filing waits for approval", "APL 54", moot=True)
def filing_waits(m: Moment) -> str | None:
    proposed, answered = m.record("file_propose", owner=m.lead.id), m.record("file_refuse", owner=m.lead.id)
    named = m.record("identify", "identify_on_site", owner=m.lead.id)  # a party named since is not the one proposed
    after = [row.seq for row in (answered, named) if row is not None]
    waits = proposed is not None and all(seq < proposed.seq for seq in after)
    return None if waits else ""


@guard("E_PROPOSED", "立案申请正在审批", "a filing waits for approval already", moot=True)
def no_filing_waits(m: Moment) -> str | None:
    return "" if filing_waits.test(m) is None else None


@guard("E_ELEMENTS", "构成要件须逐项有证据", "every element needs evidence", "APL 40, 54", needs_values=True)
def elements_shown(m: Moment) -> str | None:
    return None if m.values.get("elements_shown") else "; ".join(m.law(f"matters.{m.matter}.elements", m.act_day))


@guard("E_RANGE", "罚款数额没有依据", "the amount has no legal footing", "APL 5, 34", needs_values=True)
def amount_in_range(m: Moment) -> str | None:
    proposal = m.open_case.proposal or {}
    grade = m.values.get("grade") or proposal.get("grade")
    aggravation = str(m.values.get("aggravation") or proposal.get("aggravation") or "")
    if m.case is not None and m.values.get("grade") is None and proposal.get("high_fen") == amount_of(m):
        aggravation = aggravation if str(m.values.get("head_reason") or "").strip() else ""
    offset = int(m.values.get("offset") or (proposal.get("offset_fen", 0) if m.values.get("grade") is None else 0))
    mitigation = m.values.get("mitigation") or proposal.get("mitigation")
    if offset:
        check_offset(m, amount_of(m), offset)
    check_amount(m, amount_of(m) + offset, grade, aggravation, mitigation)
    return None


@guard("E_RANGE", "变更后的数额没有依据", "the new amount has no legal footing", "APL 5, 32, 34", True)
def change_in_range(m: Moment) -> str | None:
    """The organ lowers its own fine within the law: below the minimum only where a ground of APL 32 is on record."""
    proposal, amount = m.open_case.proposal or {}, amount_of(m)
    low = int(proposal.get("low_fen") or 0) or legal_range(m).low_fen
    return (
        None
        if amount >= low or (proposal.get("mitigation") and amount > 0)
        else f"¥{yuan_text(amount)} < ¥{yuan_text(low)}"
    )


@guard(
    "E_AGGRAVATED", "不得重于已告知的处罚", "heavier than what the party was told", "APL 45; PD 12", needs_values=True
)
def not_aggravated(m: Moment) -> str | None:
    told, now = m.open_case.notified_fen or 0, amount_of(m)
    return f"¥{yuan_text(now)} > ¥{yuan_text(told)}" if now > told else None


@guard(
    "E_ESERVICE_CONSENT", "没有当事人签署的电子送达确认书", "no signed consent to electronic service", "APL 61(2)", True
)
def consented(m: Moment) -> str | None:
    if m.values.get("method") != "electronic":
        return None
    return None if consent_of(m) is not None else ""


@guard(
    "E_SMS_NOTICE",
    "本辖区不得以短信送达事先告知书",
    "this place has no ground to serve the notice by SMS",
    "PD 11",
    True,
)
def sms_allowed(m: Moment) -> str | None:
    allowed = m.values.get("method") != "sms" or m.law("sms_for_prior_notice")
    return None if allowed else ""


@guard("E_SERVICE_PENDING", "正在送达，等待回执", "service is under way")
def no_service_pending(m: Moment) -> str | None:
    return None if pending_service(m) is None else ""


@guard(
    "E_SERVICE_PROOF",
    "直接、留置、邮寄送达须有送达日期和证明",
    "this way of service needs its day and its proof",
    "CPL 87-92",
    True,
)
def service_proven(m: Moment) -> str | None:
    method = m.values.get("method")
    if method in ("sms", "electronic"):
        return None
    if not str(m.values.get("proof") or "").strip():
        return ""
    day = m.values.get("served_on")
    if day is None:
        return None
    written = m.calendar.today(m.owner.since)  # a paper is served after it was written
    return None if written <= day <= m.today else str(day)


@guard(
    "E_SERVICE_PROOF",
    "催告书当日制作，送达日期不得早于当日",
    "written today, it cannot have been served before",
    "",
    True,
)
def not_served_before(m: Moment) -> str | None:
    day = m.values.get("served_on")
    return str(day) if day is not None and day < m.today else None


@guard(
    "E_SURCHARGE_CAP",
    "加处罚款超过应计数额或者本金",
    "the surcharge is above what has accrued or the principal",
    "ACL 45",
    True,
)
def surcharge_in_cap(m: Moment) -> str | None:
    asked, accrued = m.values.get("surcharge"), surcharge_now(m)
    return f"¥{yuan_text(asked)} > ¥{yuan_text(accrued)}" if asked is not None and asked > accrued else None


@guard("E_NOT_SETTLED", "款项未结清", "money is still owed, or owed back", "APL 67")
def money_settled(m: Moment) -> str | None:
    left = balance_now(m) if m.open_case.state in (State.B11.value, State.B12.value) else 0
    if left > 0:
        return f"¥{yuan_text(left)}"
    back = sum(row.amount_fen for row in refunds_of(m.session, m.open_case.id) if row.state != "done")
    return f"退款¥{yuan_text(back)}尚未完成" if back else None


@guard("E_NOT_SERVED", "文书尚未送达", "the decision has not been served", "APL 61")
def decision_served_first(m: Moment) -> str | None:
    fallen = m.open_case.state == State.REVOKED.value  # what fell before it was served needs no service
    return None if fallen or m.open_case.served_at is not None else ""
