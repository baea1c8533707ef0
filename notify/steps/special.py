"""The rows of the transition table for what few cases need: grave harm, fast track, volunteer work, registered items,
a dispute over competence.
"""

from notify import explained as ex
from notify import guards_limits as gl
from notify import guards_people as gp
from notify import guards_special as gs
from notify.states import Choice, Field, FieldType, Step
from notify.steps.words import (
    A4,
    A6,
    B0,
    B1,
    B2,
    B3,
    B4,
    B5,
    B6,
    B7,
    B8,
    B9,
    CLERK,
    HEAD,
    MOMENTS,
    OFFICER,
    PARTY_OR_OFFICER,
    REASON,
    SECOND,
)

_FAST = (B0, B1, B2, B3, B4, B5)
_UNDECIDED = (B0, B1, B2, B3, B4, B5, B6, B7, B8, B9)
# What the longer limitation period rests on (APL 36): found by two officers, before the filing or in the case.
_HARM_FIELDS = (
    Field(
        "touched",
        "涉及",
        "Touches",
        FieldType.CHOICE,
        choices=(
            Choice("life", "公民生命安全", "Life"),
            Choice("health", "公民健康安全", "Health"),
            Choice("finance", "金融安全", "Financial safety"),
            Choice("none", "均不涉及（撤回此前认定）", "None of them (takes an earlier finding back)"),
        ),
    ),
    Field("harm", "危害后果", "The harmful result", FieldType.LONG, required=False),
    Field("shown_by", "证明材料", "What shows it", FieldType.LONG, required=False),
)
HARM: tuple[Step, ...] = tuple(
    Step(
        code,
        "认定危害后果（五年追责时效）",
        "Find harm to life, health or financial safety",
        sources,
        None,
        OFFICER,
        "APL 36",
        fields=(*more, *_HARM_FIELDS),
        guards=(*guards, gp.recusal_clean, gl.harm_shown),
        note_field="harm",
    )
    for code, sources, more, guards in (
        ("find_harm", (A4, A6), (SECOND,), (gp.two_officers,)),
        ("find_harm_in_case", (B0, B1, B2), (), (gp.case_officer, gp.officers_certified)),
    )
)
SPECIAL_STEPS: tuple[Step, ...] = (
    Step(
        "explain",
        "补充关键画面说明",
        "Tell the key moments again",
        (B1, B2, B3),
        None,
        OFFICER,
        "PD 9",
        fields=(MOMENTS,),
        guards=(gp.case_officer, ex.told_each),
        effect=ex.keep_told,
        note_field="moments",
    ),
    Step(
        "choose_fast",
        "适用简案快办",
        "Choose the fast track",
        _FAST,
        None,
        OFFICER,
        "",
        fields=(
            Field("clear", "事实清楚，证据充分", "The facts are clear", FieldType.BOOL, default=False),
            Field("unopposed", "当事人同意适用简案快办", "The party does not object", FieldType.BOOL, default=False),
            Field("shown_by", "当事人同意的记录", "Record of the party's word", FieldType.LONG),
        ),
        guards=(gs.fast_off, gs.fast_wanted, gs.fast_allowed, gp.case_officer, gs.fast_agreed),
        note_field="shown_by",
    ),
    Step(
        "object_fast",
        "不同意适用简案快办",
        "Object to the fast track",
        (*_FAST, B6, B7),
        None,
        PARTY_OR_OFFICER,
        "",
        guards=(gs.fast_on,),
    ),
    Step(
        "volunteer",
        "登记公益服务",
        "Note volunteer work",
        (B1, B2),
        None,
        OFFICER,
        "",
        fields=(
            Field("asked", "当事人自愿申请以公益服务抵扣罚款", "The party asked for it", FieldType.BOOL, default=False),
            Field("hours", "服务小时数", "Hours", FieldType.INT),
            Field("host", "组织服务的单位", "For whom"),
            Field("shown_by", "服务证明", "What shows it", FieldType.LONG),
        ),
        guards=(gs.offset_wanted, gs.offset_allowed, gp.case_officer, gs.offset_asked),
        note_field="shown_by",
    ),
    Step(
        "register_items",
        "先行登记保存",
        "Register items as evidence",
        (B0, B1),
        None,
        HEAD,
        "APL 56",
        fields=(
            Field("items", "物品清单", "Items", FieldType.LONG),
            Field("kept_at", "保存地点", "Kept at"),
            Field("paper", "通知书和清单编号", "Number of the notice and list"),
            REASON,
        ),
        guards=(gs.nothing_registered,),
        effect=gs.start_registered,
        starts=("DREG7",),
        note_field="items",
    ),
    Step(
        "settle_items",
        "处理先行登记保存的物品",
        "Settle the registered items",
        (B0, B1),
        None,
        HEAD,
        "APL 56",
        fields=(
            Field(
                "outcome",
                "处理决定",
                "Decision",
                FieldType.CHOICE,
                choices=(
                    Choice("returned", "退还当事人", "Given back"),
                    Choice("copied", "复制、拍照后退还", "Copied and given back"),
                    Choice("appraised", "送交鉴定", "Sent for appraisal"),
                    Choice("moved", "移送有关机关", "Sent to another organ"),
                ),
            ),
            REASON,
        ),
        guards=(gs.items_registered,),
        ends=("DREG7",),
        note_field="reason",
    ),
    Step(
        "dispute_competence",
        "登记管辖争议",
        "Note a dispute over competence",
        _UNDECIDED,
        None,
        CLERK | OFFICER,
        "APL 25",
        fields=(Field("organ", "与何机关发生争议", "With whom"), REASON),
        guards=(gs.no_dispute_open,),
        effect=gs.start_dispute,
        starts=("DJUR7",),
        note_field="reason",
    ),
    Step(
        "settle_competence",
        "登记指定管辖",
        "Note who was designated",
        _UNDECIDED,
        None,
        HEAD,
        "APL 25",
        fields=(
            Field(
                "result",
                "结果",
                "Result",
                FieldType.CHOICE,
                choices=(Choice("ours", "由本机关管辖", "Ours"), Choice("theirs", "由对方机关管辖", "Theirs")),
            ),
            Field("paper", "协商记录或者指定管辖文书编号", "Number of the agreement or designation"),
        ),
        guards=(gs.dispute_open,),
        ends=("DJUR7",),
        note_field="paper",
    ),
)
