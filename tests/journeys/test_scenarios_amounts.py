"""Acceptance scenarios 30-36, 46a and 46b through the HTTP API: amounts, one act, lighter law, on the spot, papers."""

from datetime import date, timedelta

import pytest

from notify.law import LawValue
from notify.tables import CaseRow, LeadRow
from records import iso
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import paper_text, refuses, running, shows
from tests.journeys.test_scenarios_procedure import investigated
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, SQUAD
from tests.notify.refusing import change_organ_seal, day
from tests.notify.world import World


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


def test_scenario_30_an_amount_outside_the_range_or_at_its_top_without_reasons_is_refused(world):
    case = investigated(world, world.filed())
    for amount, grade in (("99.99", "minor"), ("1000.01", "serious"), ("500", "minor")):
        with refuses(world, "E_RANGE"):
            world.take(SQUAD, case, "propose", grade=grade, amount=amount, reasons="x")
    with refuses(world, "E_RANGE"):
        world.take(SQUAD, case, "propose", grade="serious", amount="1000", reasons="x")
    world.take(SQUAD, case, "propose", grade="serious", amount="1000", reasons="x", aggravation="阻断通行")
    shows(world, case, "B3", "propose")
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    with refuses(world, "E_RANGE"):
        world.take(HEAD, case, "decide", amount="1000")
    world.take(HEAD, case, "decide", amount="1000", head_reason="多次劝阻无效")
    shows(world, case, "B10", "decide", papers=("DECISION",))


def test_scenario_30_below_the_minimum_only_on_a_ground_of_the_law_and_after_legal_review(world):
    case = investigated(world, world.filed())
    less = {"grade": "minor", "amount": "20", "reasons": "x"}
    with refuses(world, "E_RANGE"):
        world.take(SQUAD, case, "propose", **less)
    world.take(SQUAD, case, "propose", **less, mitigation="self_removed")
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DSTMT")
    with refuses(world, "E_LEGAL_REVIEW"):
        world.take(HEAD, case, "approve")
    assert "减轻" in paper_text(world, case, "PRIOR_NOTICE")


def twin_of(world: World, case: str, hours: float) -> str:
    """A fresh capture of the same subject, matter and place, so many hours later, in A6 and still there."""
    with world.database.session() as session:
        first = session.get(CaseRow, case)
        lead = session.get(LeadRow, first.lead_id)
        copy = {column.key: getattr(lead, column.key) for column in LeadRow.__table__.columns}
        later = timedelta(hours=hours)
        copy |= {"id": f"twin-{hours}", "number": f"XS-twin-{hours}", "state": "A6", "case_id": None}
        copy |= {"opened": lead.opened + later, "raised": lead.raised + later, "last_seen": lead.last_seen + later}
        copy["recheck"] = {**lead.recheck, "package_id": None}
        copy["recheck_due"] = lead.recheck_due
        session.add(LeadRow(**copy))
    return str(copy["id"])


@pytest.mark.parametrize("hours", [0, 20])
def test_scenario_31_one_act_is_fined_once_however_often_it_was_captured(world, hours):
    case = world.decided()
    twin = twin_of(world, case, hours)
    world.seal(twin, "after_notice")
    offered = next(one for one in world.chain.steps(OFFICER, twin) if one.code == "file_propose")
    assert "E_DOUBLE_FINE" in [one.code for one in offered.refusals]


def test_scenario_31_after_a_served_decision_a_fresh_capture_is_a_new_act(world):
    case = world.served()
    world.clock.advance(86400)
    lead = world.rechecked("still")
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    again = world.take(SQUAD, lead, "file_approve").case_id
    shows(world, again, "B0", "file_approve", papers=("FILING",))
    assert again != case


