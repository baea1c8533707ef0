"""The desk's API: complaints, figures, money, exports, papers with their source, and what anybody may read."""

import json

import pytest

from notify.signing import HEADER, sign
from records import iso
from tests.console.conftest import Hub, Pigeons

GIVEN = {"source": "12345", "external_id": "E-1", "text": "门口堆放货物", "place": "示范路8号", "kind": "OUT_OF_STORE"}


def test_a_complaint_goes_its_way_over_http(hub: Hub) -> None:
    clerk, lead = hub.client("clerk"), hub.lead()
    answer = clerk.post("/api/complaints", GIVEN)
    assert answer.status_code == 201, answer.text
    one = answer.json()["id"]
    for action, values in (
        ("check", {"substantiated": True, "within_power": True}),
        ("link", {"owner_id": lead}),
        ("complete", {}),
        ("reply", {"text": "已责令改正"}),
    ):
        assert clerk.post(f"/api/complaints/{one}/{action}", {"values": values}).status_code == 200
    answers = {"result_satisfied": True, "attitude_satisfied": True}
    assert clerk.post(f"/api/complaints/{one}/survey", answers).status_code == 204
    assert clerk.post(f"/api/complaints/{one}/survey", answers).status_code == 409
    found = clerk.get(f"/api/complaints/{one}").json()
    assert (found["state"], found["lead_id"]) == ("closed", lead)
    assert clerk.get("/api/complaints?state=closed").json()["total"] == 1
    assert clerk.get("/api/complaints/none").status_code == 404


def test_figures_come_with_their_series_and_what_is_wanted_of_them(hub: Hub) -> None:
    hub.lead()
    hub.client("oper").step("alerts", hub.chain.leads().items[0].id, "confirm")
    month = hub.clock.now().strftime("%Y-%m")
    found = hub.client("clerk").get(f"/api/statistics?first={month}&last={month}").json()
    by_code = {one["code"]: one for one in found}
    assert by_code["accepted"]["value"] == 1 and by_code["handling_rate"]["wanted"] == 98
    assert by_code["leads"]["series"][0]["month"] == month
    assert hub.client("clerk").get("/api/statistics?first=2026-1&last=2026-02").status_code == 422
    assert hub.client("clerk").get("/api/statistics?first=2026-05&last=2026-02").status_code == 400


def test_events_leave_under_the_codes_of_a_platform_or_not_at_all(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm")
    day = hub.clock.now().strftime("%Y-%m-%d")
    span = f"since={day}T00:00:00Z&until={day}T23:59:59Z"
    found = clerk.get(f"/api/exports/events?{span}&codes=demo").json()
    assert [one["event_code"] for one in found["events"]] == ["DEMO-05-02"]
    refused = clerk.get(f"/api/exports/events?{span}&codes=gb30428")
    assert (refused.status_code, refused.json()["code"]) == (409, "E_EVENT_UNMAPPED")


def test_a_statement_and_a_refund_are_the_desks_business(hub: Hub) -> None:
    clerk = hub.client("clerk")
    text = "txn_id,code,amount_yuan,paid_at,channel\nt,0000000000000000,5.00,2026-06-03T00:00:00Z,bank\n"
    send = {"content": text.encode(), "headers": {"X-CSRF-Token": clerk.csrf, "Content-Type": "text/csv"}}
    found = clerk.http.post("/api/payments/statements?day=2026-06-03", **send)
    assert found.status_code == 200 and [one["txn_id"] for one in found.json()["unknown"]] == ["t"]
    bad = clerk.http.post("/api/payments/statements?day=2026-06-03", **{**send, "content": b"\xff\xfe"})
    assert bad.json()["code"] == "E_STATEMENT"
    assert clerk.post("/api/refunds/none", {"reference": "T"}).status_code == 404
    assert hub.client("oper").post("/api/refunds/none", {"reference": "T"}).status_code == 403


def test_a_refund_callback_must_be_signed(hub: Hub) -> None:
    body = json.dumps({"refund_id": "none", "reference": "RF"}).encode()
    visitor = hub.visitor()
    assert visitor.http.post("/api/refunds/callback", content=body).json()["code"] == "E_SIGNATURE"
    headers = {HEADER: sign(Pigeons.secret, body, hub.clock.now())}
    assert visitor.http.post("/api/refunds/callback", content=body, headers=headers).status_code == 404


def test_a_paper_comes_with_the_source_it_was_made_from(hub: Hub) -> None:
    lead = hub.warned()
    paper = hub.chain.lead(lead).documents[0]
    found = hub.client("clerk").get(f"/api/documents/{paper.id}").json()
    assert found["source"]["number"] == paper.number and found["sha256"] == paper.sha256
    assert hub.client("clerk").get(f"/api/documents/{paper.id}.pdf").content.startswith(b"%PDF")
    assert hub.client("oper").get(f"/api/documents/{paper.id}").status_code == 403


def test_anybody_may_read_the_disclosure_and_only_the_desk_publishes_it(hub: Hub) -> None:
    visitor = hub.visitor()
    assert visitor.get("/api/public/disclosure").status_code == 404
    assert hub.client("oper").post("/api/disclosure").status_code == 403
    assert hub.client("clerk").post("/api/disclosure").json()["version"] == 1
    assert visitor.get("/api/public/disclosure?version=1").json()["body"]["trial"] is True
    assert [one["version"] for one in visitor.get("/api/public/disclosure/versions").json()] == [1]
    assert visitor.get("/api/public/decisions").json() == visitor.get("/api/public/withdrawals").json() == []
    text = visitor.page("/public").text
    assert "执法公示" in text and "《示范区街面秩序演示规定》第二条" in text and "¥100–¥1000" in text
    assert (
        "Public disclosure"
        in visitor.http.get("/public", headers={"Accept": "text/html"}, cookies={"nonsite_language": "en"}).text
    )


def test_lists_tell_their_bounds_and_refuse_what_lies_beyond(hub: Hub) -> None:
    hub.lead()
    clerk = hub.client("clerk")
    assert clerk.get("/api/alerts").json()["more"] is False
    assert clerk.get("/api/alerts?offset=20000").status_code == 422
    later = iso(hub.clock.now()).replace("Z", "%2B00:00")
    assert clerk.get(f"/api/alerts?since={later}").json()["total"] == 0


@pytest.mark.parametrize(
    "path", ["/api/complaints", "/api/statistics", "/api/exports/events", "/api/payments/statements", "/api/disclosure"]
)
def test_every_path_stands_in_the_published_description(hub: Hub, path: str) -> None:
    assert path in hub.client("clerk").get("/api/openapi.json").json()["paths"]
