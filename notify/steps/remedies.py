"""The rows of the transition table for review, suit, change and correction (T40, T41)."""

from notify import guards_case as gc
from notify import guards_moot as gm
from notify import guards_people as gp
from notify import guards_ways as gw
from notify.effects import remedies as do
from notify.states import Choice, Field, FieldType, State, Step
from notify.steps.words import B1, CLERK, HEAD, NOTE, OFFICER, OWING, REASON, SERVED_ON, SERVICE_PROOF, SYS, S, methods

_DECIDED = (*OWING, S.B12, S.B16)
_LOWER = Field("amount", "变更后的罚款数额（元）", "New fine (yuan)", FieldType.MONEY, required=False)

REMEDY_STEPS: tuple[Step, ...] = (
    Step(
        "remedy_opened",
        "复议或者诉讼受理",
        "Review or suit opened",
        (*_DECIDED, S.CHANGED),
        S.REVIEWED,
        CLERK,
        "APL 73",
        fields=(
            Field(
                "kind",
                "途径",
                "Which",
                FieldType.CHOICE,
                choices=(
                    Choice("reconsideration", "行政复议", "Reconsideration"),
                    Choice("suit", "行政诉讼", "Suit"),
                ),
                default="reconsideration",
            ),
            NOTE,
        ),
        effect=do.remedy_opened,
        note_field="note",
    ),
    Step(
        "remedy_closed",
        "复议决定或者判决",
        "Ruling received",
        (S.REVIEWED,),
        None,
        CLERK,
        "APL 73; ARL 78",
        fields=(
            Field(
                "result",
                "结果",
                "Result",
                FieldType.CHOICE,
                choices=(
                    Choice("upheld", "维持", "Upheld"),
                    Choice("withdrawn", "撤回申请", "Withdrawn"),
                    Choice("changed", "变更", "Changed"),
                    Choice("revoked", "撤销或者确认违法", "Revoked or found unlawful"),
                ),
                default="upheld",
            ),
            Field("received_on", "当事人收到裁判日期", "Received on", FieldType.DATE, required=False),
            _LOWER,
            Field("remake", "责令重新作出决定", "A new decision is ordered", FieldType.BOOL, default=False),
            NOTE,
        ),
        guards=(gm.remedy_open, gw.not_heavier),
        effect=do.remedy_closed,
        targets=(*_DECIDED, S.CHANGED, S.REVOKED),
        starts=("DLIT15", "DCOURT", "DRETRACT3"),
        primary=True,
        note_field="note",
    ),
    Step(
        "change",
        "变更决定",
        "Lower the fine",
        OWING,
        S.CHANGED,
        HEAD,
        "APL 75",
        fields=(
            Field("amount", "变更后的罚款数额（元）", "New fine (yuan)", FieldType.MONEY),
            REASON,
        ),
        guards=(gp.decider_is_apart, gw.not_heavier),
        effect=do.change,
        documents=("CHANGE",),
        starts=("DSERVE7",),
        note_field="reason",
    ),
    Step(
        "serve_change",
        "送达变更决定",
        "Serve the change",
        (S.CHANGED,),
        None,
        OFFICER,
        "APL 61",
        fields=(
            methods("electronic", "direct", "mail", "left", "announce", usual="eservice"),
            SERVED_ON,
            SERVICE_PROOF,
        ),
        guards=(gc.no_service_pending, gc.consented, gc.service_proven),
        effect=do.serve_change,
        targets=(S.B11, S.B12),
        documents=("RECEIPT",),
        starts=("DPAY15",),
        primary=True,
    ),
    Step(
        "change_served",
        "变更决定已送达",
        "Change served",
        (S.CHANGED,),
        None,
        SYS,
        "APL 61",
        effect=do.change_served,
        targets=(S.B11, S.B12),
        documents=("RECEIPT",),
        starts=("DPAY15", "DREV60", "DLIT6M"),
        ends=("DANN",),
    ),
    Step(
        "remake",
        "重新调查处理",
        "Decide anew",
        (S.REVOKED,),
        B1,
        HEAD,
        "",
        fields=(REASON,),
        guards=(gw.remake_ordered,),
        effect=do.remake,
        starts=("D90",),
        note_field="reason",
    ),
    Step(
        "correct",
        "更正文书",
        "Correct a paper",
        (S.B10, S.B10N, *_DECIDED, State.CHANGED),
        None,
        HEAD,
        "",
        fields=(
            Field("document_id", "文书", "Paper", FieldType.CHOICE, choices_from="papers"),
            Field("wrong", "原文", "As it stands"),
            Field("right", "更正为", "As it should be"),
        ),
        effect=do.correct,
        documents=("CORRECTION",),
        note_field="right",
    ),
)
