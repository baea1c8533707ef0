"""A patrol vehicle's way to the hub: a real console, a real store, real packages, and a line that breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from evidence import EvidenceStore
from evidence.tables import PackageRow
from nonsite import uplink as uplinks
from nonsite.parts import Parts
from nonsite.serve import ConsoleThread, bind
from nonsite.settings import load_settings
from nonsite.uplink import Uplink
from notify import Actor, Role
from notify.tables import LeadRow
from records import BadInput, Database, FrozenClock, drain_outbox, iso, outbox_depth, outbox_put
from streams import topics
from tests.evidence.conftest import START, Site, film, seal_request, write_street

STREET = """
street: s
crs: EPSG:4490
timezone: Asia/Shanghai
features:
- type: Feature
  id: zone
  geometry: {type: Polygon, coordinates: [[[121.5, 31.2], [121.501, 31.2], [121.501, 31.201], [121.5, 31.2]]]}
  properties: {layer: vending_forbidden, name: z, phase: enforce, legal_source: s, effective_from: 2026-01-01}
"""


@dataclass
class HubSide:
    """A console that machines send to, and what reached the hub's database and store."""

    parts: Parts
    url: str
    token: Path

    def alerts(self) -> list[str]:
        """Ids of the alerts that the hub would tell on now."""
        told: list[tuple[str, str]] = []
        drain_outbox(
            self.parts.database,
            lambda topic, _key, message: told.append((topic, message.get("id", ""))),
            self.parts.clock,
        )
        return [alert for topic, alert in told if topic == topics.ALERTS]

    def packages(self) -> list[str]:
        with self.parts.database.read() as session:
            return [row.package_id for row in session.query(PackageRow)]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubSide]:
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "street.yaml").write_text(STREET)
    (folder / "tokens.yaml").write_text("worker-1: a-token-of-the-vehicle\n")
    (folder / "token").write_text("a-token-of-the-vehicle\n")
    (folder / "settings.yaml").write_text(
        "data: data\nstreet: street.yaml\nprofile: demo\nconsole: {port: 0, machine_tokens: tokens.yaml}\n"
    )
    parts = Parts(load_settings(folder / "settings.yaml"))
    listener = bind("127.0.0.1", 0)
    console = ConsoleThread(parts.console, listener)
    console.start()
    yield HubSide(parts, f"http://127.0.0.1:{listener.getsockname()[1]}", folder / "token")
    console.stop()


@pytest.fixture
def vehicle(tmp_path: Path) -> Iterator[Site]:
    """A sealing machine with one package, told in its outbox."""
    folder = tmp_path / "vehicle"
    folder.mkdir()
    site = Site.at(folder, FrozenClock(START + timedelta(seconds=30)))
    yield site
    site.close()


def sealed(vehicle: Site) -> str:
    scene = film(write_street(vehicle.folder / "street.mp4"))
    return vehicle.sealer.seal(seal_request(scene)).package_id


def alert(vehicle: Site, name: str) -> None:
    with vehicle.database.session() as session:
        outbox_put(session, topics.ALERTS, "cell", {"id": name})


def test_a_vehicle_asks_where_it_is_to_be_silent(hub):
    ring = [[121.5, 31.2], [121.50002, 31.2], [121.50002, 31.20001]]
    alert = {
        "id": "a",
        "kind": "STALL",
        "source_id": "car-7",
        "lon": 121.5,
        "lat": 31.2,
        "accuracy_m": 0.4,
        "footprint": ring,
    }
    now = iso(hub.parts.clock.now())
    hub.parts.chain.alert_raised({**alert, "opened": now, "raised": now, "dwell_s": 60, "reasons": []})
    with hub.parts.database.session() as session:
        session.get_one(LeadRow, "a").state = "A1"
    uplink = Uplink.to(hub.url, hub.token)
    assert uplink.silent() == []
    operator = Actor("oper", "Li", frozenset({Role.OPER}))
    hub.parts.chain.take(operator, "a", "discard", {"reason": "false_detection"})
    (one,) = uplink.silent()
    assert (one.id, one.source_id, one.by) == ("a", "car-7", "Li")
    with pytest.raises(OSError, match="403"):
        Uplink(httpx.Client(base_url=hub.url)).silent()


