"""The rows of the transition table for cases, from filing to the decision (B0-B9)."""

from notify import effects_case as do
from notify import guards as g
from notify import guards_case as gc
from notify.actors import Role
from notify.people import recusals
from notify.states import Choice, Field, FieldType, State, Step
from notify.steps_lead import NOTE, OFFICER, REASON, SQUAD, SYS

B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 = (State(f"B{n}") for n in range(10))
HEAD, LEGAL, CHAIR = frozenset({Role.HEAD}), frozenset({Role.LEGAL}), frozenset({Role.CHAIR})
PARTY = frozenset({Role.PARTY, Role.AGENT})
PARTY_OR_OFFICER = PARTY | OFFICER
DESK = frozenset({Role.CLERK, Role.OFFICER})

AMOUNT = Field("amount", "罚款数额（元）", "Fine (yuan)", FieldType.MONEY, default_from="amount")
SERVED_ON = Field("served_on", "送达日期", "Day of service", FieldType.DATE, required=False)
SERVICE_PROOF = Field("proof", "送达凭证（签收人、见证人、单号等）", "Proof of service", FieldType.LONG, required=False)


def methods(*names: str) -> Field:
    """The choice among ways of service."""
    known = {
        "sms": Choice("sms", "短信", "SMS"),
        "direct": Choice("direct", "直接送达", "In person"),
        "electronic": Choice("electronic", "电子送达", "Electronic"),
        "mail": Choice("mail", "邮寄送达", "Mail"),
        "left": Choice("left", "留置送达", "Left"),
        "announce": Choice("announce", "公告送达", "Public notice"),
    }
    return Field(
        "method", "送达方式", "How", FieldType.CHOICE, choices=tuple(known[n] for n in names), default=names[0]
    )


OPINION = Field("opinion", "意见", "Opinion", FieldType.LONG)
CHECKED = (g.evidence_intact, g.evidence_stamped, g.evidence_reviewed)
READY = (
    gc.statement_window_over,
    gc.statement_reviewed,
    gc.hearing_settled,
    gc.hearing_window_over,
    gc.legal_review_passed,
)

