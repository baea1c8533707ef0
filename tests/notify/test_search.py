"""Finding by words: numbers in part, places, parties; colours kept on the case; lists that know their bounds."""

from datetime import timedelta

import pytest

from notify import Filter, Order
from notify.search import like
from notify.views import MOST_COUNTED
from records import BadInput
from tests.notify.people import HEAD, OFFICER
from tests.notify.world import World


def found(world: World, text: str) -> list[str]:
    return [one.id for one in world.chain.leads(Filter(text=text)).items]


def test_a_lead_is_found_by_its_number_whole_or_in_part_by_its_place_and_by_its_id(world):
    lead = world.alert()
    other = world.alert(shop_id="shop-2", shop_name="示范贸易")
    number = world.chain.lead(lead).number
    for text in (number, "000001", "2026-1", lead, "示范路8号", "面馆"):
        assert found(world, text) == [lead], text
    assert found(world, "示范路") == [other, lead] and found(world, "别处") == []


def test_a_case_is_found_by_number_decision_party_and_place(world):
    case = world.decided()
    view = world.chain.case(case)
    for text in (view.number, "1", view.decision_number, "示范面馆", "示范路8号", case):
        assert [one.id for one in world.chain.cases(Filter(text=text)).items] == [case], text
    assert world.chain.cases(Filter(text="示范贸易")).total == 0


@pytest.mark.parametrize("text", ["%", "_", "\\", "8%号"])
def test_signs_of_the_query_language_are_letters_here(world, text):
    world.alert()
    assert found(world, text) == [] and like("%") == "%\\%%"


def test_places_near_a_front_line_are_one_place_whatever_their_distance(world):
    ids = [world.alert(shop_id=None, shop_name=None, address=f"示范路8号附近（约{n}米）") for n in (3, 6)]
    with world.database.read() as session:
        from notify.tables_desk import PlaceRow

        assert session.query(PlaceRow).count() == 1
    assert sorted(found(world, "示范路8号附近")) == sorted(ids)


def test_a_case_turns_yellow_red_and_stays_red_when_its_time_is_over(world):
    case = world.filed()
    due = next(one.due for one in world.chain.deadlines(case) if one.code == "D90")

    def colours() -> list[str]:
        listed = [c for c in ("green", "yellow", "red") if world.chain.cases(Filter(colour=c)).total]
        assert listed == [world.chain.case(case).colour]
        return listed

    assert colours() == ["green"]
    world.clock.set(due - timedelta(days=30))
    assert colours() == ["yellow"]
    world.clock.set(due - timedelta(days=3))
    assert colours() == ["red"]
    world.clock.set(due + timedelta(days=3))
    world.chain.tick()
    assert colours() == ["red"]
    assert [one.id for one in world.chain.cases(Filter(order=Order.DUE)).items] == [case]
    world.take(HEAD, case, "terminate", ground="d90", reason="期限已过")
    assert world.chain.case(case).colour is None and world.chain.cases(Filter(colour="red")).total == 0


def test_a_list_is_cut_down_by_days(world):
    early = world.alert()
    world.clock.advance(86_400)
    late = world.alert(shop_id="shop-2", shop_name="示范贸易")
    middle = world.clock.now() - timedelta(hours=1)
    assert [one.id for one in world.chain.leads(Filter(since=middle)).items] == [late]
    assert [one.id for one in world.chain.leads(Filter(until=middle)).items] == [early]


def test_nobody_pages_past_what_is_counted(world):
    with pytest.raises(BadInput, match="E_OFFSET"):
        world.chain.leads(Filter(offset=MOST_COUNTED + 1))


def test_a_deferral_moves_the_day_by_which_lists_are_sorted(world):
    case = world.served()
    world.take(OFFICER, case, "apply_deferral", reason="经营困难")
    world.take(HEAD, case, "grant_deferral", until="2026-12-01", reason="确有困难")
    with world.database.read() as session:
        from notify.tables import CaseRow

        row = session.get(CaseRow, case)
        terms = [one.due for one in world.chain.deadlines(case) if one.state == "open"]
        assert row.next_due == min(terms)