def test_alerts_and_packages_reach_the_hub_and_leave_the_outbox(hub, vehicle, monkeypatch):
    monkeypatch.setattr(uplinks, "CHUNK", 1 << 16)  # so that one package needs many pieces
    alert(vehicle, "alert-1")
    package = sealed(vehicle)
    uplink = Uplink.to(hub.url, hub.token)
    uplink.drain(vehicle.database, vehicle.store, vehicle.clock)
    assert outbox_depth(vehicle.database) == 0
    assert hub.packages() == [package]
    assert hub.alerts() == ["alert-1"]
    there = hub.parts.store.path(package)
    assert vehicle.verify(there).pending  # bit by bit as sealed; only the stamp is missing
    uplink.close()


def test_a_package_sent_again_has_one_effect(hub, vehicle):
    package = sealed(vehicle)
    uplink = Uplink.to(hub.url, hub.token)
    uplink.drain(vehicle.database, vehicle.store, vehicle.clock)
    with vehicle.database.session() as session:  # the answer was lost: the machine still believes that it waits
        outbox_put(session, topics.EVIDENCE, package, {"package_id": package})
    uplink.drain(vehicle.database, vehicle.store, vehicle.clock)
    assert outbox_depth(vehicle.database) == 0
    assert hub.packages() == [package]
    uplink.close()


def test_without_coverage_everything_stays_and_goes_later_in_order(hub, vehicle):
    for name in ("alert-1", "alert-2"):
        alert(vehicle, name)
    far = Uplink.to("http://127.0.0.1:9", hub.token)
    with pytest.raises(OSError):
        far.drain(vehicle.database, vehicle.store, vehicle.clock)
    assert outbox_depth(vehicle.database) == 2
    near = Uplink.to(hub.url, hub.token)
    assert near.drain(vehicle.database, vehicle.store, vehicle.clock) == 2
    assert hub.alerts() == ["alert-1", "alert-2"]
    for uplink in (far, near):
        uplink.close()


def test_a_wrong_token_loses_nothing(hub, vehicle, tmp_path):
    alert(vehicle, "alert-1")
    (tmp_path / "token").write_text("not ours")
    uplink = Uplink.to(hub.url, tmp_path / "token")
    with pytest.raises(OSError, match=r"40[13]"):
        uplink.drain(vehicle.database, vehicle.store, vehicle.clock)
    assert outbox_depth(vehicle.database) == 1
    assert hub.alerts() == []
    uplink.close()


def test_what_the_hub_will_never_take_does_not_hold_up_the_rest_however_much_it_is(tmp_path, monkeypatch):
    """A hub that refuses messages by their content, as it would a damaged package: more of them than go at once."""
    monkeypatch.setattr(uplinks, "AT_ONCE", 2)
    mended: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bad = b"bad" in request.content and not mended
        return httpx.Response(400 if bad else 202, json={"taken": not bad})

    machine = Database(tmp_path / "machine.db")
    machine.upgrade()
    with machine.session() as session:
        for name in ("bad-1", "bad-2", "bad-3", "good-1", "good-2"):
            outbox_put(session, topics.ALERTS, "cell", {"id": name})
    uplink = Uplink(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://hub"))
    store = EvidenceStore.open(tmp_path / "evidence")

    def told() -> list[int]:
        return [uplink.drain(machine, store, FrozenClock(START)) for _ in range(3)]

    assert told() == [0, 1, 1]
    assert outbox_depth(machine) == 3  # the refused ones are kept for whoever looks into them, and tried again
    mended.append(True)
    assert told() == [2, 1, 0]
    uplink.close()
    machine.close()


@pytest.mark.parametrize(
    ("url", "token", "named"), [("hub.example", "token", "hub_url"), ("http://hub", "none", "none")]
)
def test_unusable_settings_of_an_uplink_are_refused(tmp_path, url, token, named):
    (tmp_path / "token").write_text("x")
    with pytest.raises(BadInput, match=named):
        Uplink.to(url, tmp_path / token)


@pytest.mark.parametrize(
    ("public_url", "secure"), [("https://case.city.example", True), ("http://127.0.0.1:8765", False)]
)
def test_a_console_that_is_reached_over_tls_gives_its_cookies_to_tls_alone(hub, public_url, secure):
    console = Parts(hub.parts.settings, public_url).console
    assert console.state.services.settings.secure_cookies is secure
