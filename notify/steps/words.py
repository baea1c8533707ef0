"""Words that the rows of the table share: who acts, stretches of states, what is filled in, guards that go together."""

from dataclasses import replace

from notify import guards as g
from notify import guards_case as gc
from notify import guards_hearing as gh
from notify.actors import Role
from notify.states import Choice, Field, FieldType, Guard, State

A0, A1, A2, A3, A4, A5, A6 = State.A0, State.A1, State.A2, State.A3, State.A4, State.A5, State.A6
B0, B1, B2, B3, B4, B5, B6, B7, B8, B9 = (State(f"B{n}") for n in range(10))
S = State
OPEN_CASE = (B0, B1, B2, B3, B4, B5, B6, S.B6H, S.B6H2, B7, B8, B9)
OWING = (S.B11, S.B12D, S.B13, S.B14, S.B15)
AFTER_DECISION = (S.B10, *OWING, S.B12)

# who acts
SYS, OPER, CLERK = frozenset({Role.SYS}), frozenset({Role.OPER}), frozenset({Role.CLERK})
OFFICER, SQUAD, HEAD = frozenset({Role.OFFICER}), frozenset({Role.SQUAD}), frozenset({Role.HEAD})
LEGAL, CHAIR, ARCHIVE = frozenset({Role.LEGAL}), frozenset({Role.CHAIR}), frozenset({Role.PRIV})
STREET = OPER | OFFICER
DESK = CLERK | OFFICER
RECORDS = CLERK | ARCHIVE
PARTY = frozenset({Role.PARTY, Role.AGENT})
PARTY_OR_OFFICER = PARTY | OFFICER
AGENT = frozenset({Role.PAYAGENT, Role.SYS})

# choices
DISCARDS = (
    Choice("false_detection", "误识别", "False detection"),
    Choice("permitted", "有许可或者在准许时段", "Permitted"),
    Choice("ended", "已自行纠正", "Corrected already"),
    Choice("other", "其他", "Other"),
)
REJECTIONS = (
    Choice("false_detection", "误识别", "False detection"),
    Choice("unclear_picture", "画面不清", "Unclear picture"),
    Choice("procedure", "取证程序问题", "How it was collected"),
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
GROUNDS = (
    Choice("minor_corrected", "轻微且及时改正", "Minor and corrected"),
    Choice("first", "首违不罚", "First violation"),
    Choice("under_age", "不满十四周岁或者不能辨认、控制自己行为", "Under age or unable"),
    Choice("no_fault", "没有主观过错", "No fault"),
    Choice("not_established", "事实不成立", "Not established"),
    Choice("limitation", "超过时效", "Limitation"),
    Choice("local_list", "免罚清单", "Local list"),
)
MITIGATIONS = (
    Choice("self_removed", "主动消除或者减轻危害后果", "Removed the harm itself"),
    Choice("coerced", "受他人胁迫或者诱骗", "Coerced or deceived"),
    Choice("confession", "主动供述尚未掌握的违法行为", "Confessed what was unknown"),
    Choice("merit", "配合查处有立功表现", "Helped the inquiry"),
    Choice("minor_age", "已满十四周岁不满十八周岁", "A minor"),
)
CREDIT_CLASSES = (
    Choice("slight", "轻微", "Slight"),
    Choice("general", "一般", "General"),
    Choice("serious", "严重", "Serious"),
)
METHODS = (
    Choice("sms", "短信", "SMS"),
    Choice("direct", "直接送达", "In person"),
    Choice("electronic", "电子送达", "Electronic"),
    Choice("mail", "邮寄送达", "Mail"),
    Choice("left", "留置送达", "Left"),
    Choice("entrust", "委托送达", "By another organ"),
    Choice("announce", "公告送达", "Public notice"),
)

# fields
NOTE = Field("note", "备注", "Note", FieldType.LONG, required=False)
REASON = Field("reason", "理由", "Reason", FieldType.LONG)
ABOUT = Field("about", "问题所在", "What is wrong", FieldType.CHOICE, required=False, choices=REJECTIONS)
OPINION = Field("opinion", "意见", "Opinion", FieldType.LONG)
SECOND = Field("second_officer", "另一名执法人员", "Second officer", FieldType.PERSON, choices_from="officers")
PROOF = Field("proof", "送达凭证（签收人、见证人、照片编号等）", "Proof of service", FieldType.LONG)
SERVICE_PROOF = replace(PROOF, required=False)
SIGNED_PAPER = Field(
    "signed_paper",
    "当事人签名原件的编号（纸质件、照片编号）",
    "Number of the signed paper or its photograph",
    asked_of=OFFICER,  # at its own page the party signs itself
)
SERVED_ON = Field("served_on", "送达日期", "Day of service", FieldType.DATE, required=False)
MOMENTS = Field(
    "moments",
    "关键画面说明（每件证据一行：序号. 时间：内容）",
    "Key moments (a line each: number. time: what)",
    FieldType.LONG,
    required=False,
    default_from="moments",
)
AMOUNT = Field("amount", "罚款数额（元）", "Fine (yuan)", FieldType.MONEY, default_from="amount")
ON_SITE_PACKAGE = Field(
    "package_id", "现场证据包", "On-site evidence package", FieldType.CHOICE, choices_from="on_site_packages"
)
PACKAGE = replace(ON_SITE_PACKAGE, required=False)
SUBKIND = Field(
    "subkind", "细分类别", "Subkind", FieldType.CHOICE, False, choices_from="subkinds", default_from="subkind"
)
QUALITY_FIELDS = tuple(
    Field(name, zh, en, FieldType.BOOL, default=False)
    for name, zh, en in (
        ("lawful_means", "取证手段合法", "Lawfully obtained"),
        ("authentic", "真实", "Authentic"),
        ("clear", "清晰", "Clear"),
        ("complete", "完整", "Complete"),
        ("accurate", "准确", "Accurate"),
    )
)


def methods(*names: str, usual: str) -> Field:
    """The choice among some ways of service; `usual` names how the offered one is worked out (`notify.forms`)."""
    known = {choice.value: choice for choice in METHODS}
    return Field(
        "method", "送达方式", "How", FieldType.CHOICE, choices=tuple(known[n] for n in names), default_from=usual
    )


# guards that go together
WARNED: tuple[Guard, ...] = (
    g.evidence_intact,
    g.evidence_stamped,
    g.evidence_reviewed,
    g.competent,
    g.subject_confirmed,
)
CHECKED: tuple[Guard, ...] = (g.evidence_intact, g.evidence_stamped, g.evidence_reviewed)
READY: tuple[Guard, ...] = (
    gc.statement_window_over,
    gc.statement_reviewed,
    gh.hearing_settled,
    gh.hearing_window_over,
    gc.legal_review_passed,
)
