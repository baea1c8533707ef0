"""Consent to electronic service: signed by the party, or put on file with the paper that was signed (APL 61(2))."""

import pytest

from notify.books import record_sha256
from notify.tables import StepRecord
from records import BadInput, LogRow
from tests.notify.people import HEAD, OFFICER
from tests.notify.refusing import refused
from tests.notify.world import World

ON_PAPER = {"signed_name": "张三", "signed_paper": "送确字第7号，照片IMG-0815"}


def offered(world: World, case: str) -> dict[str, object]:
    return {offer.code: offer for offer in world.chain.steps(OFFICER, case)}


def test_an_officer_cannot_write_down_a_consent_that_nobody_signed(world):
    case = world.notified()
    with pytest.raises(BadInput, match="signed_paper"):
        world.take(OFFICER, case, "consent", signed_name="张三")
    assert {paper.kind for paper in world.chain.case(case).documents}.isdisjoint({"CONSENT"})


def test_the_number_of_the_signed_paper_is_asked_for_shown_and_sealed(world):
    case = world.notified()
    asked = {one.name: one.required for one in offered(world, case)["consent"].fields}
    assert asked["signed_paper"] is True
    issued = world.take(OFFICER, case, "consent", **ON_PAPER).documents[0][0]
    rows = {row["label"]: row["text"] for row in world.chain.document(issued).source["rows"]}
    assert ON_PAPER["signed_paper"] in rows["签名凭证"] and "officer1" in rows["签名凭证"]
    assert world.chain.case(case).timeline[-1].note == ON_PAPER["signed_paper"]
    with world.database.read() as session:
        step = session.query(StepRecord).filter_by(owner_id=case, step="consent").one()
        sealed = session.query(LogRow).filter_by(subject=case, kind="consent").one().body["record_sha256"]
        assert step.body["signed_paper"] == ON_PAPER["signed_paper"] and record_sha256(step) == sealed
        step.body = {**step.body, "signed_paper": "另一编号"}
        assert record_sha256(step) != sealed, "a record that was changed afterwards no longer fits the audit chain"


def test_the_party_signs_at_its_own_page_and_needs_no_paper(world):
    case = world.notified()
    token = world.token(case)
    mine = {offer.code: offer for offer in world.chain.portal_steps(token)}
    assert "revoke_consent" not in mine
    assert [one.name for one in mine["consent"].fields] == ["address", "signed_name"]
    issued = world.chain.portal_take(token, "consent", {"signed_name": "张三"}).documents[0][0]
    rows = {row["label"]: row["text"] for row in world.chain.document(issued).source["rows"]}
    assert "在线签署" in rows["签名凭证"]


def test_a_consent_in_force_is_not_asked_for_again_but_may_be_withdrawn(world):
    case = world.notified()
    assert "consent" in offered(world, case) and "revoke_consent" not in offered(world, case)
    world.take(OFFICER, case, "consent", **ON_PAPER)
    assert "consent" not in offered(world, case) and "revoke_consent" in offered(world, case)
    with refused("E_CONSENT_IN_FORCE"):
        world.take(OFFICER, case, "consent", **ON_PAPER)
    with pytest.raises(BadInput, match="signed_paper"):
        world.take(OFFICER, case, "revoke_consent")
    world.take(OFFICER, case, "revoke_consent", signed_paper="撤回申请第1号")
    assert "consent" in offered(world, case)
    with refused("E_NO_CONSENT"):
        world.take(OFFICER, case, "revoke_consent", signed_paper="撤回申请第2号")


def test_the_way_of_service_that_is_offered_follows_the_consent(world):
    case = world.ready()
    world.take(HEAD, case, "decide", amount="100")
    assert way_offered(world, case) == "direct"
    world.take(OFFICER, case, "consent", **ON_PAPER)
    assert way_offered(world, case) == "electronic"


def way_offered(world: World, case: str) -> object:
    return next(one.default for one in offered(world, case)["serve_decision"].fields if one.name == "method")
