"""Acceptance scenarios 45-50 through the HTTP API: revocation, publication, audit, crime, hand-over, hotspots."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from notify import Role, load_registers
from notify.tables import PublicationRow
from records.chain import LogRow
from tests.journeys.chain_http import http_world
from tests.journeys.scenario import refuses, running, shows
from tests.notify.people import CLERK, HEAD, LEGAL, OFFICER, OPER, SQUAD, person
from tests.notify.register_book import registers


@pytest.fixture
def world(tmp_path):
    made = http_world(tmp_path)
    yield made
    made.database.close()


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