def test_scenario_32_a_lighter_law_that_came_since_is_chosen_recorded_and_cited(world):
    case = investigated(world, world.filed())
    profile, changed = world.chain.profile, date(2026, 6, 20)
    values = dict(profile.values)
    for key, old, new in (
        ("matters.OUT_OF_STORE.fine.min_yuan", 100, 50),
        ("matters.OUT_OF_STORE.fine.max_yuan", 1000, 200),
        ("matters.OUT_OF_STORE.penalty", "旧条", "新条"),
    ):
        before = LawValue(key, old, "test", "test", "test", until=changed - timedelta(days=1))
        values[key] = (before, LawValue(key, new, "test", "test", "test", since=changed))
    lighter = profile.overlaid("test", {})
    world.chain.engine.profile = type(lighter)(
        lighter.name, lighter.title_zh, lighter.title_en, lighter.lineage, lighter.deployable, values
    )
    world.day("2026-06-22")
    with refuses(world, "E_RANGE"):
        world.take(SQUAD, case, "propose", grade="minor", amount="300", reasons="x")
    world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x")
    with world.database.read() as session:
        proposal = session.get(CaseRow, case).proposal
    assert (proposal["law"], proposal["low_fen"], proposal["high_fen"]) == ("new", 5000, 20000)
    world.take(OFFICER, case, "notice")
    told = paper_text(world, case, "PRIOR_NOTICE")
    assert "新条" in told and "旧条" not in told and "处罚较轻" in told
    shows(world, case, "B4", "notice", papers=("PRIOR_NOTICE",))


def test_scenario_33_without_a_benchmark_published_by_then_only_the_minimum_stands(world):
    case = investigated(world, world.filed())
    world.law(benchmark__published_at=day("2026-12-01"))
    with refuses(world, "E_NO_BENCHMARK_PUBLISHED"):
        world.take(SQUAD, case, "propose", grade="minor", amount="200", reasons="x")
    world.law(matters__OUT_OF_STORE__fine__min_yuan=None)
    with refuses(world, "E_PROFILE_INCOMPLETE"):
        world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x")
    world.law(matters__OUT_OF_STORE__fine__min_yuan=100)
    world.take(SQUAD, case, "propose", grade="minor", amount="100", reasons="x")
    shows(world, case, "B3", "propose")


def on_spot(world: World, subject: str = "s-shop", **more) -> tuple[str, dict]:
    """A lead of which two officers have just collected the evidence themselves, and what they fill in."""
    lead = world.rechecked("still", subject=subject)
    lead, values = on_spot_of(world, lead, world.seal(lead, "on_site"))
    return lead, {**values, **more}


def test_scenario_34_nothing_is_decided_on_the_spot_from_afar_or_above_its_limits(world):
    lead = world.rechecked("still")
    asked = {"second_officer": "officer2", "grade": "minor", "amount": "100", "told": True, "handed_over": True}
    own = world.seal(lead, "on_site")
    with refuses(world, "E_SIMPLE_REMOTE"):  # a package alone is no visit on record
        world.take(OFFICER, lead, "decide_on_spot", **asked, package_id=own)
    lead, values = on_spot_of(world, lead, own)
    with refuses(world, "E_SIMPLE_REMOTE"):
        world.take(OFFICER, lead, "decide_on_spot", **{**values, "amount": "200.01", "grade": "minor"})
    with refuses(world, "E_SIMPLE_REMOTE"):
        world.take(OFFICER, lead, "decide_on_spot", **{**values, "handed_over": False})
    world.clock.advance(86400)
    with refuses(world, "E_SIMPLE_REMOTE"):  # yesterday's visit is not on the spot
        world.take(OFFICER, lead, "decide_on_spot", **values)


def on_spot_of(world: World, lead: str, package: str) -> tuple[str, dict]:
    world.take(OFFICER, lead, "recheck_on_site", second_officer="officer2", result="still", package_id=package)
    world.take(CLERK, lead, "review_more", **GOOD)
    values = {"second_officer": "officer2", "package_id": package, "grade": "minor", "amount": "100"}
    return lead, {**values, "told": True, "handed_over": True}


def test_scenario_34_an_organisation_has_the_higher_limit_on_the_spot(world):
    world.law(matters__OUT_OF_STORE__fine__max_yuan=5000)
    lead, values = on_spot(world, subject="s-firm")
    with refuses(world, "E_SIMPLE_REMOTE"):
        world.take(OFFICER, lead, "decide_on_spot", **{**values, "amount": "3000.01"})
    world.take(OFFICER, lead, "decide_on_spot", **{**values, "amount": "300"})
    assert world.state(lead) == "FILED"


