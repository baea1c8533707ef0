"""What others put on the bus and is no alert or package: a dead letter, and no page or duty suffers from it."""

from collections.abc import Iterator
from typing import Any

import pytest

from nonsite.hub import Hub as Program
from streams import bus as bus_module
from streams import topics
from tests.console.conftest import ALERT, Hub, alert_message, kept, make_hub  # noqa: F401

WHOLE = {
    "incident_id": "i-1",
    "subkind": "",
    "source_group": "cam-1",
    "boxes": [],
    "model": {"name": "street-n", "sha256": "0" * 64},
    "reasons": [{"code": "OVERHANG", "met": True, "zh": "超出", "en": "beyond", "value": 0.8}],
}


@pytest.fixture
def hub(make_hub: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:  # noqa: F811
    monkeypatch.setattr(bus_module, "RETRY_DELAYS_S", ())
    made: Hub = make_hub()
    program = Program(made.chain, made.bus, [made.database], None, made.database, made.clock)
    program.start()
    yield made
    program.stop()


def dead(hub: Hub) -> list[str]:
    return [str(event.message["error"]) for event in hub.bus.since(topics.DEADLETTER, None)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": "LITTER"}, "kind"),
        ({"kind": "<script>alert(1)</script>"}, "kind"),
        ({"reasons": [{"code": "OVERHANG"}]}, "reasons"),
        ({"lat": "north"}, "lat"),
        ({"opened": "yesterday"}, "opened"),
        ({"id": None}, "id"),
    ],
)
def test_an_alert_that_is_none_becomes_a_dead_letter_and_no_lead(hub: Hub, change: dict[str, Any], named: str) -> None:
    hub.bus.publish(topics.ALERTS, "cell", alert_message(**WHOLE, id=ALERT) | change)
    [error] = dead(hub)
    assert "E_MESSAGE" in error and named in error
    assert hub.client("oper").get("/api/alerts").json()["total"] == 0


def test_a_whole_alert_and_its_package_come_to_the_wall(hub: Hub) -> None:
    hub.bus.publish(topics.EVIDENCE, "p", {"package_id": hub.kept.package_id})
    hub.bus.publish(topics.ALERTS, "cell", alert_message(**WHOLE))
    hub.bus.publish(topics.EVIDENCE, "p", hub.kept.evidence_message)
    [error] = dead(hub)
    assert "E_MESSAGE" in error
    assert "示范面馆" in hub.client("oper").page("/wall").text


def test_a_phase_that_no_dictionary_knows_breaks_no_page(hub: Hub) -> None:
    hub.bus.publish(topics.ALERTS, "cell", alert_message(**WHOLE) | {"phase": "rehearsal"})
    hub.bus.publish(topics.EVIDENCE, "p", hub.kept.evidence_message)
    assert "rehearsal" in hub.client("oper").page("/wall").text
    assert hub.client("clerk").page(f"/desk/leads/{ALERT}").status_code == 200
