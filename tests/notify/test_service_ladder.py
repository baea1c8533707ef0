"""The ladder of service: a message that does not arrive serves nothing, and a public notice comes last of all."""

from datetime import date

import pytest

from notify.calendar import LegalCalendar
from notify.tables import ServiceRow
from records import Refused
from tests.notify.people import OFFICER
from tests.notify.world import World


def services(world: World, owner: str) -> list[ServiceRow]:
    with world.database.read() as session:
        return list(session.query(ServiceRow).filter(ServiceRow.owner_id == owner).order_by(ServiceRow.id))


def sent_notice(world: World) -> str:
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.deliver()
    return case


def try_all(world: World, case: str) -> None:
    world.take(OFFICER, case, "service_failed", method="direct", reason="门店关闭")
    world.take(OFFICER, case, "service_failed", method="mail", reason="邮件退回：查无此人")


def test_a_notice_whose_message_failed_can_be_served_another_way(world):
    case = sent_notice(world)
    world.report(case, "failed")
    assert world.state(case) == "B4" and services(world, case)[-1].failed
    assert world.take(OFFICER, case, "serve_notice", method="direct", proof="本人签收").state == "B5"


def test_a_message_that_nobody_confirms_in_time_serves_nothing(world):
    case = sent_notice(world)
    with pytest.raises(Refused, match="E_SERVICE_PENDING"):
        world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.pass_term(case, "DRCPT")
    assert world.state(case) == "B4" and world.chain.case(case).timeline[-1].step == "service_unproven"
    assert world.take(OFFICER, case, "serve_notice", method="direct", proof="签收").state == "B5"


def test_a_late_delivery_report_still_proves_the_service_it_belongs_to(world):
    case = sent_notice(world)
    world.pass_term(case, "DRCPT")
    world.report(case)
    assert world.state(case) == "B5"
    (service,) = services(world, case)
    assert service.served_at is not None and service.failed is None


def test_the_gateway_giving_up_on_a_message_ends_its_service(world):
    case = world.proposed()
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="sms")
    world.pigeons.down = True
    for _ in range(25):
        world.chain.deliver()
    assert services(world, case)[-1].failed and world.message(case).state == "FAILED"


def test_one_message_that_the_gateway_refuses_holds_up_no_other(world, monkeypatch):
    first, second = world.identified(), world.identified(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    for lead in (first, second):
        world.take(OFFICER, lead, "warn", method="sms")
    bad, taken = world.message(first).id, world.pigeons.send_sms

    def picky(message_id: str, phone: str, text: str) -> None:
        if message_id == bad:
            raise OSError("HTTP 422")
        taken(message_id, phone, text)

    monkeypatch.setattr(world.pigeons, "send_sms", picky)
    world.chain.deliver()
    assert world.message(second).state == "SENT" and world.message(first).state == "QUEUED"


def test_a_public_notice_is_refused_until_the_other_ways_have_failed(world):
    case = world.decided()
    with pytest.raises(Refused, match="E_SERVICE_LADDER") as refusal:
        world.take(OFFICER, case, "serve_decision", method="announce", proof="无法送达")
    assert "直接送达" in str(refusal.value) and "邮寄送达" in str(refusal.value)
    world.take(OFFICER, case, "service_failed", method="direct", reason="门店关闭")
    with pytest.raises(Refused, match="E_SERVICE_LADDER"):
        world.take(OFFICER, case, "serve_decision", method="announce", proof="无法送达")


def test_mail_returned_and_all_ways_failed_a_public_notice_serves_with_its_reason(world):
    case = world.decided()
    world.day("2026-08-31")
    try_all(world, case)
    world.take(OFFICER, case, "serve_decision", method="announce", proof="直接送达、邮寄送达均未成功")
    notice = [one for one in world.chain.case(case).documents if one.kind == "ANNOUNCEMENT"]
    assert len(notice) == 1 and world.chain.document(notice[0].id).source["days"] == 60
    term = next(one for one in world.chain.deadlines(case) if one.code == "DANN")
    world.clock.set(term.due)
    world.chain.tick()
    view = world.chain.case(case)
    assert view.state == "B11" and LegalCalendar().today(view.served_at) == date(2026, 10, 30)


def test_letters_that_go_with_a_decision_are_made_once_however_often_it_is_served(world):
    world.law(bundle_three_letters=True)
    case = world.decided()
    try_all(world, case)
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    kinds = [one.kind for one in world.chain.case(case).documents]
    assert (kinds.count("CREDIT_REPAIR"), kinds.count("COMPLIANCE")) == (1, 1)
    (served,) = [one for one in services(world, case) if one.served_at and one.purpose == "decision"]
    assert len(served.documents) == 3
