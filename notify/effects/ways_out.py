"""What the ways beside the main one do: other officers, another organ, the police, standstill, an early end."""

from datetime import timedelta

from notify.deadlines import GONE, end_terms
from notify.documents.source import issue, paragraphs, whole_fact_text
from notify.moment import Moment
from notify.people import person_name
from notify.states import State

_PENDING = ("D90", "DSTMT", "DHEAR", "DREG7", "DJUR7")
CAUSES = {
    "appraisal": "需要检验、检测、鉴定",
    "other_case": "须以其他案件的处理结果为依据",
    "force_majeure": "不可抗力",
    "absent": "当事人下落不明，暂时无法调查",
    "other": "其他依法应当中止的情形",
}
ENDINGS = {
    "died": "当事人死亡",
    "extinct": "当事人终止且无权利义务承受人",
    "limitation": "违法行为超过追责时效",
    "d90": "办案期限届满",
    "unprovable": "现有证据不能证明违法事实",
    "other": "其他应当终止的情形",
}


def assign(m: Moment) -> None:
    """Two other officers take over; who they replace stays on record."""
    fresh = [str(m.values["first_officer"]), str(m.values["second_officer"])]
    m.body["replaced"] = [person for person in m.open_case.officers if person not in fresh]
    m.open_case.officers = fresh


def panel(m: Moment) -> None:
    """The minutes of the heads' discussion (APL 57)."""
    agreed = m.values["result"] == "agreed"
    issue(
        m,
        "PANEL_RECORD",
        {
            "addressee": "本机关负责人",
            "panel": {name: str(m.values[name]) for name in ("attendees", "opinions", "result")},
            "paragraphs": paragraphs(
                ("参加人：", str(m.values["attendees"])),
                ("讨论意见：", str(m.values["opinions"])),
                ("讨论结果：", "同意处理意见" if agreed else "不同意处理意见"),
            ),
        },
    )


def legal_opinion(m: Moment) -> None:
    """The reviewer's opinion on a transfer to the police or an application to the court."""
    row, passed = m.registers.officer(m.actor.id), m.values["conclusion"] == "pass"
    about = {"transfer": "移送涉嫌犯罪案件", "court": "申请人民法院强制执行"}[str(m.values["purpose"])]
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
                ("审核事项：", f"{about}。"),
                ("审核结论：", f"{'审核通过' if passed else '退回'}。{m.values['opinion']}"),
            ),
        },
    )


def suspect_crime(m: Moment) -> None:
    """The officers report; the head has three days to say whether it goes to the police (XFER 5)."""
    m.start("DXFER3")


def clear_suspicion(m: Moment) -> None:
    end_terms(m.session, m.open_case.id, ("DXFER3",), m.now)


def transfer(m: Moment) -> None:
    """Another organ or the police take the case; the time to decide rests until it may come back."""
    organ, crime = str(m.values["organ"]), m.values["why"] == "crime"
    evidence = "；".join(f"{p.package_id}（封签{p.seal_sha256[:16]}）" for p in m.packages())
    annexes = (
        "涉嫌犯罪案件情况的调查报告、涉案物品清单（无扣押物品）、证据清单及证据包" if crime else "证据清单及证据包"
    )
    basis = m.law("articles.crime" if crime else "articles.handoff")
    issue(
        m,
        "CRIME_TRANSFER" if crime else "HANDOFF",
        {
            "addressee": organ,
            "transfer": {"organ": organ, "facts": whole_fact_text(m), "evidence": evidence},
            "paragraphs": paragraphs(
                f"{whole_fact_text(m)}。依据{basis}，现将本案移送你机关。",
                ("理由：", str(m.values["reason"])),
                ("证据：", evidence),
                ("附件：", f"{annexes}。"),
                "收到后请在回执上签收；处理结果请函告本机关。",
            ),
        },
    )
    left = m.term("D90")
    if left is not None:
        m.body["d90_left_days"] = (left.last_day - m.today).days
    m.open_case.before = m.open_case.state if m.open_case.state != State.SUSPENDED.value else m.open_case.before
    end_terms(m.session, m.open_case.id, ("DXFER3",), m.now)
    end_terms(m.session, m.open_case.id, _PENDING, m.now, GONE)
    if crime:
        m.start("DXFER24H")


def transfer_sent(m: Moment) -> None:
    end_terms(m.session, m.open_case.id, ("DXFER24H",), m.now)


def returned(m: Moment) -> None:
    """The case comes back: what was left of the time to decide runs on from today."""
    moved = m.record("transfer")
    left = int(moved.body.get("d90_left_days", 0)) if moved else 0
    row = m.start("D90")
    row.last_day = m.today + timedelta(days=max(left, 0))
    row.ends_at = m.calendar.midnight_after(row.last_day)
    m.open_case.notified_fen, m.open_case.notice_served_at, m.open_case.hearing_notified = None, None, False


def hand_over(m: Moment) -> None:
    """Competence has passed: organ, seal, reviewer and remedy organ change with it, terms run on (S003)."""
    case, organ = m.open_case, str(m.values["organ"])
    issue(
        m,
        "HANDOFF",
        {
            "addressee": m.registers.organ(organ).name,
            "transfer": {
                "organ": m.registers.organ(organ).name,
                "facts": whole_fact_text(m),
                "evidence": "；".join(package.package_id for package in m.packages()) or "卷内证据",
            },
            "paragraphs": paragraphs(
                f"案件{case.number}自{m.values['from_day'].isoformat()}起由你机关办理。依据：{m.values['basis']}。",
                (
                    "承办人：",
                    "、".join(person_name(m, p) for p in (m.values["first_officer"], m.values["second_officer"])),
                ),
                "本案已经进行的程序和正在计算的期限继续有效。",
            ),
        },
    )
    m.body |= {"from_organ": case.organ, "to_organ": organ, "replaced": list(case.officers)}
    case.organ, case.officers = organ, [str(m.values["first_officer"]), str(m.values["second_officer"])]


def suspend(m: Moment) -> None:
    m.open_case.before = m.open_case.state
    issue(
        m,
        "SUSPENSION",
        {
            "addressee": m.subject.name if m.subject else "",
            "reason": str(m.values["reason"]),
            "paragraphs": paragraphs(
                "本机关决定中止对本案的调查。",
                ("原因：", CAUSES[str(m.values["cause"])]),
                ("说明：", str(m.values["reason"])),
                "中止的原因消除后恢复调查。",
            ),
        },
    )


def resume(m: Moment) -> None:
    m.target = State(m.open_case.before or State.B1.value)


def terminate(m: Moment) -> None:
    issue(
        m,
        "TERMINATION",
        {
            "addressee": m.subject.name if m.subject else "",
            "reason": str(m.values["reason"]),
            "paragraphs": paragraphs(("原因：", ENDINGS[str(m.values["ground"])]), ("理由：", str(m.values["reason"]))),
        },
    )
    end_terms(m.session, m.open_case.id, (*_PENDING, "DXFER3"), m.now, GONE)


def set_aside(m: Moment) -> None:
    """A package that nothing shall rest on; it stays sealed and on file."""
    for package in m.packages():
        if package.package_id == m.values["package_id"]:
            package.used = False
