"""The places where cameras are silent, over the API: seen by everybody at the wall, ended early by whoever may."""

from typing import Any

from tests.console.conftest import ALERT, Hub, alert_message

RING = [[121.5001, 31.2002], [121.50012, 31.2002], [121.50012, 31.20021], [121.5001, 31.20021], [121.5001, 31.2002]]


def rejected(hub: Hub) -> None:
    hub.chain.alert_raised(alert_message(footprint=RING))
    hub.chain.evidence_sealed(hub.kept.evidence_message)
    hub.client("oper").step("alerts", ALERT, "discard", reason="false_detection")


def lift(hub: Hub, login: str) -> Any:
    client = hub.client(login)
    return client.http.delete(f"/api/suppressions/{ALERT}", headers={"X-CSRF-Token": client.csrf})


def test_a_rejected_false_detection_is_listed_with_who_and_until_when(hub: Hub) -> None:
    rejected(hub)
    (one,) = hub.client("oper").get("/api/suppressions").json()
    assert (one["id"], one["source_id"], one["kind"]) == (ALERT, "cam-1", "OUT_OF_STORE")
    assert one["by"] and one["until"] > one["since"]


def test_an_operator_ends_it_early_and_a_clerk_may_not(hub: Hub) -> None:
    rejected(hub)
    assert (lift(hub, "clerk").status_code, lift(hub, "clerk").json()["code"]) == (409, "E_ROLE")
    assert lift(hub, "oper").status_code == 200
    assert hub.client("oper").get("/api/suppressions").json() == []
    assert lift(hub, "oper").status_code == 404


def test_nobody_reads_them_without_signing_in(hub: Hub) -> None:
    assert hub.visitor().get("/api/suppressions").status_code == 401


def test_the_wall_lists_them_and_an_operator_ends_one_there(hub: Hub) -> None:
    rejected(hub)
    oper = hub.client("oper")
    page = oper.get("/wall").text
    assert f'data-silence="{ALERT}"' in page
    left = oper.http.post(f"/wall/silences/{ALERT}/lift", data={"csrf": oper.csrf})
    assert left.status_code == 200
    assert ALERT not in left.text
    again = oper.http.post(f"/wall/silences/{ALERT}/lift", data={"csrf": oper.csrf})
    assert again.status_code == 200, "somebody was faster: the list says so by itself"
    assert hub.client("oper").get("/api/suppressions").json() == []


def test_who_may_not_end_one_sees_no_button_and_is_refused(hub: Hub) -> None:
    rejected(hub)
    clerk = hub.client("clerk")
    assert f'data-silence="{ALERT}"' in clerk.get("/wall/silences").text
    assert "/lift" not in clerk.get("/wall/silences").text
    assert clerk.http.post(f"/wall/silences/{ALERT}/lift", data={"csrf": clerk.csrf}).status_code == 409
