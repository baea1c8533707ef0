"""Acceptance scenarios 37-44 through the HTTP API: service, payment, remedies, the court, cash."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from notify.signing import sign
from notify.tables import OrderRow, ServiceRow
from records import iso
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import refuses, running, shows
from tests.notify.people import CLERK, HEAD, LEGAL, OFFICER
from tests.notify.refusing import day
from tests.notify.stand_ins import Pigeons
from tests.notify.world import World


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


def owed(world: World, case: str) -> dict:
    return world.chain.get(CLERK, f"/api/cases/{case}")["payment"]


def of_500(world: World) -> str:
    """A decision of ¥500 received on 2026-09-22: due on 8 October, after the holidays."""
    world.day("2026-09-01")
    case = world.decided(amount="500", grade="ordinary")
    world.day("2026-09-22")
    world.take(OFFICER, case, "serve_decision", method="direct", proof="本人签收")
    return case


def ends(world: World, case: str, code: str) -> None:
    """The clock stands at the end of a term, and what is due has been done."""
    world.clock.set(
        next(term.due for term in world.chain.deadlines(case) if term.code == code and term.state == "open")
    )
    world.chain.tick()


def test_scenario_37_a_decision_goes_by_message_only_with_a_signed_consent(world):
    case = world.decided()
    with refuses(world, "E_ESERVICE_CONSENT"):
        world.take(OFFICER, case, "serve_decision", method="electronic")
    world.chain.portal_take(world.token(case), "consent", {"signed_name": "张三", "address": "13900000001"})
    shows(world, case, "B10", "consent", papers=("CONSENT",))
    world.take(OFFICER, case, "serve_decision", method="electronic")
    assert world.state(case) == "B10", "sent is not served"
    world.deliver()
    world.report(case)
    shows(world, case, "B11", "decision_served", papers=("RECEIPT", "PAYMENT"))


def test_scenario_37_the_facts_may_be_told_by_message_in_pudong_and_not_outside(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.law(sms_for_prior_notice=False)
    with refuses(world, "E_SMS_NOTICE"):
        world.take(OFFICER, case, "serve_notice", method="sms")
    world.law(sms_for_prior_notice=True)
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    world.report(case)
    shows(world, case, "B5", "notice_served", papers=("RECEIPT",), terms={"DSTMT": "2026-06-10"})


@pytest.mark.parametrize(("days", "last"), [(30, "2026-09-30"), (60, "2026-10-30")])
def test_scenario_38_when_all_ways_failed_a_public_notice_serves_after_its_days(world, days, last):
    world.law(public_notice_days=days)
    case = world.decided()
    world.day("2026-08-31")
    with refuses(world, "E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_decision", method="announce", proof="查无此人")
    for method in ("direct", "mail", "left"):
        world.take(OFFICER, case, "service_failed", method=method, reason="退回，查无此人")
    world.take(OFFICER, case, "serve_decision", method="announce", proof="直接、邮寄、留置均未成功")
    shows(world, case, "B10", "serve_decision", papers=("ANNOUNCEMENT",), terms={"DANN": last})
    ends(world, case, "DANN")
    shows(world, case, "B11", "decision_served", papers=("RECEIPT",))


def test_scenario_39_a_firm_gets_three_letters_in_one_service_and_none_without_all_three(world):
    world.law(bundle_three_letters=True)
    case = world.decided()
    missing = world.chain.profile.get("credit.where")
    world.law(credit__where=None)
    with refuses(world, "E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    world.law(credit__where=missing)
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    shows(world, case, "B11", "serve_decision", papers=("RECEIPT", "PAYMENT", "CREDIT_REPAIR", "COMPLIANCE"))
    with world.database.read() as session:
        rows = session.scalars(select(ServiceRow).where(ServiceRow.owner_id == case, ServiceRow.purpose == "decision"))
        (service,) = list(rows)
    kinds = [world.chain.document(one).kind for one in service.documents]
    assert kinds == ["DECISION", "CREDIT_REPAIR", "COMPLIANCE"]


def test_scenario_40_the_surcharge_of_500_yuan_grows_by_the_day_to_its_cap_and_no_further(world):
    case = of_500(world)
    shows(world, case, "B11", "serve_decision", papers=("PAYMENT",), terms={"DPAY15": "2026-10-08"})
    ends(world, case, "DPAY15")
    assert world.state(case) == "B13"
    world.day("2026-10-18")
    assert owed(world, case)["surcharge_fen"] == 15_000
    world.day("2026-11-17")
    assert owed(world, case)["surcharge_fen"] == 50_000
    with refuses(world, "E_SURCHARGE_CAP"):
        world.take(OFFICER, case, "dun", method="direct", proof="签收", surcharge="500.01")
    world.pay(case, 100_000)
    shows(world, case, "B12", "paid")


def test_scenario_41_days_of_a_reconsideration_add_no_surcharge_and_stop_the_court(world):
    case = of_500(world)
    ends(world, case, "DPAY15")
    world.day("2026-10-10")
    before = owed(world, case)["surcharge_fen"]
    world.take(CLERK, case, "remedy_opened", kind="reconsideration", note="区政府受理")
    shows(world, case, "REVIEWED", "remedy_opened")
    world.day("2026-10-29")
    assert owed(world, case)["surcharge_fen"] <= before
    world.take(CLERK, case, "remedy_closed", result="upheld", received_on="2026-10-29", note="维持")
    shows(world, case, "B13", "remedy_closed", terms={"DLIT15": "2026-11-13", "DCOURT": "2027-02-13"})
    world.day("2026-11-03")
    days = (day("2026-11-03") - day("2026-10-29")).days
    assert owed(world, case)["surcharge_fen"] == 1500 * (1 + days), "one day before, five after"


def test_scenario_41_a_ruling_may_lower_the_fine_and_never_raise_it(world):
    case = of_500(world)
    world.take(CLERK, case, "remedy_opened", kind="reconsideration")
    for amount in ("500", "600"):
        with refuses(world, "E_AGGRAVATED"):
            world.take(CLERK, case, "remedy_closed", result="changed", amount=amount)
    world.take(CLERK, case, "remedy_closed", result="changed", amount="300", received_on="2026-09-22")
    shows(world, case, "CHANGED", "remedy_closed", terms={"DLIT15": "2026-10-08"})
    world.take(OFFICER, case, "serve_change", method="direct", proof="签收")
    assert world.state(case) == "B11" and owed(world, case)["principal_fen"] == 30_000
    world.pay(case, 30_000)
    assert world.state(case) == "B12"


def test_scenario_42_on_a_plan_of_three_instalments_no_surcharge_until_one_is_missed(world):
    case = of_500(world)
    lead = world.chain.case(case).lead_id
    with refuses(world, "E_NO_APPLICATION"):
        world.take(HEAD, case, "grant_deferral", until="2026-12-20", reason="x")
    world.chain.portal_take(world.token(lead), "apply_deferral", {"reason": "经营困难"})
    plan = "2026-10-20 200\n2026-11-20 200\n2026-12-20 100"
    world.take(HEAD, case, "grant_deferral", until="2026-12-20", plan=plan, reason="确有困难")
    shows(world, case, "B12D", "grant_deferral", papers=("DEFERRAL",), terms={"DPAY15": "2026-10-20"})
    world.day("2026-10-19")
    world.pay(case, 20_000, "t-1")
    ends(world, case, "DPAY15")
    assert world.state(case) == "B12D" and owed(world, case)["surcharge_fen"] == 0
    ends(world, case, "DPAY15")  # 20 November: the second was missed
    assert world.state(case) == "B13"
    world.day("2026-11-25")
    assert owed(world, case)["surcharge_fen"] > 0


def test_scenario_43_the_court_hears_only_of_dunned_money_and_inside_its_window(world):
    case = world.served()
    ends(world, case, "DPAY15")
    with refuses(world, "E_STATE"):
        world.take(HEAD, case, "court_apply")
    world.take(OFFICER, case, "dun", method="direct", proof="签收")
    shows(world, case, "B14", "dun", papers=("DUNNING",))
    with refuses(world, "E_SERVICE_PROOF"):  # the ten days cannot have begun before it was written
        yesterday = (world.clock.now() - timedelta(days=9)).date().isoformat()
        world.take(OFFICER, case, "dun", method="direct", proof="签收", served_on=yesterday)
    with refuses(world, "E_DUNNING"):
        world.take(HEAD, case, "court_apply")
    ends(world, case, "DDUN10")
    with refuses(world, "E_COURT_WINDOW"):
        world.take(HEAD, case, "court_apply")
    ends(world, case, "DLIT6M")
    with refuses(world, "E_LEGAL_REVIEW"):
        world.take(HEAD, case, "court_apply")
    world.take(LEGAL, case, "legal_opinion", purpose="court", conclusion="pass", opinion="材料齐全")
    world.take(HEAD, case, "court_apply")
    shows(world, case, "B15", "court_apply", papers=("COURT",))
    assert "DCOURT" not in running(world, case)


def test_scenario_43_a_lost_window_and_an_open_review_keep_the_court_shut(world):
    case = world.served()
    ends(world, case, "DPAY15")
    world.take(OFFICER, case, "dun", method="direct", proof="签收")
    ends(world, case, "DLIT6M")
    ends(world, case, "DCOURT")
    with refuses(world, "E_COURT_WINDOW"):
        world.take(HEAD, case, "court_apply")
    world.take(HEAD, case, "close_unpaid", reason="超过申请期限，已追究责任")
    shows(world, case, "B16", "close_unpaid", papers=("CLOSING",))


def test_scenario_44_an_officer_takes_no_cash_in_an_ordinary_case(world):
    case = world.served()
    with world.database.read() as session:
        order = session.scalars(select(OrderRow).where(OrderRow.case_id == case)).one().id
    data = {"txn_id": "cash", "order_id": order, "amount_fen": 10_000, "paid_at": iso(world.clock.now())}
    body = json.dumps({**data, "channel": "spot_cash"}).encode()
    with refuses(world, "E_SPOT_CASH"):
        world.chain.payment_callback(body, sign(Pigeons.secret, body, world.clock.now()))
    assert world.state(case) == "B11" and "DPAY15" in running(world, case)
