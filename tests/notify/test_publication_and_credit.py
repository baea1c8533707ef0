"""What the public sees of a decision, for how long, how it leaves, and the disclosure page."""

from datetime import date, timedelta

import pytest

from notify.registers import DeviceRow, SubjectRow
from records import BadInput, Refused
from tests.notify.people import CLERK, HEAD, OFFICER, OPER
from tests.notify.world import World


def published(world: World, credit_class: str = "general") -> str:
    case = world.served()
    world.take(CLERK, case, "publish", credit_class=credit_class)
    return case


@pytest.mark.parametrize(
    ("credit_class", "repair", "end"),
    [
        ("slight", None, date(2026, 9, 11)),
        ("general", date(2026, 9, 11), date(2027, 6, 11)),
        ("serious", date(2027, 6, 11), date(2029, 6, 11)),
    ],
)
def test_a_credit_class_sets_from_when_repair_and_until_when_it_is_shown(world, credit_class, repair, end):
    published(world, credit_class)
    (record,) = world.chain.public_records()
    assert (record.credit_class, record.earliest_repair, record.latest_end) == (credit_class, repair, end)


def test_a_record_leaves_the_public_after_its_last_day(world):
    published(world, "slight")
    world.day("2026-09-11")
    assert len(world.chain.public_records()) == 1
    world.day("2026-09-12")
    assert world.chain.public_records() == []


def test_scenario_46_a_person_is_masked_in_the_public_record(world):
    with world.database.session() as session:
        person = {"id_number": None, "address": "示范路9号", "phone": "13900000009", "authority": "officer_inquiry"}
        session.add(SubjectRow(id="s-person", kind="person", name="欧阳一二", representative=None, **person))
    case = world.served(subject="s-person", source="frontage_inquiry", inquiry="陈一6月3日到店核对身份证")
    world.take(CLERK, case, "publish")
    (record,) = world.chain.public_records()
    assert "一二" not in str(record.record) and "13900000009" not in str(record.record)
    paper = next(one for one in world.chain.case(case).documents if one.kind == "PUBLICATION")
    assert "一二" not in str(world.chain.document(paper.id).source["rows"])


def test_scenario_45_a_decision_that_fell_is_no_longer_shown_and_its_withdrawal_says_why(world):
    case = published(world)
    world.day("2026-09-30")
    world.take(HEAD, case, "revoke", reason="复议撤销")
    assert world.chain.public_records() == [], "before the note of withdrawal, too"
    term = next(one for one in world.chain.deadlines(case) if one.code == "DRETRACT3")
    assert (term.last_day, term.colour) == (date(2026, 10, 10), "green")
    world.clock.set(term.due + timedelta(hours=1))
    world.chain.tick()
    assert world.chain.case(case).colour == "red", "overdue rings until it is done"
    world.take(CLERK, case, "withdraw_publication", reason="决定已被复议撤销")
    ((withdrawn),) = world.chain.withdrawn_records()
    assert withdrawn.reason == "决定已被复议撤销" and world.chain.case(case).colour is None
    assert next(one for one in world.chain.deadlines(case) if one.code == "DRETRACT3").late


def test_a_decision_that_was_never_public_has_nothing_to_withdraw(world):
    case = world.served()
    world.take(HEAD, case, "revoke", reason="撤销")
    assert "DRETRACT3" not in {one.code for one in world.chain.deadlines(case)}


def test_the_party_is_reminded_when_repair_may_be_asked_for_and_a_repaired_record_leaves(world):
    case = published(world)
    world.pay(case, 10_000)
    with pytest.raises(Refused, match="E_REPAIR_EARLY"):
        world.take(CLERK, case, "credit_repaired", repaired_on="2026-07-01", reason="信用中国反馈")
    world.pass_term(case, "DREPAIR")
    assert "信用修复" in world.message(case).text
    world.take(CLERK, case, "credit_repaired", repaired_on="2026-09-15", reason="信用中国反馈")
    assert world.chain.public_records() == [] and "信用已修复" in world.chain.withdrawn_records()[0].reason


def test_the_letter_of_repair_tells_class_days_place_and_papers(world):
    world.law(bundle_three_letters=True)
    case = world.served()
    paper = next(one for one in world.chain.case(case).documents if one.kind == "CREDIT_REPAIR")
    told = world.chain.document(paper.id).source["credit"]
    assert "一般" in told["class"] and "3个月" in told["period"] and "12个月" in told["period"]
    assert told["where"] == "信用中国网站" and "信用承诺书" in told["materials"]


def test_scenario_39_a_letter_that_cannot_be_written_stops_the_service_of_all_three(world):
    world.law(bundle_three_letters=True, credit__where=None)
    case = world.decided()
    with pytest.raises(Refused, match="E_PROFILE_INCOMPLETE"):
        world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    assert world.state(case) == "B10"
    assert not {"CREDIT_REPAIR", "COMPLIANCE"} & {one.kind for one in world.chain.case(case).documents}


def test_the_disclosure_page_has_versions_that_stay(world):
    with pytest.raises(BadInput, match="E_NOT_FOUND"):
        world.chain.disclosure()
    with pytest.raises(Refused, match="E_ROLE"):
        world.chain.publish_disclosure(OPER)
    first = world.chain.publish_disclosure(CLERK)
    assert world.chain.publish_disclosure(CLERK).version == first.version, "nothing changed, nothing new"
    with world.database.session() as session:
        session.get(DeviceRow, "cam-1").place = "示范路口东侧"
    second = world.chain.publish_disclosure(CLERK)
    assert second.version == 2 and "示范路口东侧" in str(second.body["cameras"])
    assert world.chain.disclosure(1).body == first.body and [one for one, _ in world.chain.disclosures()] == [2, 1]


def test_the_disclosure_says_what_the_program_goes_by_and_leaves_open_what_it_does_not_know(world):
    body = world.chain.publish_disclosure(CLERK).body
    powers = {one["matter"]: one for one in body["powers"]}
    assert powers["OUT_OF_STORE"]["fine"] == [100, 1000] and powers["OUT_OF_STORE"]["mark"] == "demo" and body["trial"]
    assert {one["what"]: one["length"] for one in body["periods"]}["缴纳罚款"] == 15
    world.law(remedies__court_name=None)
    assert world.chain.publish_disclosure(CLERK).body["remedies"]["court_name"] is None
