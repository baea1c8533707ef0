"""What statement, hearing and legal review do."""

from notify.documents.source import day_text, issue, paragraphs
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
            "paragraphs": paragraphs(
                ("审核人：", f"{m.actor.name}（{row.legal_qualification if row else ''}）"),
                ("审核内容：", "主体、权限、事实、证据、法律适用、裁量、程序、文书。"),
                ("审核结论：", f"{'审核通过' if passed else '退回'}。{m.values['opinion']}"),
            ),
        },
    )
    m.target = State.B8 if passed else State.B2
