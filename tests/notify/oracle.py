"""What must hold of every lead and case whatever way they came: read from the record alone, by rules written here.

Nothing of the chain's guards is used: days are counted and persons compared again.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import chinese_calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from notify.tables import CaseRow, DocumentRow, LeadRow, NumberRow, PackageRow, StepRecord
from records import parse_iso, verify_chain

ZONE = ZoneInfo("Asia/Shanghai")
HEARING_FEN = 500_000  # the demo profile's threshold for a person or sole trader
PANEL_FEN = 1_000_000


def lawful(session: Session) -> None:
    """Every rule for every lead and case of a database."""
    assert verify_chain(session, "audit").ok
    numbers_have_no_gap(session)
    steps: dict[str, list[StepRecord]] = defaultdict(list)
    for row in session.scalars(select(StepRecord).order_by(StepRecord.seq)):
        steps[row.owner_id].append(row)
    for owner, taken in steps.items():
        moves = [row for row in taken if row.source]
        assert all(before.target == after.source for before, after in pairwise(moves)), f"{owner}: a state was skipped"
        assert all(row.actor_id.startswith("party:") for row in taken if row.role in ("PARTY", "AGENT")), owner
        assert all(row.actor_id in ("SYS", "PAYAGENT") for row in taken if row.role in ("SYS", "PAYAGENT")), owner
    for case in session.scalars(select(CaseRow)):
        lead = session.get_one(LeadRow, case.lead_id)
        packages = list(session.scalars(select(PackageRow).where(PackageRow.lead_id == lead.id)))
        whole = sorted([*steps[lead.id], *steps[case.id]], key=lambda row: row.seq)
        Record(case, lead, packages, whole).check()


def numbers_have_no_gap(session: Session) -> None:
    """Each series of each year runs from 1 without gap or double."""
    given: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    papers = select(DocumentRow.organ, DocumentRow.series, DocumentRow.year, DocumentRow.seq)
    for organ, kind, year, seq in session.execute(papers):
        given[organ, kind, year].append(seq)
    last = {(row.organ, row.series, row.year): row.last for row in session.scalars(select(NumberRow))}
    for series, numbers in given.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), series
        assert last[series] == len(numbers), series


def after_working_days(at: datetime, count: int) -> datetime:
    """Local midnight after `count` working days that follow the day of `at`."""
    day = at.astimezone(ZONE).date()
    while count:
        day += timedelta(days=1)
        count -= bool(chinese_calendar.is_workday(day))
    return datetime.combine(day + timedelta(days=1), time(), ZONE)


class Record:
    """One case with the lead it grew from, and every step of both."""

    def __init__(self, case: CaseRow, lead: LeadRow, packages: list[PackageRow], steps: list[StepRecord]) -> None:
        self.case, self.lead, self.packages, self.steps = case, lead, packages, steps

    def check(self) -> None:
        """The rules of filing, decision, service and enforcement, as far as the case has come."""
        spot = self.last("decide_on_spot")
        if spot is None:
            self.filed_by_two_and_approved_by_a_third()
        self.stands_on_reviewed_evidence()
        for decision in self.all("decide", "decide_fast"):
            self.decided_apart(decision)
            self.decided_after_hearing_the_party(decision)
            self.decided_within_its_bounds(decision)
        for application in self.all("court_apply"):
            self.applied_after_dunning(application)

    def all(self, *codes: str) -> list[StepRecord]:
        return [row for row in self.steps if row.step in codes]

    def last(self, *codes: str, before: StepRecord | None = None) -> StepRecord | None:
        found = [row for row in self.all(*codes) if before is None or row.seq < before.seq]
        return found[-1] if found else None

    def filed_by_two_and_approved_by_a_third(self) -> None:
        proposed, approved = self.last("file_propose"), self.last("file_approve")
        assert proposed is not None and approved is not None
        two = {proposed.actor_id, proposed.body["second_officer"]}
        assert len(two) == 2 and approved.actor_id not in two
        still = [row for row in self.all("recheck_result", "recheck_on_site") if row.seq < proposed.seq]
        assert still and still[-1].body["result"] == "still", "an order was given and not followed"
        assert parse_iso(still[-1].body.get("at") or still[-1].at.isoformat()) >= self.lead.recheck_due

    def stands_on_reviewed_evidence(self) -> None:
        used = [package for package in self.packages if package.used]
        if self.last("set_aside", "set_aside_in_case") is None:
            assert used
        for package in used:
            review = package.review or {}
            assert all(review.get(quality) for quality in ("authentic", "clear", "complete", "accurate"))

    def investigators(self, before: StepRecord) -> set[str]:
        """Who had a hand in the case before a step; who came to it later did not make that step."""
        past = [row for row in self.steps if row.seq < before.seq]
        named = {str(row.body["second_officer"]) for row in past if row.body.get("second_officer")}
        return named | {row.actor_id for row in past if row.role == "OFFICER"}

    def decided_apart(self, decision: StepRecord) -> None:
        proposed = self.last("propose", before=decision)
        apart = {row.actor_id for row in self.steps if row.role in ("CLERK", "LEGAL") and row.seq < decision.seq}
        assert proposed is not None and decision.actor_id not in {
            *self.investigators(decision),
            *apart,
            proposed.actor_id,
        }
        assert decision.role == "HEAD"

    def decided_after_hearing_the_party(self, decision: StepRecord) -> None:
        notice = self.last("notice", before=decision)
        served = [row for row in self.all("notice_served", "serve_notice") if row.target == "B5"]
        served = [row for row in served if notice is not None and notice.seq < row.seq < decision.seq]
        assert notice is not None and served, "told and served before it was decided"
        told_at = served[-1].body.get("at")  # of this notice: a decision made anew has one of its own
        at = parse_iso(str(told_at)) if told_at else served[-1].at
        waived = [row for row in self.all("waive") if served[-1].seq < row.seq < decision.seq]
        assert waived or decision.at >= after_working_days(at, 5)
        said, answered = self.last("statement", before=decision), self.last("review_statement", before=decision)
        assert said is None or (answered is not None and answered.seq > said.seq)
        asked = self.last("request_hearing", before=decision)
        over = self.last("hold_hearing", "withdraw_hearing", "hearing_absent", before=decision)
        assert asked is None or (over is not None and over.seq > asked.seq)
        amount = int(notice.body["amount_fen"])
        if amount >= HEARING_FEN:
            settled = [row for row in (over, self.last("waive_hearing", before=decision)) if row is not None]
            assert any(row.seq > notice.seq for row in settled) or decision.at >= after_working_days(at, 5)
            review = self.last("legal_review", before=decision)
            assert review is not None and review.seq > notice.seq and review.body["conclusion"] == "pass"
            assert review.actor_id not in self.investigators(review)
        if amount >= PANEL_FEN:
            panel = self.last("panel", before=decision)
            assert panel is not None and panel.body["result"] == "agreed"

    def decided_within_its_bounds(self, decision: StepRecord) -> None:
        notice, extended = self.last("notice", before=decision), self.last("extend_d90", before=decision)
        assert notice is not None and int(decision.body["amount_fen"]) <= int(notice.body["amount_fen"])
        again = self.last("returned", "remake", before=decision)
        if extended is None and again is None:
            last = local_day(self.case.filed_at) + timedelta(days=90)
            assert local_day(decision.at) <= last
        open_crime = self.last("suspect_crime", before=decision)
        answer = self.last("clear_suspicion", "returned", before=decision)
        assert open_crime is None or (answer is not None and answer.seq > open_crime.seq)

    def applied_after_dunning(self, application: StepRecord) -> None:
        dunned = self.last("dun", before=application)
        assert dunned is not None
        served = self.last("dunning_served", before=application) or dunned
        assert application.at >= after_working_days(served.at, 10) or not within_table(served.at)
        assert self.last("legal_opinion", before=application) is not None


def local_day(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def within_table(at: datetime) -> bool:
    """Whether the holiday table of the tests knows the weeks after `at`."""
    return local_day(at) < date(2026, 12, 10)


def signature(case: CaseRow | None, lead: LeadRow, running: set[str], steps: list[str]) -> tuple[Any, ...]:
    """What of a lead or case its way on depends upon; two with one signature go on alike."""
    flags = ("suspect_crime", "request_hearing", "waive", "remedy_opened", "hold_hearing", "ask_recusal", "notice")
    told = tuple(flag in steps for flag in flags)
    if case is None:
        return (lead.state, lead.received_at is not None, str((lead.recheck or {}).get("result")), told)
    return (case.state, case.before, case.hearing_notified, case.served_at is not None, frozenset(running), told)
