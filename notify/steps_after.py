"""The rows of the transition table from the decision to the archive (B9-B17), and the ways out of a case."""

from notify import effects_after as do
from notify import effects_case as dc
from notify import guards as g
from notify import guards_case as gc
from notify.actors import Role
from notify.states import Choice, Field, FieldType, State, Step
from notify.steps_case import AMOUNT, CHECKED, HEAD, PARTY, PARTY_OR_OFFICER, READY, SERVED_ON, SERVICE_PROOF, methods
from notify.steps_lead import NOTE, OFFICER, REASON, SQUAD, SYS

S = State
OPEN_CASE = (S.B0, S.B1, S.B2, S.B3, S.B4, S.B5, S.B6, S.B6H, S.B6H2, S.B7, S.B8, S.B9)
OWING = (S.B11, S.B12D, S.B13, S.B14, S.B15)
AFTER_DECISION = (S.B10, *OWING, S.B12)
AGENT = frozenset({Role.PAYAGENT, Role.SYS})
ARCHIVE = frozenset({Role.PRIV})
RECORDS = frozenset({Role.CLERK, Role.PRIV})

GROUNDS = (
    Choice("minor_corrected", "轻微且及时改正", "Minor and corrected"),
    Choice("first", "首违不罚", "First violation"),
    Choice("no_fault", "没有主观过错", "No fault"),
    Choice("not_established", "事实不成立", "Not established"),
    Choice("limitation", "超过时效", "Limitation"),
    Choice("local_list", "免罚清单", "Local list"),
)

