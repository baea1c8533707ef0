"""The code on the telephone of record that opens a party's link: what it keeps out, and that nobody is locked out."""

from datetime import timedelta

import pytest

from notify.registers import SubjectRow
from notify.tables import LinkRow
from notify.tables_links import LinkCodeRow
from records import Refused
from tests.notify.people import OFFICER
from tests.notify.refusing import refused


def warned(world):
    """The token of a link that a party was sent."""
    return world.link(world.warned())


def test_a_link_alone_opens_nothing(world):
    link = warned(world)
    door = world.chain.link_door(link)
    assert (door.phone_end, door.sent_at) == ("0001", None)
    with refused("E_CODE_NEEDED"):
        world.chain.link_key(link, "")
    with refused("E_CODE"):
        world.chain.open_link(link, "000000")


def test_the_code_goes_to_the_number_of_record_and_is_kept_nowhere(world):
    link = warned(world)
    world.chain.send_link_code(link)
    phone, text = list(world.pigeons.texts.values())[-1]
    assert phone == "13900000001" and world.code() in text
    with world.database.read() as session:
        assert world.code() not in str([vars(row) for row in session.query(LinkCodeRow)])


def test_a_link_that_was_sent_to_a_number_since_corrected_asks_the_new_one(world):
    link = warned(world)
    with world.database.session() as session:
        session.get(SubjectRow, "s-shop").phone = "13912345678"
    assert world.chain.send_link_code(link).phone_end == "5678"


def test_a_party_that_agreed_to_electronic_service_gets_its_code_there(world):
    case = world.notified()
    values = {"signed_name": "张三", "address": "13900009999"}
    world.chain.portal_take(world.token(case), "consent", values)
    assert world.chain.link_door(world.link(case)).phone_end == "9999"


def test_a_code_opens_once_and_only_its_own_link(world):
    link = warned(world)
    other = world.link(world.warned(subject="s-firm", shop_id="shop-2", shop_name="示范贸易"))
    world.chain.send_link_code(link)
    code = world.code()
    with refused("E_CODE"):
        world.chain.open_link(other, code)
    key = world.chain.open_link(link, f" {code[:3]} {code[3:]} ").key
    assert world.chain.link_key(link, key) == key
    with refused("E_CODE_NEEDED"):
        world.chain.link_key(other, key)
    with refused("E_CODE"):
        world.chain.open_link(link, code)


def test_five_wrong_tries_end_a_code(world):
    link = warned(world)
    world.chain.send_link_code(link)
    right = world.code()
    for _ in range(5):
        with refused("E_CODE"):
            world.chain.open_link(link, "1" * 6 if right != "1" * 6 else "2" * 6)
    with refused("E_CODE"):
        world.chain.open_link(link, right)
    world.clock.advance(60)
    world.chain.send_link_code(link)
    assert world.chain.open_link(link, world.code()).key


def test_a_code_holds_ten_minutes_and_a_key_two_hours(world):
    link = warned(world)
    world.chain.send_link_code(link)
    world.clock.advance(600)
    with refused("E_CODE"):
        world.chain.open_link(link, world.code())
    world.chain.send_link_code(link)
    opened = world.chain.open_link(link, world.code())
    assert opened.until == world.clock.now() + timedelta(hours=2)
    world.clock.set(opened.until)
    with refused("E_CODE_NEEDED"):
        world.chain.portal(opened.key)


@pytest.mark.parametrize("forged", ["", ".", "..", "x.1.AAAA", "{link}", "{link}.9999999999.AAAAAAAAAAAAAAAA"])
def test_a_forged_key_opens_nothing(world, forged):
    link = warned(world)
    with refused("E_CODE_NEEDED"):
        world.chain.link_key(link, forged.format(link=link.partition(".")[0]))


def test_nobodys_telephone_is_flooded(world):
    link = warned(world)
    for _ in range(10):
        world.chain.send_link_code(link)
        with refused("E_CODE_WAIT"):
            world.chain.send_link_code(link)
        world.clock.advance(61)
    with refused("E_CODE_WAIT"):
        world.chain.send_link_code(link)
    world.clock.advance(86_400)
    assert world.chain.send_link_code(link).sent_at == world.clock.now()


def test_while_the_gateway_is_down_nothing_is_counted_against_the_party(world):
    link = warned(world)
    world.pigeons.down = True
    for _ in range(12):
        with refused("E_GATEWAY"):
            world.chain.send_link_code(link)
    world.pigeons.down = False
    assert world.chain.send_link_code(link).sent_at


def test_a_code_that_did_not_arrive_is_said_and_may_be_sent_again_at_once(world):
    link = warned(world)
    world.chain.send_link_code(link)
    world.report_of(list(world.pigeons.texts)[-1], "failed")
    door = world.chain.link_door(link)
    assert door.undelivered and door.sent_at is None
    assert not world.chain.send_link_code(link).undelivered


def test_the_receipt_of_a_code_is_no_receipt_of_a_paper(world):
    lead = world.identified()
    world.take(OFFICER, lead, "warn", method="sms")
    world.deliver()
    world.chain.send_link_code(world.link(lead))
    world.report_of(list(world.pigeons.texts)[-1], "delivered")
    assert world.state(lead) == "A4" or world.chain.lead(lead).received_at is None


def test_whoever_has_no_number_on_record_is_told_where_to_go(world):
    link = warned(world)
    with world.database.session() as session:
        session.get(SubjectRow, "s-shop").phone = None
    assert world.chain.link_door(link).phone_end is None
    with refused("E_NO_CONTACT"):
        world.chain.send_link_code(link)


def test_the_link_of_whom_it_was_not_ends_when_another_is_confirmed(world):
    """A message to the shop in front of which something was seen opens no matter of somebody else's."""
    link = warned(world)
    with world.database.session() as session:
        session.get(LinkRow, link.partition(".")[0]).subject_id = "s-firm"
    with pytest.raises(Refused, match="E_LINK"):
        world.chain.send_link_code(link)
    assert world.audit_holds()
