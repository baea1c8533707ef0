"""The wall: what appears, what an operator may do there, what the strip counts."""

from tests.console.conftest import Hub, alert_message


def test_an_alert_appears_only_when_its_evidence_is_sealed(hub: Hub) -> None:
    oper = hub.client("oper")
    hub.chain.alert_raised(alert_message())
    lead = alert_message()["id"]
    assert oper.page(f"/wall/leads/{lead}/card").status_code == 204
    assert f'data-id="{lead}"' not in oper.page("/wall").text
    hub.chain.evidence_sealed(hub.kept.evidence_message)
    card = oper.page(f"/wall/leads/{lead}/card")
    assert card.status_code == 200 and 'data-group="waiting"' in card.text
    assert "示范路8号" in card.text and f"/api/evidence/{hub.kept.package_id}/files/" in card.text
    assert f'data-id="{lead}"' in oper.page("/wall").text


def test_the_stage_shows_picture_boxes_reasons_and_the_operators_buttons(hub: Hub) -> None:
    lead = hub.lead()
    stage = hub.client("oper").page(f"/wall/leads/{lead}").text
    assert 'class="box main"' in stage and "超出门店线0.8米" in stage
    assert f'hx-post="/wall/leads/{lead}/steps/confirm"' in stage
    assert f'hx-post="/wall/leads/{lead}/steps/discard"' in stage
    assert "unmask" not in stage, "the wall shows no originals"


def test_confirming_moves_the_lead_on_and_tells_the_page(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    answer = oper.form(f"/wall/leads/{lead}/steps/confirm", note="")
    assert answer.status_code == 200 and answer.headers["hx-trigger"] == "nonsite:taken"
    assert hub.chain.lead(lead).state == "A3", "sealed and stamped, so it goes on to the clerk by itself"
    assert 'data-group="handling"' in oper.page(f"/wall/leads/{lead}/card").text


def test_discarding_needs_a_reason(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    refused = oper.form(f"/wall/leads/{lead}/steps/discard", reason="")
    assert refused.status_code == 400 and "E_FIELD" in refused.text
    assert hub.chain.lead(lead).state == "A1"
    assert oper.form(f"/wall/leads/{lead}/steps/discard", reason="permitted").status_code == 200
    assert hub.chain.lead(lead).state == "A9"
    assert "<b>1</b><span>今日排除</span>" in oper.page("/wall/counts").text


def test_a_step_that_somebody_else_took_first_is_refused_in_words(hub: Hub) -> None:
    lead = hub.lead()
    hub.client("oper").step("alerts", lead, "confirm")
    answer = hub.client("oper").form(f"/wall/leads/{lead}/steps/confirm", note="")
    assert answer.status_code == 409 and "E_STATE" in answer.text


def test_what_ended_yesterday_is_no_longer_on_the_wall(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    oper.step("alerts", lead, "discard", reason="permitted")
    assert oper.page(f"/wall/leads/{lead}/card").status_code == 200
    hub.clock.advance(86400)
    assert oper.page(f"/wall/leads/{lead}/card").status_code == 204


def test_the_map_gets_the_street_with_names_for_its_layers(hub: Hub) -> None:
    street = hub.client("oper").get("/api/street").json()
    assert {feature["properties"]["layer"] for feature in street["features"]} == {"frontage", "monitored_area"}
    assert street["words"]["frontage"] == "门店线"
