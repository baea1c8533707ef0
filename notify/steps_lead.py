"""The rows of the transition table for leads (A0-A10)."""

from notify import effects_lead as do
from notify import guards as g
from notify import guards_case as gc
from notify.actors import Role
from notify.states import Choice, Field, FieldType, Guard, State, Step

A0, A1, A2, A3, A4, A5, A6 = State.A0, State.A1, State.A2, State.A3, State.A4, State.A5, State.A6
SYS, OPER, CLERK = frozenset({Role.SYS}), frozenset({Role.OPER}), frozenset({Role.CLERK})
OFFICER, SQUAD = frozenset({Role.OFFICER}), frozenset({Role.SQUAD})
STREET = frozenset({Role.OPER, Role.OFFICER})

NOTE = Field("note", "备注", "Note", FieldType.LONG, required=False)
REASON = Field("reason", "理由", "Reason", FieldType.LONG)
SECOND = Field("second_officer", "另一名执法人员", "Second officer", FieldType.PERSON, choices_from="officers")
PROOF = Field("proof", "送达凭证（签收人、见证人、照片编号等）", "Proof of service", FieldType.LONG)
PACKAGE = Field("package_id", "现场证据包编号", "On-site evidence package", required=False)

SUBKIND = Field(
    "subkind",
    "细分类别",
    "Subkind",
    FieldType.CHOICE,
    required=False,
    choices_from="subkinds",
    default_from="subkind",
)
QUALITY_FIELDS = tuple(
    Field(name, zh, en, FieldType.BOOL, default=False)
    for name, zh, en in (
        ("authentic", "真实", "Authentic"),
        ("clear", "清晰", "Clear"),
        ("complete", "完整", "Complete"),
        ("accurate", "准确", "Accurate"),
    )
)
DISCARDS = (
    Choice("false_detection", "误识别", "False detection"),
    Choice("permitted", "有许可或者在准许时段", "Permitted"),
    Choice("ended", "已自行纠正", "Corrected already"),
    Choice("other", "其他", "Other"),
)
KINDS = (
    Choice("person", "公民", "Person"),
    Choice("business", "个体工商户", "Sole trader"),
    Choice("org", "单位", "Organisation"),
)
SOURCES = (
    Choice("business_licence", "营业执照登记", "Business licence"),
    Choice("ad_licence", "户外广告许可", "Advertising licence"),
    Choice("bike_operator_filing", "共享单车企业备案", "Bike operator's filing"),
    Choice("frontage_inquiry", "门店核实", "Inquiry at the shop"),
)
RESULTS = (Choice("cleared", "已改正", "Corrected"), Choice("still", "未改正", "Still there"))


@g.guard("E_NOT_SEALED", "证据包尚未封存", "no package is sealed yet", "PD 9")
def sealed_already(m: do.Moment) -> str | None:
    return None if m.packages(used_only=False) else m.lead.number


@g.guard("E_UNSUPPORTED", "有复核结果之前不能结束", "the re-check has no result", "APL 33", needs_values=True)
def reason_given(m: do.Moment) -> str | None:
    return None if str(m.values.get("reason") or "").strip() else "reason"


WARNED: tuple[Guard, ...] = (
    g.evidence_intact,
    g.evidence_stamped,
    g.evidence_reviewed,
    g.subject_confirmed,
    g.competent,
)

