"""Kept sums counted again from their rows: agree after every way, name a row that was changed by hand, mend it."""

from sqlalchemy import select

from notify.register_rows import OfficerRow
from notify.tables_desk import SumRow
from tests.notify.people import CLERK, GOOD, OFFICER, OPER, SQUAD
from tests.notify.test_complaints import GIVEN
from tests.notify.world import World


def busy(world: World) -> None:
    """A bit of everything that is counted."""
    found_false = world.alert("STALL", shop_id=None, shop_name=None)
    world.seal(found_false)
    world.take(OPER, found_false, "discard", reason="false_detection")
    world.take(CLERK, world.rechecked("cleared"), "close_rectified")
    world.law(bundle_three_letters=True)
    case = world.served()
    world.pay(case, 10_000)
    world.take(CLERK, case, "publish")
    world.take(SQUAD, case, "close", correction="已改正")
    world.clock.advance(86_400 * 40)
    for number in range(3):
        given = {**GIVEN, "external_id": f"E-{number}", "lon": 121.5, "lat": 31.2}
        one = world.chain.take_complaint(OPER, given).id
        world.chain.complaint_action(CLERK, one, "check", {"substantiated": number > 0, "within_power": True})
    world.chain.complaint_action(CLERK, one, "link", {"owner_id": case})
    world.chain.complaint_action(CLERK, one, "reply", {"text": "已办"})
    world.chain.survey(CLERK, one, True, False)
    spot = world.alert(shop_id="shop-2", shop_name="示范贸易")
    world.seal(spot)
    later = world.alert(shop_id="shop-2", shop_name="示范贸易", lon=121.5, lat=31.2)
    assert later and case


def test_after_every_way_the_sums_are_what_their_rows_say(world):
    busy(world)
    assert world.chain.recount() == []
    with world.database.read() as session:
        measures = set(session.scalars(select(SumRow.measure)))
    assert {"leads", "handled_in_time", "false_detections", "served", "paid_fen", "surveys", "by_penalty"} <= measures


def test_an_officer_who_changed_squads_makes_no_difference(world):
    world.served()
    with world.database.session() as session:
        for officer in session.scalars(select(OfficerRow)):
            officer.squad = "another squad"
    assert world.chain.recount() == []


def test_a_sum_changed_by_hand_is_named_and_mended_once(world):
    busy(world)
    with world.database.session() as session:
        row = session.scalars(select(SumRow).where(SumRow.measure == "leads", SumRow.period == "2026-06")).first()
        row.value += 7
        session.delete(session.scalars(select(SumRow).where(SumRow.measure == "decided", SumRow.kind != "")).first())
        session.add(SumRow(measure="complaints", period="2026-06-03", unit="nobody", kind="STALL", value=2))
    found = {(one.measure, one.period): (one.kept, one.counted) for one in world.chain.recount()}
    assert found["leads", "2026-06"][0] - found["leads", "2026-06"][1] == 7
    assert found["complaints", "2026-06-03"] == (2, 0) and any(key[0] == "decided" for key in found)
    assert len(world.chain.recount(mend=True)) == len(found) == 3
    assert world.chain.recount() == [] and world.audit_holds()


def test_a_decision_on_the_spot_is_counted_as_one(world):
    lead = world.rechecked("still")
    package = world.seal(lead, "on_site")
    world.take(OFFICER, lead, "recheck_on_site", second_officer="officer2", result="still", package_id=package)
    world.take(CLERK, lead, "review_more", **GOOD)
    values = {"second_officer": "officer2", "package_id": package, "grade": "minor", "amount": "100"}
    world.take(OFFICER, lead, "decide_on_spot", **values, told=True, handed_over=True)
    found = {one.code: one.value for one in world.chain.statistics("2026-06", "2026-06", ("decided", "filed", "fined"))}
    assert found == {"decided": 1, "filed": 1, "fined": 100}
    assert world.chain.recount() == []
