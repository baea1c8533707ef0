"""What can be done about a complaint (诉件): one table that is the API's actions, the desk's buttons and the counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.deadlines import DONE, GONE
from notify.offers import StepOffer
from notify.refusals import BadField, Barred
from notify.states import Choice, Field, FieldType
from notify.sums import led_to
from notify.tables import CaseRow, LeadRow
from notify.tables_desk import ComplaintRow

OPEN, MOVED, CLOSED = "open", "moved", "closed"
_YES_NO = (Choice("true", "是", "Yes"), Choice("false", "否", "No"))
Values = Mapping[str, Any]


def _asked(name: str, zh: str, en: str) -> Field:
    return Field(name, zh, en, FieldType.CHOICE, choices=_YES_NO)


def contact(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """Whoever complained was spoken to before anybody went there (先行联系)."""
    fresh, row.contacted_at = row.contacted_at is None, row.contacted_at or now
    return ["complaints_contacted"] if fresh else []


def check(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """What the check found: is it so, and is it ours."""
    if row.checked_at is not None:
        raise Barred("E_STATE", f"诉件{row.number}已核查", f"complaint {row.number} was checked already")
    row.substantiated = yes(values, "substantiated", "是否属实", "Is it so")
    row.within_power = yes(values, "within_power", "是否属于本机关职权", "Is it within our powers")
    row.checked_at = now
    found = ["complaints_checked"]
    found += [] if row.substantiated else ["complaints_unfounded"]
    found += ["complaints_eligible"] if row.substantiated and row.within_power else []
    return found + (["complaints_filed"] if row.case_id and found[-1] == "complaints_eligible" else [])


def link(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """Tie it to the lead or case that it is about, named by its number or id."""
    owner = said(values, "owner_id", "线索或者案件编号", "Number of the lead or case")
    case = session.scalars(select(CaseRow).where((CaseRow.id == owner) | (CaseRow.number == owner))).first()
    query = select(LeadRow).where((LeadRow.id == owner) | (LeadRow.number == owner))
    lead = session.get(LeadRow, case.lead_id) if case else session.scalars(query).first()
    if lead is None:
        raise BadField(f"没有编号为{owner}的线索或者案件", f"no lead or case {owner}", "owner_id", "E_NOT_FOUND")
    case = case or session.scalars(select(CaseRow).where(CaseRow.lead_id == lead.id)).first()
    row.lead_id = lead.id
    return led_to(row, case) if case is not None else []


def move(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """Another organ is competent: passed on, and ours no more."""
    row.moved_to, row.state = said(values, "to", "转往单位", "Organ that it goes to")[:120], MOVED
    return ["complaints_moved"]


def complete(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """What it is about has been dealt with."""
    fresh, row.completed_at = row.completed_at is None, row.completed_at or now
    _close(row)
    return ["complaints_completed"] if fresh else []


def reply(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """The answer to whoever complained."""
    row.reply, fresh = said(values, "text", "答复内容", "Answer"), row.replied_at is None
    row.replied_at = row.replied_at or now
    _close(row)
    return ["complaints_replied"] if fresh else []


def urge(session: Session, row: ComplaintRow, now: datetime, values: Values) -> list[str]:
    """Urge the squad to open a case (督促启动执法程序): true, ours, and nothing was filed."""
    if not (row.substantiated and row.within_power) or row.case_id:
        raise Barred("E_STATE", "须属实、属本机关职权且未立案", "only what is true, ours and not filed is urged")
    row.urged_at = now
    return []


def _close(row: ComplaintRow) -> None:
    if row.completed_at is not None and row.replied_at is not None:
        row.state = CLOSED


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do about a complaint. `offered`: whether the desk shows it; `ends`: the terms it ends, and how."""

    code: str
    zh: str
    en: str
    do: Callable[[Session, ComplaintRow, datetime, Values], list[str]]
    offered: Callable[[ComplaintRow], bool]
    fields: tuple[Field, ...] = ()
    ends: tuple[tuple[tuple[str, ...], str], ...] = ()
    after_end: bool = False


_TABLE = (
    Action(
        "contact", "已先行联系", "Contacted first", contact, lambda row: row.contacted_at is None and not row.checked_at
    ),
    Action(
        "check",
        "核查诉件",
        "Check the complaint",
        check,
        lambda row: row.checked_at is None,
        (
            _asked("substantiated", "是否属实", "Is it so"),
            _asked("within_power", "是否属于本机关职权", "Is it within our powers"),
        ),
        ((("DMOVE3",), GONE),),
    ),
    Action(
        "link",
        "关联线索或者案件",
        "Tie to a lead or case",
        link,
        lambda row: row.case_id is None,
        (Field("owner_id", "线索或者案件编号", "Number of the lead or case"),),
        after_end=True,
    ),
    Action(
        "move",
        "转办其他单位",
        "Pass on to another organ",
        move,
        lambda row: not row.within_power,
        (Field("to", "转往单位", "Organ that it goes to"),),
        ((("DMOVE3",), DONE), (("DREPORT5",), GONE)),
    ),
    Action(
        "complete",
        "处置完成",
        "Dealt with",
        complete,
        lambda row: row.checked_at is not None and row.completed_at is None,
    ),
    Action(
        "reply",
        "答复投诉人",
        "Answer whoever complained",
        reply,
        lambda row: row.checked_at is not None and row.replied_at is None,
        (Field("text", "答复内容", "Answer", FieldType.LONG),),
        ((("DREPORT5",), DONE), (("DMOVE3",), GONE)),
    ),
    Action(
        "urge",
        "督促启动执法程序",
        "Urge to open a case",
        urge,
        lambda row: bool(row.substantiated and row.within_power and not row.case_id and not row.urged_at),
        after_end=True,
    ),
)
ACTIONS: Mapping[str, Action] = {one.code: one for one in _TABLE}
_SURVEY = StepOffer(
    "survey",
    "记录满意度回访",
    "Note the survey",
    (
        _asked("result_satisfied", "对处置结果是否满意", "Satisfied with the result"),
        _asked("attitude_satisfied", "对处置人员态度是否满意", "Satisfied with the staff"),
    ),
    (),
    False,
    "",
)


def offered(row: ComplaintRow, surveyed: bool) -> list[StepOffer]:
    """What the desk shows for a complaint as it stands; the first of them is the usual next one while it is open."""
    found = [
        one for one in _TABLE if (row.state == OPEN or (row.state == CLOSED and one.after_end)) and one.offered(row)
    ]
    usual = next((one.code for one in found if one.code != "link"), "") if row.state == OPEN else ""
    if row.substantiated is not None and not row.within_power and row.state == OPEN:
        usual = "move"
    steps = [StepOffer(one.code, one.zh, one.en, one.fields, (), one.code == usual, "") for one in found]
    return steps + ([_SURVEY] if row.replied_at is not None and not surveyed else [])


def said(values: Values, name: str, zh: str, en: str) -> str:
    """A text that must be there. Raises BadField."""
    text = str(values.get(name) or "").strip()
    if not text:
        raise BadField(f"请填写{zh}", f"{en} is missing", name)
    return text


def yes(values: Values, name: str, zh: str, en: str) -> bool:
    """A yes or no that must be given. Raises BadField."""
    given = {"true": True, "false": False}.get(str(values.get(name)).lower())
    if given is None:
        raise BadField(f"请填写{zh}", f"{en} is missing", f"{name}: true or false")
    return given