CASE_STEPS: tuple[Step, ...] = (
    Step(
        "investigate",
        "勘验调查",
        "Investigate",
        (B0,),
        B1,
        OFFICER,
        "APL 42, 54, 55; PD 9",
        fields=(Field("record", "勘验情况", "What the evidence shows", FieldType.LONG),),
        guards=(gc.case_officer, gc.officers_certified, g.recusal_clean, g.evidence_intact),
        effect=do.investigate,
        documents=("RECORD",),
        primary=True,
    ),
    Step(
        "close_investigation",
        "调查终结",
        "Close the investigation",
        (B1,),
        B2,
        OFFICER,
        "APL 40, 54",
        fields=(
            Field("evidence_per_element", "各要件的证据", "Evidence of each element", FieldType.LONG),
            Field("elements_shown", "各构成要件均有证据证明", "Every element is shown", FieldType.BOOL, default=False),
            OPINION,
        ),
        guards=(gc.case_officer, gc.elements_shown, g.subject_confirmed, *CHECKED),
        effect=do.close_investigation,
        documents=("REPORT",),
        primary=True,
    ),
    Step(
        "propose",
        "提出处罚建议",
        "Propose the penalty",
        (B2,),
        B3,
        SQUAD,
        "APL 5, 32, 34",
        fields=(
            Field("grade", "裁量档次", "Grade", FieldType.CHOICE, choices_from="grades", default_from="grade"),
            AMOUNT,
            Field("reasons", "理由", "Reasons", FieldType.LONG),
            Field("aggravation", "从重情节", "Aggravation", FieldType.LONG, required=False),
        ),
        guards=(gc.approver_is_apart, g.rechecked_still, gc.amount_in_range),
        effect=do.propose,
        primary=True,
    ),
    Step(
        "rework",
        "退回调查",
        "Back to the investigation",
        (B2,),
        B1,
        SQUAD,
        "APL 57",
        fields=(REASON,),
        note_field="reason",
    ),
    Step(
        "notice",
        "制作事先告知书",
        "Issue the prior notice",
        (B3,),
        B4,
        OFFICER,
        "APL 44; PD 11",
        guards=(gc.case_officer, *CHECKED, g.subject_confirmed, g.phase_enforce, g.ground_same, g.competent),
        effect=do.notice,
        documents=("PRIOR_NOTICE", "HEARING_NOTICE"),
        primary=True,
    ),
    Step(
        "serve_notice",
        "送达事先告知书",
        "Serve the prior notice",
        (B4,),
        None,
        OFFICER,
        "APL 44, 61; PD 11",
        fields=(methods("sms", "direct", "mail", "left", "announce"), SERVED_ON, SERVICE_PROOF),
        guards=(gc.no_service_pending, gc.sms_allowed, gc.service_proven),
        effect=do.serve_notice,
        targets=(B5,),
        documents=("RECEIPT",),
        primary=True,
    ),
    Step(
        "notice_served",
        "告知书已送达",
        "Notice served",
        (B4,),
        B5,
        SYS,
        "APL 61",
        effect=do.notice_served,
        documents=("RECEIPT",),
        starts=("DSTMT", "DHEAR"),
        ends=("DANN",),
    ),
    Step(
        "statement",
        "陈述申辩",
        "Make a statement",
        (B5, B6, B7, B8, B9),
        B6,
        PARTY_OR_OFFICER,
        "APL 45",
        fields=(Field("text", "陈述申辩内容", "Statement", FieldType.LONG),),
        note_field="text",
    ),
    Step(
        "waive",
        "放弃陈述申辩",
        "Waive the statement",
        (B5,),
        B7,
        PARTY,
        "APL 62",
        fields=(
            Field("signed_name", "签名", "Signature"),
            Field("agreed", "我自愿放弃陈述、申辩", "I waive my statement", FieldType.BOOL, default=False),
        ),
        guards=(
            g.guard("E_NOT_AGREED", "须明确表示放弃", "the waiver must be explicit", "APL 62", True)(
                lambda m: None if m.values.get("agreed") else ""
            ),
        ),
        ends=("DSTMT",),
    ),
    Step(
        "window_ended",
        "陈述申辩期满",
        "Statement window over",
        (B5,),
        B7,
        SYS,
        "APL 44, 45",
        guards=(gc.statement_window_over,),
        ends=("DSTMT",),
    ),
    Step(
        "review_statement",
        "复核陈述申辩",
        "Review the statement",
        (B6,),
        B7,
        DESK,
        "APL 45; PD 12",
        fields=(
            Field(
                "adopted",
                "采纳情况",
                "Adopted",
                FieldType.CHOICE,
                choices=(
                    Choice("adopted", "采纳", "Adopted"),
                    Choice("partly", "部分采纳", "Partly"),
                    Choice("rejected", "不予采纳", "Rejected"),
                ),
            ),
            Field("reasons", "理由", "Reasons", FieldType.LONG),
        ),
        effect=do.review_statement,
        documents=("STATEMENT_REVIEW",),
        primary=True,
        note_field="reasons",
    ),
    Step(
        "request_hearing",
        "申请听证",
        "Ask for a hearing",
        (B5, B6, B7),
        State.B6H,
        PARTY_OR_OFFICER,
        "APL 64(1)",
        fields=(Field("text", "申请事由", "Request", FieldType.LONG, required=False),),
        guards=(gc.hearing_was_notified, gc.hearing_window_open),
        note_field="text",
    ),
    Step(
        "waive_hearing",
        "放弃听证",
        "Waive the hearing",
        (B5, B6, B7),
        None,
        PARTY,
        "APL 63",
        fields=(Field("signed_name", "签名", "Signature"),),
        guards=(gc.hearing_was_notified,),
    ),
    Step(
        "summon_hearing",
        "发出听证通知",
        "Summon to the hearing",
        (State.B6H,),
        None,
        OFFICER,
        "APL 64(2)",
        fields=(
            Field("held_on", "听证日期", "Day", FieldType.DATE),
            Field("place", "地点", "Place"),
            Field("chair", "主持人", "Chair", FieldType.PERSON, choices_from="chairs"),
        ),
        guards=(gc.summons_in_time, gc.chair_is_apart),
        effect=do.summon_hearing,
        documents=("HEARING_SUMMONS",),
        primary=True,
    ),
    Step(
        "hold_hearing",
        "记录听证",
        "Record the hearing",
        (State.B6H,),
        State.B6H2,
        CHAIR,
        "APL 64(4)-(8)",
        fields=(
            Field("record", "听证笔录和报告", "Record and report", FieldType.LONG),
            Field("signed", "笔录已经签字或者注明拒签", "Signed, or the refusal noted", FieldType.BOOL, default=False),
        ),
        guards=(gc.chair_is_apart, gc.hearing_day_come),
        primary=True,
    ),
    Step("withdraw_hearing", "撤回听证申请", "Withdraw the request", (State.B6H,), B7, PARTY, "APL 64(6)"),
    Step(
        "hearing_absent",
        "当事人无故缺席",
        "Party absent",
        (State.B6H,),
        B7,
        CHAIR,
        "APL 64(6)",
        fields=(REASON,),
        guards=(gc.hearing_day_come,),
        note_field="reason",
    ),
    Step(
        "legal_review",
        "法制审核",
        "Legal review",
        (B7, State.B6H2),
        None,
        LEGAL,
        "APL 58",
        fields=(
            Field(
                "conclusion",
                "结论",
                "Conclusion",
                FieldType.CHOICE,
                choices=(Choice("pass", "通过", "Pass"), Choice("return", "退回", "Return")),
            ),
            OPINION,
        ),
        guards=(gc.reviewer_is_apart, gc.reviewer_qualified),
        effect=do.legal_review,
        targets=(B8, B2),
        documents=("LEGAL_OPINION",),
        primary=True,
    ),
    Step(
        "approve",
        "审批处理意见",
        "Approve",
        (B7, B8),
        B9,
        HEAD,
        "APL 57",
        fields=(NOTE,),
        guards=(gc.approver_is_apart, *READY, g.recusal_clean),
        primary=True,
        note_field="note",
    ),
    Step(
        "renotice",
        "变更拟处罚内容，重新告知",
        "Change and notify again",
        (B7, B8, B9),
        B2,
        HEAD,
        "APL 44",
        fields=(REASON,),
        note_field="reason",
    ),
    Step(
        "ask_recusal",
        "申请回避",
        "Ask an officer to step back",
        (B0, B1, B2, B3, B4, B5, B6, B7, B8, B9),
        None,
        PARTY_OR_OFFICER,
        "APL 43",
        fields=(Field("person", "被申请回避人员", "Officer", FieldType.PERSON, choices_from="case_officers"), REASON),
        effect=do.ask_recusal,
        note_field="reason",
    ),
    Step(
        "rule_recusal",
        "回避决定",
        "Rule on recusal",
        (B0, B1, B2, B3, B4, B5, B6, B7, B8, B9),
        None,
        HEAD,
        "APL 43",
        fields=(
            Field(
                "ruling",
                "决定",
                "Ruling",
                FieldType.CHOICE,
                choices=(Choice("granted", "回避", "Granted"), Choice("refused", "驳回", "Refused")),
            ),
            Field("replacement", "接替人员", "Replacement", FieldType.PERSON, required=False, choices_from="officers"),
        ),
        guards=(
            g.guard("E_NO_RECUSAL", "没有待决定的回避申请", "no request waits")(
                lambda m: None if any(r.ruling is None for r in recusals(m)) else ""
            ),
        ),
        effect=do.rule_recusal,
    ),
    Step(
        "extend_d90",
        "扣除或者延长办案期限",
        "Record an exclusion of days",
        (B0, B1, B2, B3, B4, B5, B6, B7, B8, B9),
        None,
        HEAD,
        "APL 60",
        fields=(Field("ground", "依据", "Ground"), Field("until", "延长至", "Until", FieldType.DATE)),
        guards=(gc.exclusion_allowed,),
    ),
)
