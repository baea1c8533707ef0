"""Words that the rows of the table share: who acts, what is filled in, which guards come together."""

from dataclasses import replace

from notify import guards as g
from notify import guards_case as gc
from notify.actors import Role
from notify.moment import Moment
from notify.states import Choice, Field, FieldType, Guard, State

A0, A1, A2, A3, A4, A5, A6 = State.A0, State.A1, State.A2, State.A3, State.A4, State.A5, State.A6

SYS, OPER, CLERK = frozenset({Role.SYS}), frozenset({Role.OPER}), frozenset({Role.CLERK})

OFFICER, SQUAD = frozenset({Role.OFFICER}), frozenset({Role.SQUAD})

STREET = frozenset({Role.OPER, Role.OFFICER})

NOTE = Field("note", "备注", "Note", FieldType.LONG, required=False)

REASON = Field("reason", "理由", "Reason", FieldType.LONG)

SECOND = Field("second_officer", "另一名执法人员", "Second officer", FieldType.PERSON, choices_from="officers")

PROOF = Field("proof", "送达凭证（签收人、见证人、照片编号等）", "Proof of service", FieldType.LONG)

ON_SITE_PACKAGE = Field(
    "package_id", "现场证据包", "On-site evidence package", FieldType.CHOICE, choices_from="on_site_packages"
)
PACKAGE = replace(ON_SITE_PACKAGE, required=False)

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
def sealed_already(m: Moment) -> str | None:
    return None if m.packages(used_only=False) else ""


@g.guard("E_UNSUPPORTED", "有复核结果之前不能结束", "the re-check has no result", "APL 33", needs_values=True)
def reason_given(m: Moment) -> str | None:
    return None if str(m.values.get("reason") or "").strip() else ""


WARNED: tuple[Guard, ...] = (
    g.evidence_intact,
    g.evidence_stamped,
    g.evidence_reviewed,
    g.subject_confirmed,
    g.competent,
)

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