AFTER_STEPS: tuple[Step, ...] = (
    Step(
        "decide", "作出处罚决定", "Decide", (S.B9,), S.B10, HEAD, "APL 57, 59, 60",
        fields=(AMOUNT, Field("head_reason", "负责人理由（顶格处罚必填）", "Head's reason", FieldType.LONG, required=False)),
        guards=(
            gc.approver_is_apart, gc.within_d90, *READY, *CHECKED, g.subject_confirmed, g.phase_enforce, g.ground_same, g.competent,
            g.recusal_clean, gc.single_fine, gc.not_aggravated, gc.amount_in_range,
        ),
        effect=do.decide, documents=("DECISION",), starts=("DSERVE7",), ends=("D90",), primary=True, note_field="head_reason",
    ),
    Step(
        "no_penalty", "决定不予处罚", "Decide: no penalty", (S.B2, S.B7, S.B9), S.B10N, HEAD, "APL 30-33, 57",
        fields=(Field("ground", "理由", "Ground", FieldType.CHOICE, choices=GROUNDS), Field("education", "教育内容", "Education", FieldType.LONG)),
        guards=(gc.approver_is_apart,), effect=do.no_penalty, documents=("NO_PENALTY",), ends=("D90", "DSTMT", "DHEAR"),
    ),
    Step(
        "serve_no_penalty", "送达不予处罚决定", "Serve the decision", (S.B10N,), None, OFFICER, "APL 61",
        fields=(methods("direct", "electronic", "mail", "left"), SERVED_ON, SERVICE_PROOF),
        guards=(gc.no_service_pending, gc.consented, gc.service_proven), effect=do.serve_no_penalty,
    ),
    Step("no_penalty_served", "已送达", "Served", (S.B10N,), None, SYS, "APL 61", effect=do.no_penalty_served),
    Step(
        "consent", "签署电子送达确认书", "Consent to electronic service", (S.B4, S.B5, S.B6, S.B7, S.B8, S.B9, S.B10, S.B11), None, PARTY_OR_OFFICER, "APL 61(2); PD 13",
        fields=(Field("address", "手机号码", "Mobile number", default_from="phone"), Field("signed_name", "签名", "Signature")),
        effect=dc.consent, documents=("CONSENT",),
    ),
    Step("revoke_consent", "撤回电子送达", "Take the consent back", (S.B5, S.B6, S.B7, S.B9, S.B10, S.B11), None, PARTY, "APL 61(2)", effect=dc.revoke_consent),
    Step(
        "serve_decision", "送达处罚决定书", "Serve the decision", (S.B10,), None, OFFICER, "APL 61; CPL 87-95",
        fields=(methods("electronic", "direct", "mail", "left", "announce"), SERVED_ON, SERVICE_PROOF),
        guards=(gc.no_service_pending, gc.consented, gc.service_proven), effect=do.serve_decision, targets=(S.B11,),
        documents=("RECEIPT", "PAYMENT", "CREDIT_REPAIR", "COMPLIANCE"), primary=True,
    ),
    Step(
        "decision_served", "决定已送达", "Decision served", (S.B10,), S.B11, SYS, "APL 61", effect=do.decision_served,
        documents=("RECEIPT", "PAYMENT"), starts=("DPAY15", "DREV60", "DLIT6M"), ends=("DANN",),
    ),
    Step("paid", "缴清", "Paid in full", OWING, S.B12, AGENT, "APL 67", effect=do.paid),
    Step("part_paid", "部分缴纳", "Paid in part", OWING, None, AGENT, "APL 67"),
    Step("overdue", "逾期未缴", "Overdue", (S.B11, S.B12D), S.B13, SYS, "APL 72", effect=do.overdue, starts=("DCOURT",), ends=("DPAY15",)),
    Step("apply_deferral", "申请延期缴纳", "Ask for more time", (S.B11, S.B13, S.B14), None, PARTY_OR_OFFICER, "APL 66", fields=(REASON,), note_field="reason"),
    Step(
        "grant_deferral", "批准延期缴纳", "Grant more time", (S.B11, S.B13, S.B14), S.B12D, HEAD, "APL 66",
        fields=(Field("until", "延期至", "Until", FieldType.DATE), REASON),
        guards=(g.guard("E_NO_APPLICATION", "当事人没有申请", "the party has not asked", "APL 66")(lambda m: None if m.record("apply_deferral") else "-"),),
        effect=do.grant_deferral, note_field="reason",
    ),
    Step(
        "dun", "催告", "Dun", (S.B13, S.B14), S.B14, OFFICER, "ACL 35, 54",
        fields=(methods("electronic", "direct", "mail", "left"), SERVED_ON, SERVICE_PROOF, Field("surcharge", "加处罚款（元）", "Surcharge (yuan)", FieldType.MONEY, required=False, default_from="surcharge")),
        guards=(gc.no_service_pending, gc.consented, gc.service_proven, gc.surcharge_in_cap), effect=do.dun, documents=("DUNNING",), primary=True,
    ),
    Step("dunning_served", "催告书已送达", "Dunning served", (S.B14,), None, SYS, "ACL 54", effect=do.dunning_served, starts=("DDUN10",)),
    Step(
        "court_apply", "申请法院强制执行", "Apply to the court", (S.B14,), S.B15, HEAD, "ACL 53-55",
        guards=(gc.dunning_over, gc.court_window), effect=do.court_apply, documents=("COURT",), ends=("DCOURT",), primary=True,
    ),
    Step("remedy_opened", "复议或者诉讼受理", "Review or suit opened", (*OWING, S.B12), None, frozenset({Role.CLERK}), "APL 73", fields=(NOTE,), note_field="note"),
    Step(
        "remedy_closed", "复议或者诉讼维持", "Review or suit upheld", (*OWING, S.B12), None, frozenset({Role.CLERK}), "APL 73",
        fields=(NOTE,), note_field="note",
        guards=(g.guard("E_NO_REMEDY", "没有进行中的复议或者诉讼", "no review or suit is open")(lambda m: None if m.record("remedy_opened") else "-"),),
    ),
    Step(
        "revoke", "撤销决定", "Revoke the decision", AFTER_DECISION, S.REVOKED, HEAD, "APL 48, 75",
        fields=(REASON,), effect=do.revoke, documents=("REVOCATION",), starts=("DRETRACT3",), note_field="reason",
    ),
    Step("publish", "公示", "Publish", (*OWING, S.B12, S.B16), None, RECORDS, "APL 48", guards=(gc.decision_served_first,), effect=do.publish),
    Step("withdraw_publication", "撤回公示", "Withdraw the publication", (*OWING, S.B12, S.B16, S.REVOKED), None, RECORDS, "APL 48", fields=(REASON,), effect=do.withdraw_publication, note_field="reason"),
    Step(
        "close", "结案", "Close", (S.B12, S.B10N, S.REVOKED), S.B16, SQUAD, "APL 60",
        fields=(Field("correction", "改正核实情况", "Correction verified", FieldType.LONG), NOTE),
        guards=(gc.decision_served_first, gc.money_settled), effect=do.close, documents=("CLOSING",), primary=True, note_field="note",
    ),
    Step(
        "close_unpaid", "执行终结结案", "Close: enforcement ended", (S.B13, S.B14, S.B15), S.B16, HEAD, "ACL 40",
        fields=(REASON, Field("correction", "改正核实情况", "Correction", FieldType.LONG, required=False)),
        effect=do.close, documents=("CLOSING",), note_field="reason",
    ),
    Step("archive", "归档", "Archive", (S.B16,), S.B17, ARCHIVE, "archive rules", effect=do.archive, primary=True),
    Step("suspend", "中止调查", "Suspend", OPEN_CASE, S.SUSPENDED, HEAD, "APL 60", fields=(REASON,), effect=do.suspend, note_field="reason"),
    Step("resume", "恢复调查", "Resume", (S.SUSPENDED,), None, HEAD, "APL 60", effect=do.resume, targets=OPEN_CASE),
    Step(
        "terminate", "终止调查", "End the case", (*OPEN_CASE, S.SUSPENDED), S.TERMINATED, HEAD, "APL 57",
        fields=(REASON,), effect=do.terminate, documents=("TERMINATION",), note_field="reason",
    ),
    Step(
        "transfer", "移送其他机关", "Transfer", (*OPEN_CASE, S.SUSPENDED), S.B10X, HEAD, "APL 22, 27",
        fields=(
            Field("why", "原因", "Why", FieldType.CHOICE, choices=(Choice("competence", "无管辖权", "Competence"), Choice("crime", "涉嫌犯罪", "Crime suspected"))),
            Field("organ", "受移送机关", "To"), REASON,
        ),
        effect=do.transfer, documents=("HANDOFF",), note_field="reason",
    ),
)  # fmt: skip