LEAD_STEPS: tuple[Step, ...] = (
    Step("sealed", "封存完成", "Sealed", (A0,), A1, SYS, "PD 9", guards=(sealed_already,), auto=True),
    Step(
        "confirm", "确认属实", "Confirm", (A1,), A2, OPER, "2.3 A1",
        fields=(NOTE,), primary=True, note_field="note",
    ),
    Step(
        "discard", "排除", "Discard", (A1,), State.A9, OPER, "2.3 A1",
        fields=(Field("reason", "排除理由", "Reason", FieldType.CHOICE, choices=DISCARDS), NOTE),
        effect=do.discard, note_field="note",
    ),
    Step("lock", "证据锁定", "Lock evidence", (A2,), A3, SYS, "APL 41", guards=(g.evidence_intact, g.evidence_stamped), auto=True),
    Step(
        "dissuade", "发送劝阻短信", "Send a dissuasion", (A2, A3, A4), None, STREET, "PD 15",
        guards=(g.has_phone, g.competent, g.ground_same), effect=do.dissuade,
    ),
    Step(
        "review", "四性审核通过", "Pass the review", (A3,), A4, CLERK, "APL 41; PD 10",
        fields=(*QUALITY_FIELDS, SUBKIND, NOTE),
        guards=(g.four_qualities, *g.ADMISSION, g.classified), effect=do.review, primary=True, note_field="note",
    ),
    Step("reject", "证据不采纳", "Reject the evidence", (A2, A3), State.A8, CLERK, "APL 41, 46", fields=(REASON,), note_field="reason"),
    Step(
        "on_site", "现场取证", "Collect on site", (A3, A4), A4, OFFICER, "APL 42, 55",
        fields=(SECOND, Field("package_id", "现场证据包编号", "On-site evidence package"), Field("record", "现场笔录", "Record", FieldType.LONG), SUBKIND),
        guards=(g.two_officers,), effect=do.on_site, note_field="record",
    ),
    Step(
        "review_more", "审核补充证据", "Review further evidence", (A4, A6), None, CLERK, "APL 41; PD 10",
        fields=(*QUALITY_FIELDS, NOTE), guards=(g.four_qualities, g.evidence_intact, g.evidence_stamped, g.clock_good),
        effect=do.review, note_field="note",
    ),
    Step(
        "identify", "确认当事人", "Confirm the party", (A4,), None, CLERK, "APL 40",
        fields=(
            Field("subject_id", "当事人", "Party", FieldType.CHOICE, choices_from="subjects", default_from="subject"),
            Field("source", "权威来源", "Authoritative source", FieldType.CHOICE, choices=SOURCES),
            Field("confirmed", "已核对并确认", "Checked and confirmed", FieldType.BOOL, default=False),
        ),
        guards=(g.competent, g.confirms), effect=do.identify, targets=(State.MERGED,), primary=True,
    ),
    Step(
        "identify_on_site", "现场查明当事人", "Identify on site", (A4,), None, OFFICER, "APL 55",
        fields=(
            SECOND,
            Field("kind", "类型", "Kind", FieldType.CHOICE, choices=KINDS),
            Field("name", "姓名或者名称", "Name"),
            Field("id_number", "证件号码", "Identity number", required=False),
            Field("address", "地址", "Address"),
            Field("phone", "联系电话", "Phone", required=False),
            Field("confirmed", "已当面核对证件", "Papers checked in person", FieldType.BOOL, default=False),
        ),
        guards=(g.competent, g.two_officers, g.confirms), effect=do.identify_on_site, targets=(State.MERGED,),
    ),
    Step(
        "handoff", "移送有管辖权的机关", "Hand off", (A3, A4), State.A10, CLERK, "APL 22",
        fields=(Field("facts", "发现的情况", "What was found", FieldType.LONG), SUBKIND),
        guards=(g.classified, g.another_is_competent), effect=do.handoff, documents=("HANDOFF",), note_field="facts",
    ),
    Step("unidentified", "当事人无法查明", "Party not identified", (A4,), State.UNIDENTIFIED, frozenset({Role.CLERK, Role.OFFICER}), "APL 40", fields=(REASON,), note_field="reason"),
    Step(
        "not_found", "现场未发现", "Not found on site", (A4, A5), State.NOT_FOUND, OFFICER, "APL 40",
        fields=(SECOND, REASON), guards=(g.two_officers,), note_field="reason", ends=("DRECT", "DFALL"),
    ),
    Step(
        "warn", "责令改正", "Order to correct", (A4,), A5, STREET, "APL 28; PD 15",
        fields=(
            Field("method", "送达方式", "How", FieldType.CHOICE, default="sms", choices=(Choice("sms", "短信", "SMS"), Choice("direct", "当面送达", "In person"))),
            Field("proof", "当面送达的签收情况", "Receipt in person", FieldType.LONG, required=False),
        ),
        guards=(*WARNED, g.ground_same), effect=do.warn, documents=("ORDER",), starts=("DFALL", "DRECT"), primary=True,
    ),
    Step("receipt", "收到回执", "Receipt", (A5,), None, SYS, "APL 28", effect=do.receipt, starts=("DRECT",), ends=("DFALL",)),
    Step("no_receipt", "未收到回执", "No receipt", (A5,), None, SYS, "APL 28", effect=do.no_receipt),
    Step(
        "serve_order", "派员送达通知书", "Hand over the order", (A5,), None, OFFICER, "APL 28; CPL 87-89",
        fields=(PROOF,), effect=do.serve_order, starts=("DRECT",), ends=("DFALL",), note_field="proof",
    ),
    Step("recheck_due", "整改期满", "Time to correct over", (A5,), A6, SYS, "APL 28", effect=do.recapture, ends=("DRECT",)),
    Step("recheck_result", "复核结果", "Result of the re-check", (A6,), None, SYS, "APL 33", effect=do.recheck_result),
    Step("recapture", "再次复核", "Look again", (A6,), None, STREET, "APL 33", effect=do.recapture),
    Step(
        "recheck_on_site", "现场复核", "Re-check on site", (A6,), None, OFFICER, "APL 33, 42",
        fields=(SECOND, Field("result", "结果", "Result", FieldType.CHOICE, choices=RESULTS), PACKAGE, NOTE),
        guards=(g.two_officers,), effect=do.recheck_on_site, note_field="note",
    ),
    Step(
        "close_rectified", "已改正，教育结案", "Corrected: close", (A6,), State.A7, CLERK, "APL 33; PD 15",
        fields=(Field("education", "教育内容", "Education", FieldType.LONG, default="已告知相关规定，提醒保持市容环境整洁。"),),
        guards=(g.rechecked_clear,), primary=True, note_field="education",
    ),
    Step(
        "not_file", "不予立案", "Do not file", (A6,), State.NOT_FILED, SQUAD, "APL 54",
        fields=(REASON,), guards=(g.recheck_known, reason_given), note_field="reason",
    ),
    Step(
        "file_propose", "申请立案", "Propose filing", (A4, A6), None, OFFICER, "APL 54",
        fields=(SECOND, NOTE),
        guards=(
            *WARNED, gc.no_filing_waits, g.authority, g.device_vetted, g.device_published, g.matter_listed, g.phase_enforce, g.ground_same,
            g.rechecked_still, g.within_limitation, gc.single_fine, g.two_officers, g.recusal_clean,
        ),
        primary=True, note_field="note",
    ),
    Step(
        "file_approve", "批准立案", "Approve filing", (A4, A6), State.FILED, SQUAD, "APL 54",
        fields=(NOTE,),
        guards=(
            gc.filing_waits, gc.approver_is_apart, *WARNED, g.matter_listed, g.phase_enforce, g.rechecked_still, g.within_limitation,
            gc.single_fine,
        ),
        effect=do.file_approve, documents=("FILING",), starts=("D90",), primary=True, note_field="note",
    ),
    Step("file_refuse", "退回立案申请", "Return the filing", (A4, A6), None, SQUAD, "APL 54", fields=(REASON,), guards=(gc.filing_waits,), note_field="reason"),
)  # fmt: skip
