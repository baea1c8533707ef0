"""What statement, hearing and legal review do."""

from notify.documents.source import day_text, issue, local_text, paragraphs
from notify.effects.serving import deliver, papers
from notify.moment import Moment
from notify.people import person_name
from notify.states import State


def review_statement(m: Moment) -> None:
    """Each statement answered in writing."""
    adopted = {"adopted": "采纳", "partly": "部分采纳", "rejected": "不予采纳"}[str(m.values["adopted"])]
    statements = "；".join(str(row.body.get("text", "")) for row in m.records("statement"))
    issue(
        m,
        "STATEMENT_REVIEW",
        {
            "addressee": m.subject.name if m.subject else "",
            "review": {"points": statements, "adopted": adopted, "reasons": str(m.values["reasons"])},
            "paragraphs": paragraphs(
                ("陈述申辩意见：", statements),
                ("复核意见：", f"{adopted}。{m.values['reasons']}"),
                "本机关不因陈述、申辩而给予更重的处罚。",
            ),
        },
    )


def summon_hearing(m: Moment) -> None:
    held_on = m.values["held_on"].isoformat()
    issue(
        m,
        "HEARING_SUMMONS",
        {
            "addressee": m.subject.name if m.subject else "",
            "hearing": {
                "day": held_on,
                "place": str(m.values["place"]),
                "chair": person_name(m, str(m.values["chair"])),
            },
            "paragraphs": paragraphs(
                f"根据你（单位）的申请，本机关定于{day_text(m, held_on)}在{m.values['place']}举行听证，"
                f"主持人{person_name(m, str(m.values['chair']))}。可以亲自参加，也可以委托一至二人代理。",
                "无正当理由拒不出席或者未经许可中途退出的，视为放弃听证权利。",
            ),
        },
    )
    deliver(m, "summons", papers(m, "HEARING_SUMMONS"), "行政处罚听证通知书")


def legal_review(m: Moment) -> None:
    """The opinion; a return sends the case back to the proposal."""
    passed = m.values["conclusion"] == "pass"
    row = m.registers.officer(m.actor.id)
    issue(
        m,
        "LEGAL_OPINION",
        {
            "addressee": "本机关负责人",
            "opinion": {
                "reviewer": m.actor.name,
                "qualification": (row.legal_qualification or "") if row else "",
                "conclusion": "审核通过" if passed else "退回",
            },
            "paragraphs": paragraphs(
                ("审核人：", f"{m.actor.name}（{row.legal_qualification if row else ''}）"),
                ("审核内容：", "主体、权限、事实、证据、法律适用、裁量、程序、文书。"),
                ("审核结论：", f"{'审核通过' if passed else '退回'}。{m.values['opinion']}"),
            ),
        },
    )
    m.target = State.B8 if passed else State.B2


def statement(m: Moment) -> None:
    """What the party said, word for word, as a record for the file."""
    by = m.subject.name if m.subject else m.actor.name
    how = "当事人凭专属查询链接在线提交" if m.actor.owner_id else f"{m.actor.name}记录"
    text = str(m.values["text"])
    issue(
        m,
        "STATEMENT_RECORD",
        {
            "addressee": f"案件编号{m.open_case.number}",
            "statement": {"text": text, "by": by, "at": local_text(m, m.now)},
            "paragraphs": paragraphs(
                ("陈述申辩人：", by), ("时间和方式：", f"{local_text(m, m.now)}，{how}"), ("陈述申辩内容：", text)
            ),
        },
    )


def hold_hearing(m: Moment) -> None:
    """The record of the hearing and the chair's report (APL 64(8), 65)."""
    summons = m.record("summon_hearing")
    place = str(summons.body.get("place", "")) if summons else ""
    signed = "笔录已交当事人核对并签字，或者注明拒签情况" if m.values.get("signed") else ""
    hearing = {"record": str(m.values["record"]), "signed": signed, "chair": m.actor.name}
    told = paragraphs(
        ("案由：", str(m.law(f"matters.{m.matter}.name", m.act_day))),
        ("时间和地点：", f"{local_text(m, m.now, minutes=False)}，{place}"),
        ("主持人：", m.actor.name),
        ("调查人员：", "、".join(person_name(m, one) for one in m.open_case.officers)),
        ("当事人：", m.subject.name if m.subject else ""),
        ("听证情况：", hearing["record"]),
    )
    sign = paragraphs(("签字情况：", f"{signed}。"))
    shared = {"addressee": f"案件编号{m.open_case.number}", "hearing": hearing}
    issue(m, "HEARING_RECORD", {**shared, "paragraphs": [*told, *sign]})
    closing = paragraphs("以上情况及听证笔录一并报本机关负责人；处罚决定应当根据听证笔录作出。")
    issue(m, "HEARING_REPORT", {**shared, "addressee": "本机关负责人", "paragraphs": [*told, *closing]})
