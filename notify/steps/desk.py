"""The rows of the transition table that move no case on: failed service, credit repair, letters to others."""

from notify import guards_desk as gd
from notify.actors import Role
from notify.effects import desk as do
from notify.states import Choice, Field, FieldType, Step
from notify.steps.words import CLERK, OFFICER, OPEN_CASE, OWING, REASON, RECORDS, SQUAD, SYS, S

_UNSERVED = (S.B4, S.B10, S.B10N, S.B13, S.B14, S.CHANGED)
_TRIED = (
    Choice("direct", "直接送达", "In person"),
    Choice("mail", "邮寄送达", "Mail"),
    Choice("left", "留置送达", "Left"),
    Choice("electronic", "电子送达", "Electronic"),
    Choice("entrust", "委托送达", "By another organ"),
)
_REPLY_BY = Field("reply_by", "请于何日前函复", "Reply by", FieldType.DATE)

DESK_STEPS: tuple[Step, ...] = (
    Step(
        "service_failed",
        "登记送达未成功",
        "Note a service that failed",
        _UNSERVED,
        None,
        OFFICER,
        "CPL 87-95",
        fields=(Field("method", "送达方式", "How", FieldType.CHOICE, choices=_TRIED), REASON),
        guards=(gd.something_to_serve,),
        effect=do.service_failed,
        ends=("DRCPT",),
        note_field="reason",
    ),
    Step(
        "service_unproven",
        "期限内无送达回执",
        "No proof of service in time",
        _UNSERVED,
        None,
        SYS,
        "APL 61",
        effect=do.service_unproven,
        ends=("DRCPT",),
    ),
    Step(
        "credit_repaired",
        "登记信用修复",
        "Note the credit repair",
        (*OWING, S.B12, S.B16, S.B17),
        None,
        RECORDS,
        "NDRC36",
        fields=(Field("repaired_on", "修复日期", "Day of repair", FieldType.DATE), REASON),
        guards=(gd.repair_open, gd.repair_not_early),
        effect=do.credit_repaired,
        documents=("WITHDRAWAL",),
        ends=("DREPAIR",),
        note_field="reason",
    ),
    Step(
        "repair_reminder",
        "提醒可以申请信用修复",
        "Reminder: repair may be asked for",
        (*OWING, S.B12, S.B16, S.B17),
        None,
        SYS,
        "NDRC36",
        effect=do.repair_reminder,
    ),
    Step(
        "ask_assistance",
        "发协助认定通知书",
        "Ask another organ for a determination",
        (S.B0, S.B1, S.B2),
        None,
        OFFICER,
        "SH-CG18 29",
        fields=(
            Field("organ", "协助机关", "To"),
            Field("question", "请求认定的事项", "What is asked", FieldType.LONG),
            _REPLY_BY,
        ),
        effect=do.ask_assistance,
        documents=("ASSIST",),
        note_field="question",
    ),
    Step(
        "suggest",
        "发执法建议书",
        "Send an enforcement suggestion",
        (*OPEN_CASE, *OWING, S.B12, S.B16),
        None,
        SQUAD | CLERK,
        "",
        fields=(
            Field("organ", "主管部门", "To"),
            Field("statistics", "反复发生的情况", "What recurs", FieldType.LONG, default_from="recurrence"),
            Field("text", "建议", "Suggestion", FieldType.LONG),
            _REPLY_BY,
        ),
        effect=do.suggest,
        documents=("SUGGESTION",),
        note_field="text",
    ),
    Step(
        "supervise",
        "发执法督察单",
        "Issue a supervision slip",
        (*OPEN_CASE, S.B10, *OWING, S.B12, S.B16),
        None,
        frozenset({Role.SUPER}),
        "",
        fields=(
            Field("findings", "发现的问题", "Findings", FieldType.LONG),
            Field("demand", "整改要求", "What is demanded", FieldType.LONG),
            _REPLY_BY,
        ),
        effect=do.supervise,
        documents=("SUPERVISION",),
        note_field="findings",
    ),
)