def test_scenario_35_on_the_spot_review_comes_before_suit_and_else_both_are_open(world):
    lead, values = on_spot(world)
    case = world.take(OFFICER, lead, "decide_on_spot", **values, statement="知道了").case_id
    assert world.state(case) == "B11" and running(world, case) >= {"DPAY15", "DREV60"}
    remedies = paper_text(world, case, "ON_SPOT")
    assert "先向" in remedies and "应当先申请行政复议" in remedies
    ordinary = world.decided(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    both = paper_text(world, ordinary, "DECISION")
    assert "应当先申请行政复议" not in both and "'reconsideration_days': 60" in both and "'suit_months': 6" in both


def test_scenario_36_a_decision_without_one_of_its_six_items_seal_or_collector_is_not_issued(world):
    case = world.ready()
    change_organ_seal(world, None)
    with refuses(world, "E_DECISION_FIELDS"):
        world.take(HEAD, case, "decide", amount="100")
    change_organ_seal(world, "章")
    for key in ("collector__name", "remedies__court_name", "remedies__reconsideration_organ_name"):
        kept = world.chain.profile.get(key.replace("__", "."))
        world.law(**{key: None})
        with refuses(world, "E_PROFILE_INCOMPLETE"):
            world.take(HEAD, case, "decide", amount="100")
        world.law(**{key: kept})
    world.law(matters__OUT_OF_STORE__penalty=None)
    with refuses(world, "E_DECISION_FIELDS"):
        world.take(HEAD, case, "decide", amount="100")
    assert world.chain.case(case).decision_number is None
    world.law(matters__OUT_OF_STORE__penalty="《示范区街面秩序演示规定》第十二条")
    assert world.take(HEAD, case, "decide", amount="100").documents[0][1].endswith("000001号")
    shows(world, case, "B10", "decide", papers=("DECISION",))


def test_scenario_46a_a_null_threshold_stops_notice_and_decision(world):
    case = world.proposed()
    world.law(hearing_threshold__person_yuan=None)
    with refuses(world, "E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "notice")
    assert world.state(case) == "B3"


@pytest.mark.parametrize("profile", ["pudong", "huzhou"])
def test_scenario_46a_the_real_profiles_refuse_a_fine_whose_law_they_do_not_know(tmp_path, profile):
    world = http_world(tmp_path, profile)
    lead = world.alert()
    world.seal(lead)
    own = world.seal(lead, "on_site")
    world.take(OPER, lead, "confirm")
    spot = {"second_officer": "officer2", "package_id": own, "record": "到场"}
    world.take(OFFICER, lead, "on_site", **spot)
    world.take(CLERK, lead, "review_more", **GOOD)
    world.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    if profile == "pudong":  # the clause was not seen: no order can name it, and nothing can be filed under it
        with refuses(world, "E_DOCUMENT_FIELDS"):
            world.take(OFFICER, lead, "warn", method="direct", proof="签收")
        with refuses(world, "E_PROFILE_INCOMPLETE"):
            world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    else:  # the order can be given; whether a hearing must be offered is not known
        world.take(OFFICER, lead, "warn", method="direct", proof="签收")
        world.clock.set(world.chain.lead(lead).recheck_due)
        world.chain.tick()
        again = {"second_officer": "officer2", "result": "still", "package_id": world.seal(lead, "on_site")}
        world.take(OFFICER, lead, "recheck_on_site", **again)
        world.take(CLERK, lead, "review_more", **GOOD)
        world.take(OFFICER, lead, "file_propose", second_officer="officer2")
        case = investigated(world, world.take(SQUAD, lead, "file_approve").case_id)
        with refuses(world, "E_PROFILE_INCOMPLETE"):  # the local list of what is not penalised
            world.take(SQUAD, case, "propose", grade="minimum", amount="100", reasons="x")
    world.database.close()


def test_scenario_46b_six_captures_in_one_afternoon_are_one_act_and_one_case(world):
    first = world.rechecked("still")
    for _ in range(5):
        world.clock.advance(40 * 60)
        later = world.alert(opened=iso(world.clock.now() - timedelta(minutes=5)))
        world.seal(later)
        if world.state(later) == "A1":
            world.take(OPER, later, "confirm")
            world.take(CLERK, later, "review", **GOOD)
            world.take(CLERK, later, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
        assert world.state(later) == "MERGED"
    world.take(OFFICER, first, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, first, "file_approve").case_id
    shows(world, case, "B0", "file_approve", papers=("FILING",))
    assert world.chain.get(CLERK, "/api/cases")["total"] == 1
