"""Acceptance scenarios 10, 11 and 49 over really sealed evidence: masking, the register of looks, the party's page."""

import numpy as np

from evidence.mask import FILL
from tests.console.conftest import GOODS, WALKER, Hub
from tests.console.test_evidence_files import PHOTO, colour_in


def test_scenario_10_a_copy_for_the_portal_hides_bystanders_and_the_original_stays_as_sealed(hub: Hub) -> None:
    hub.warned()
    package = hub.kept.package_id
    sealed = (hub.kept.store.path(package) / PHOTO).read_bytes()
    before = hub.client("clerk").get(f"/api/evidence/{package}").json()
    shown = hub.party_program().get(f"/api/portal/{hub.token()}/evidence/{package}/files/{PHOTO}")
    assert shown.status_code == 200 and shown.content != sealed
    assert np.allclose(colour_in(shown.content, WALKER), FILL, atol=4), "the bystander is covered"
    assert colour_in(shown.content, GOODS)[2] > 180, "what the case is about is not"
    assert (hub.kept.store.path(package) / PHOTO).read_bytes() == sealed
    after = hub.client("clerk").get(f"/api/evidence/{package}").json()
    assert after["seal_sha256"] == before["seal_sha256"], "the copy is linked to the package by its number and seal"


def test_scenario_11_every_look_at_an_original_is_on_the_register_and_without_a_reason_there_is_none(hub: Hub) -> None:
    clerk, address = hub.client("clerk"), f"/api/evidence/{hub.kept.package_id}"
    refused = clerk.get(f"{address}/files/{PHOTO}", params={"unmasked": "true"})
    assert (refused.status_code, refused.json()["code"]) == (409, "E_NO_REASON")
    assert clerk.get(f"{address}/custody").json() == []
    query = {"unmasked": "true", "purpose": "case", "reason": "核对当事人陈述"}
    assert clerk.get(f"{address}/files/{PHOTO}", params=query).status_code == 200
    (row,) = clerk.get(f"{address}/custody").json()
    assert (row["who"], row["purpose"], row["reason"], row["facts"]) == (
        "clerk",
        "case",
        "核对当事人陈述",
        {"file": PHOTO},
    )
    assert row["unit"] and row["at"], "who, which unit, when, why, what"


def test_scenario_49_the_party_sees_its_own_matter_masked_its_state_its_form_and_its_terms(hub: Hub) -> None:
    lead, token = hub.warned(), hub.token()
    stranger = hub.visitor()
    for path in ("", "/steps", f"/evidence/{hub.kept.package_id}/files/{PHOTO}"):
        assert stranger.get(f"/api/portal/{token}{path}").json()["code"] == "E_CODE_NEEDED", (
            "a link alone opens nothing"
        )
    door = stranger.page(f"/portal/{token}").text
    assert "示范面馆" not in door and hub.chain.lead(lead).number not in door and "0001" in door
    assert hub.chain.lead(lead).received_at is None, "nor is it a receipt"
    visitor = hub.party_program()
    view = visitor.get(f"/api/portal/{token}").json()
    assert (view["lead_id"], view["state"]) == (lead, "A5") and view["recheck_due"], "opening it is the receipt"
    assert [one["package_id"] for one in view["packages"]] == [hub.kept.package_id]
    assert {paper["kind"] for paper in view["documents"]} == {"ORDER"}, "no inner paper"
    assert [term["code"] for term in view["deadlines"]] == ["DRECT"]
    assert visitor.get(f"/api/portal/{token}/evidence/{hub.kept.package_id}/files/data/record.json").status_code == 404
    assert visitor.get(f"/api/portal/{token}x").json()["code"] == "E_LINK"
    audit = hub.client("clerk").get(f"/api/alerts/{lead}").json()["timeline"]
    assert audit[-1]["step"] == "receipt"
