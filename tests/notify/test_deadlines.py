"""Terms: done once and in order, also after weeks; colours; provisional ends."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notify import LegalCalendar, Profile, load_profile
from notify.deadlines import TERMS, Colours
from records import Refused
from tests.notify.people import HEAD, LEGAL, OFFICER, SQUAD
from tests.notify.world import make_world


def test_weeks_of_standing_still_are_made_up_in_order_and_marked_late(world):
    case = world.notified()
    world.clock.advance(86400 * 60)
    assert world.chain.tick() == 1
    assert world.state(case) == "B7"
    term = next(t for t in world.chain.deadlines(case) if t.code == "DSTMT")
    assert (term.state, term.late) == ("over", True)
    assert world.chain.tick() == 0


def test_a_term_that_ran_out_in_time_is_not_late(world):
    case = world.notified()
    world.pass_term(case, "DSTMT")
    assert not next(t for t in world.chain.deadlines(case) if t.code == "DSTMT").late


def test_a_term_whose_step_is_refused_stays_open_and_stops_no_other(world):
    first, second = world.notified(), world.notified(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    with world.database.session() as session:
        from notify.tables import CaseRow

        session.get(CaseRow, first).notice_served_at = None  # a record nobody can explain
    world.clock.advance(86400 * 20)
    world.chain.tick()
    assert (world.state(first), world.state(second)) == ("B5", "B7")
    assert any(t.code == "DSTMT" and t.state == "open" for t in world.chain.deadlines(first))


def test_a_decision_starts_the_terms_of_payment_and_remedies_from_its_receipt(world):
    case = world.decided()
    world.day("2026-09-22")
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    days = {term.code: term.last_day for term in world.chain.deadlines(case)}
    assert days["DPAY15"] == date(2026, 10, 8)
    assert days["DREV60"] == date(2026, 11, 23)  # 21 November is a Saturday
    assert days["DLIT6M"] == date(2027, 3, 22)


def test_scenario_38_public_notice_counts_as_served_when_its_days_are_over(world):
    case = world.decided()
    world.day("2026-08-31")
    for way in ("direct", "mail"):
        world.take(OFFICER, case, "service_failed", method=way, reason="未能送达")
    world.take(OFFICER, case, "serve_decision", method="announce", proof="其他方式均无法送达")
    assert world.state(case) == "B10"
    term = next(t for t in world.chain.deadlines(case) if t.code == "DANN")
    assert term.last_day == date(2026, 10, 30)
    world.clock.set(term.due)
    world.chain.tick()
    view = world.chain.case(case)
    assert view.state == "B11" and LegalCalendar().today(view.served_at) == date(2026, 10, 30)


def test_beyond_the_holiday_table_a_window_does_not_end_until_the_table_is_loaded(tmp_path):
    world = make_world(tmp_path, start=datetime(2026, 12, 29, 2, tzinfo=UTC))
    world.law(matter_list__required=False)
    case = world.notified()
    term = next(t for t in world.chain.deadlines(case) if t.code == "DSTMT")
    assert term.provisional
    world.clock.advance(86400 * 14)
    world.chain.tick()
    assert world.state(case) == "B5"
    with pytest.raises(Refused, match="E_STATE"):
        world.take(HEAD, case, "approve")
    year = {
        date(2027, 1, 1) + timedelta(days=n): (date(2027, 1, 1) + timedelta(days=n)).weekday() < 5 and n > 2
        for n in range(60)
    }
    world.chain.engine.tools.calendar.loaded.update(year)
    world.chain.tick()
    assert world.state(case) == "B7"


def test_the_three_colours_follow_what_is_left_of_a_term():
    colours = Colours.of(load_profile("demo"))
    start = datetime(2026, 6, 1, tzinfo=UTC)
    end = start + timedelta(hours=100)
    shown = [colours.colour(start, end, start + timedelta(hours=h)) for h in (0, 59, 60, 85, 86, 101)]
    assert shown == ["green", "green", "yellow", "yellow", "red", "red"]


def test_every_term_has_its_length_in_the_law():
    demo: Profile = load_profile("demo")
    assert all(demo.number(term.key.format(kind="STALL")) > 0 for term in TERMS.values())


def test_suspension_and_termination_are_ways_out_of_a_case(world):
    case = world.notified()
    world.take(HEAD, case, "suspend", cause="appraisal", reason="等待鉴定")
    assert world.take(HEAD, case, "resume").state == "B5"
    assert world.take(HEAD, case, "terminate", ground="died", reason="户籍注销").state == "TERMINATED"


def test_scenario_48_a_suspected_crime_freezes_the_case(world):
    case = world.filed()
    world.take(OFFICER, case, "suspect_crime", reason="数额较大")
    with pytest.raises(Refused, match="E_LEGAL_REVIEW"):
        world.take(HEAD, case, "transfer", why="crime", organ="示范区公安局", reason="涉嫌犯罪")
    world.take(LEGAL, case, "legal_opinion", purpose="transfer", conclusion="pass", opinion="应当移送")
    outcome = world.take(HEAD, case, "transfer", why="crime", organ="示范区公安局", reason="涉嫌犯罪")
    assert outcome.state == "B10X"
    with pytest.raises(Refused, match="E_STATE"):
        world.take(OFFICER, case, "investigate", record="x")


def test_no_penalty_is_decided_served_and_closed(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    world.report(case)
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "no_penalty", ground="first", education="首次违法，及时改正")
    with pytest.raises(Refused, match="E_NOT_SERVED"):
        world.take(SQUAD, case, "close", correction="已改正")
    world.take(OFFICER, case, "serve_no_penalty", method="direct", proof="签收")
    assert world.take(SQUAD, case, "close", correction="已改正").state == "B16"
