"""Acceptance scenarios 37-48 through the HTTP API: service, payment, remedies, publication, crime, hand-over."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from notify import Role, load_registers
from notify.signing import sign
from notify.tables import OrderRow, PublicationRow, ServiceRow
from records import iso
from records.chain import LogRow
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import refuses, running, shows
from tests.notify.people import CLERK, HEAD, LEGAL, OFFICER, OPER, SQUAD, person
from tests.notify.refusing import day
from tests.notify.register_book import registers
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


def test_scenario_45_a_decision_revoked_on_review_leaves_the_public_within_three_days_or_turns_red(world):
    case = world.served()
    world.take(CLERK, case, "publish", credit_class="general")
    world.day("2026-09-30")
    world.take(CLERK, case, "remedy_opened", kind="reconsideration")
    world.take(CLERK, case, "remedy_closed", result="revoked", note="事实不清", remake=True)
    shows(world, case, "REVOKED", "remedy_closed", papers=("REVOCATION",), terms={"DRETRACT3": "2026-10-10"})
    world.day("2026-10-12")
    world.chain.tick()
    terms = world.chain.get(CLERK, f"/api/cases/{case}")["deadlines"]
    assert next(one["colour"] for one in terms if one["code"] == "DRETRACT3") == "red"
    world.take(CLERK, case, "withdraw_publication", reason="决定已撤销")
    with world.database.read() as session:
        row = session.get(PublicationRow, case)
        assert row.withdrawn_at is not None and "撤销" in row.reason
    world.take(HEAD, case, "remake", reason="按复议决定重新调查")
    shows(world, case, "B1", "remake", terms={"D90": "2027-01-10"})
    assert world.chain.case(case).decision_number is None


def test_scenario_46_the_public_record_hides_a_person_and_names_a_firm_with_its_credit_class(world):
    case = world.served()
    world.take(CLERK, case, "publish", credit_class="general")
    shows(world, case, "B11", "publish")
    with world.database.read() as session:
        row = session.get(PublicationRow, case)
        body, firm_class = row.body, row.credit_class
    assert body["subject"] == "示范面馆" and firm_class == "general"
    assert not {"phone", "address", "id_number"} & set(body)
    assert "13900000001" not in str(body) and "示范路8号" not in str(body)


def test_scenario_47_nobody_deletes_an_audit_event(world):
    case = world.served()
    with world.database.read() as session:
        rows = session.scalars(select(LogRow).where(LogRow.chain == "audit")).all()
    assert len(rows) > 20 and world.audit_holds()
    for command in ("DELETE FROM log WHERE chain = 'audit'", "UPDATE log SET kind = 'x' WHERE chain = 'audit'"):
        with pytest.raises(Exception, match=r"log|append"), world.database.session() as session:
            session.execute(text(command))
    assert world.audit_holds() and world.state(case) == "B11"


def test_scenario_48_a_suspected_crime_freezes_the_case_until_the_head_has_spoken(world):
    case = world.proposed()
    world.take(OFFICER, case, "suspect_crime", reason="涉案数额较大")
    shows(world, case, "B3", "suspect_crime", terms={"DXFER3": "2026-06-06"})
    with refuses(world, "E_CRIME"):
        world.take(OFFICER, case, "notice")
    moved = {"why": "crime", "organ": "示范区公安局", "reason": "涉嫌犯罪"}
    with refuses(world, "E_LEGAL_REVIEW"):
        world.take(HEAD, case, "transfer", **moved)
    world.take(LEGAL, case, "legal_opinion", purpose="transfer", conclusion="pass", opinion="应当移送")
    world.take(HEAD, case, "transfer", **moved)
    shows(world, case, "B10X", "transfer", papers=("CRIME_TRANSFER",))
    assert running(world, case) == {"DXFER24H"}
    due = next(term.due for term in world.chain.deadlines(case) if term.code == "DXFER24H")
    assert due == world.clock.now() + timedelta(hours=24)
    with refuses(world, "E_NOT_SENT"):
        world.take(CLERK, case, "returned", ground="not_filed", paper="公(1)")
    world.take(OFFICER, case, "transfer_sent", proof="公安机关签收回执")
    shows(world, case, "B10X", "transfer_sent")
    world.clock.advance(86400 * 20)
    world.take(CLERK, case, "returned", ground="not_filed", paper="不予立案通知书1号")
    shows(world, case, "B1", "returned", terms={"D90": "2026-09-21"})
    world.take(OFFICER, case, "close_investigation", evidence_per_element="x", elements_shown=True, opinion="x")
    shows(world, case, "B2", "close_investigation")


def test_scenario_48_the_police_take_it_and_the_case_ends_there(world):
    case = world.filed()
    world.take(OFFICER, case, "suspect_crime", reason="涉案数额较大")
    world.take(HEAD, case, "clear_suspicion", reason="数额未达标准")
    assert "DXFER3" not in running(world, case)
    world.take(OFFICER, case, "suspect_crime", reason="另有同伙")
    world.take(LEGAL, case, "legal_opinion", purpose="transfer", conclusion="pass", opinion="应当移送")
    world.take(HEAD, case, "transfer", why="crime", organ="示范区公安局", reason="涉嫌犯罪")
    world.take(OFFICER, case, "transfer_sent", proof="签收")
    world.take(HEAD, case, "transfer_ended", paper="立案告知书1号")
    shows(world, case, "B16", "transfer_ended")


def test_a_case_goes_over_to_the_organ_that_is_competent_from_a_day_on_and_its_terms_run_on(world):
    case = world.proposed()
    town = {**registers()["organs"][0], "code": "town", "name": "示范镇人民政府", "abbr": "演镇", "level": "town"}
    lent = [
        {"officer": name, "organ": "town", "since": "2026-06-01", "basis": "派驻"} for name in ("officer3", "chair")
    ]
    with world.database.session() as session:
        load_registers(session, {"organs": [town], "postings": lent})
    move = {"organ": "town", "basis": "赋权决定", "from_day": "2026-06-10"}
    with refuses(world, "E_HAND_OVER"):
        world.take(HEAD, case, "hand_over", **move, first_officer="officer1", second_officer="officer2")
    world.take(HEAD, case, "hand_over", **move, first_officer="officer3", second_officer="chair")
    shows(world, case, "B3", "hand_over", papers=("HANDOFF",), terms={"D90": "2026-09-01"})
    with refuses(world, "E_NOT_CASE_OFFICER"):
        world.take(OFFICER, case, "notice")
    number = world.take(person("officer3", Role.OFFICER), case, "notice").documents[0][1]
    assert number.startswith("演镇"), "the papers bear the number and seal of the organ of that day"


def test_scenario_50_a_spot_complained_of_five_times_gets_guidance_an_urge_and_a_suggestion(world):
    case = world.filed()
    given = {"source": "12345", "text": "门口堆放货物", "place": "示范路8号", "kind": "OUT_OF_STORE"}
    spot = {**given, "lon": 121.501, "lat": 31.2}
    told = [world.chain.post(OPER, "/api/complaints", {**spot, "external_id": f"E-{n}"}) for n in range(5)]
    assert [one["hotspot"] for one in told] == [False] * 4 + [True]
    hot = world.chain.get(SQUAD, "/api/complaints", hotspots=True)
    assert [one["id"] for one in hot["items"]] == [told[-1]["id"]], "the squad sees where guidance is due"
    address = f"/api/complaints/{told[-1]['id']}"
    world.chain.post(CLERK, f"{address}/check", {"values": {"substantiated": True, "within_power": True}})
    urged = world.chain.post(CLERK, f"{address}/urge", {"values": {}})
    assert urged["urged_at"], "substantiated and nothing filed: it is urged"
    draft = next(one for one in world.chain.steps(SQUAD, case) if one.code == "suggest")
    assert any(field.name == "statistics" and field.default for field in draft.fields), "the draft tells what recurs"
    letter = {"organ": "区商务委", "text": "统一设置外摆位", "reply_by": "2026-07-10"}
    world.take(SQUAD, case, "suggest", **letter)
    shows(world, case, "B0", "suggest", papers=("SUGGESTION",))
