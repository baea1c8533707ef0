"""Conditions of the hearing: its window, its summons, its chair and its record (APL 63, 64)."""

from datetime import date

from notify.actors import Role
from notify.deadlines import passed
from notify.guards import guard
from notify.moment import Moment
from notify.people import handled, took_part
from notify.service import newest_service


@guard(
    "E_HEARING_WINDOW", "听证申请期未满且未书面放弃听证", "the hearing window is open and was not waived", "APL 63, 64"
)
def hearing_window_over(m: Moment) -> str | None:
    settled = m.record("hold_hearing", "withdraw_hearing", "hearing_absent", "waive_hearing")
    told = m.record("notice")
    if not m.open_case.hearing_notified or (settled is not None and (told is None or settled.seq > told.seq)):
        return None
    row = m.term("DHEAR")
    return None if passed(row, m.now) else str(row.last_day if row else "")


@guard("E_HEARING_SKIPPED", "当事人申请了听证，尚未举行", "a hearing was asked for and not held", "APL 63, 64")
def hearing_settled(m: Moment) -> str | None:
    asked = m.record("request_hearing")
    done = m.record("hold_hearing", "withdraw_hearing", "hearing_absent")
    return str(asked.at.date()) if asked is not None and (done is None or done.seq < asked.seq) else None


@guard("E_NO_HEARING_RIGHT", "本案未告知听证权利", "no right to a hearing was notified", "APL 63", moot=True)
def hearing_was_notified(m: Moment) -> str | None:
    return None if m.open_case.hearing_notified else ""


@guard("E_HEARING_WINDOW", "听证申请期已满", "the time to ask for a hearing is over", "APL 64(1)")
def hearing_window_open(m: Moment) -> str | None:
    row = m.term("DHEAR")
    if row is None:
        return ""
    return str(row.last_day) if passed(row, m.now) else None


@guard(
    "E_HEARING_SKIPPED",
    "听证通知须在听证七个工作日前送达",
    "the summons comes too late",
    "APL 64(2)",
    needs_values=True,
)
def summons_in_time(m: Moment) -> str | None:
    latest = m.calendar.back_working(m.values["held_on"], int(m.law("periods.hearing_notice_wd")))
    return f"{m.today} > {latest}" if m.today > latest else None


@guard("E_HEARING_SKIPPED", "听证主持人不得是本案调查人员", "the chair investigated the case", "APL 64(4)")
def chair_is_apart(m: Moment) -> str | None:
    person = str(m.values.get("chair") or m.actor.id)
    return person if handled(m, person) or took_part(m, person, but=(Role.CHAIR,)) else None


@guard("E_HEARING_SKIPPED", "主持人不是通知书载明的主持人", "not the chair whom the summons names", "APL 64(4)")
def summoned_chair(m: Moment) -> str | None:
    summons = m.record("summon_hearing")
    if summons is None:
        return ""
    return None if summons.body.get("chair") == m.actor.id else str(summons.body.get("chair"))


@guard(
    "E_HEARING_SKIPPED", "听证笔录须签字或者注明拒签", "the record needs signatures or the refusal", "APL 64(8)", True
)
def record_signed(m: Moment) -> str | None:
    return None if m.values.get("signed") else ""


@guard("E_HEARING_SKIPPED", "听证通知书未在七个工作日前送达", "the summons was not served in time", "APL 64(2)")
def summons_served(m: Moment) -> str | None:
    summons, served = m.record("summon_hearing"), newest_service(m, "summons")
    if summons is None or served is None or served.served_at is None:
        return ""
    held_on, day = date.fromisoformat(summons.body["held_on"]), m.calendar.today(served.served_at)
    latest = m.calendar.back_working(held_on, int(m.law("periods.hearing_notice_wd")))
    return f"{day} > {latest}" if day > latest else None


@guard("E_HEARING_SKIPPED", "听证日期未到", "the day of the hearing has not come", "APL 64")
def hearing_day_come(m: Moment) -> str | None:
    summons = m.record("summon_hearing")
    if summons is None:
        return ""
    return None if m.today.isoformat() >= summons.body["held_on"] else str(summons.body["held_on"])
