"""The parts of a worker and a hub among others, each by itself: registers, snapshots, health, patience, take-over."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import generate_latest
from sqlalchemy.exc import OperationalError

from detectors import AlertMessage
from nonsite.fleet import Fleet
from nonsite.handover import Handover
from nonsite.health import HealthServer
from nonsite.hub import alone, patient
from nonsite.messages import CameraMessage, group_of
from nonsite.metrics import Figures
from nonsite.recapture import Recapture
from nonsite.roles import publish_cameras
from nonsite.sealing import POST_S, PRE_S
from nonsite.serve import bind
from nonsite.settings import Settings, SourceSettings
from nonsite.snapshot import Snapshot
from nonsite.watching import Watching
from nonsite.worker import Worker
from records import BadInput, Database, FrozenClock
from streams import InProcessBus, NotNow, Spool, SpoolingBus, topics
from tests.nonsite.test_worker import film, parts  # noqa: F401  (a worker's parts as a fixture)

NOW = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)


def source(name: str, **more: object) -> SourceSettings:
    return SourceSettings.model_validate({"id": name, "url": f"http://host/{name}.ts", **more})


def settings_with(*sources: SourceSettings) -> Settings:
    return Settings.model_validate({"data": "d", "street": "s", "sources": [one.model_dump() for one in sources]})


def test_a_hub_publishes_what_changed_and_retracts_what_is_gone():
    bus, told = InProcessBus(), []
    bus.subscribe(topics.CAMERAS, "t", lambda message: told.append(message["camera"]["id"]))
    publish_cameras(bus, settings_with(source("a"), source("b", group="corner")))
    assert (told, set(bus.table(topics.CAMERAS))) == (["a", "b"], {"a/a", "corner/b"})
    publish_cameras(bus, settings_with(source("a"), source("b", group="corner")))
    assert told == ["a", "b"]  # a second hub, or a restart, changes nothing
    publish_cameras(bus, settings_with(source("b", group="corner", watch="2.0"), source("c")))
    assert told == ["a", "b", "b", "c"]
    assert set(bus.table(topics.CAMERAS)) == {"corner/b", "c/c"}
    publish_cameras(bus, settings_with())
    assert set(bus.table(topics.CAMERAS)) == {"corner/b", "c/c"}  # a hub without sources keeps no register


def test_what_fails_because_the_database_is_away_is_asked_again_and_what_is_wrong_is_not():
    def away(_message: dict) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    def wrong(_message: dict) -> None:
        raise KeyError("raised")

    with pytest.raises(NotNow):
        patient(topics.ALERTS, away)({})
    with pytest.raises(KeyError):
        patient(topics.ALERTS, wrong)({})


def test_on_sqlite_a_duty_is_always_ours(tmp_path):
    with alone(Database(tmp_path / "d.db"), "terms") as ours:
        assert ours


def test_a_snapshot_gives_back_what_was_watched_and_forgets_other_groups(tmp_path):
    snapshot = Snapshot(tmp_path / "snapshot")
    assert (snapshot.cameras(), snapshot.street(), snapshot.states(["a"])) == ([], None, {})
    snapshot.keep_state("a", {"incidents": [1]})
    snapshot.keep_state("über/eck", {"incidents": [2]})
    snapshot.keep_cameras([source("x", group="über/eck")])
    assert [camera.id for camera in snapshot.cameras()] == ["x"]
    assert snapshot.states(["a", "über/eck"]) == {"über/eck": {"incidents": [2]}}


def test_health_says_what_cannot_be_done_and_figures_survive_what_is_away():
    def broken() -> float:
        raise BadInput("E_BUS_DOWN", "away")

    figures = Figures({"nonsite_test_broken": ("t", broken), "nonsite_test_fine": ("t", lambda: 3.0)}, lambda: {"t": 2})
    server = HealthServer(bind("127.0.0.1", 0), lambda: {"bus": False, "cameras": True})
    server.start()
    try:
        assert urllib.request.urlopen(f"{server.url}/healthz").read() == b"ok\n"
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{server.url}/readyz")
        assert (refusal.value.code, json.load(refusal.value)) == (503, {"bus": False, "cameras": True})
        text = urllib.request.urlopen(f"{server.url}/metrics").read().decode()
    finally:
        server.stop()
        figures.close()
    assert "nonsite_test_broken NaN" in text
    assert "nonsite_test_fine 3.0" in text
    assert 'nonsite_bus_lag{topic="t"} 2.0' in text
    assert "nonsite_test_fine" not in generate_latest().decode()


def worker_of(parts, tell) -> Worker:  # noqa: F811
    made = (parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock)
    return Worker(parts.settings, *made, sources=(), tell=tell)


def test_cameras_that_come_and_go_take_their_incidents_along(parts, tmp_path):  # noqa: F811
    for name in ("whole", "cut", "noise"):
        film(tmp_path / f"{name}.ts")
    cameras = list(parts.settings.sources)
    bus = SpoolingBus(InProcessBus, Spool(tmp_path / "spool.db"))
    bus.publish_all([(topics.CAMERAS, (m := CameraMessage(camera=one)).key, m.to_json()) for one in cameras])
    lost = source("lost", calibration=[], device={"lon": 1, "lat": 1})
    bus.publish(topics.CAMERAS, "lost/lost", CameraMessage(camera=lost).to_json())
    bus.publish(topics.CAMERAS, "odd/odd", {"camera": {"id": "odd"}})
    incident = {**empty_incident(), "id": "from-the-other-machine"}
    state = {"group": group_of(cameras[0]), "incidents": [incident], "at": "2026-06-03T08:00:00Z", "answered": ["a-1"]}
    bus.publish(topics.INCIDENTS, group_of(cameras[0]), state)
    assert bus.settled(10)

    tell: list = []
    worker = worker_of(parts, lambda *message: tell[0](*message))
    fleet = Fleet(worker, Recapture(worker, parts.sealer), bus, Snapshot(tmp_path / "snapshot"), "worker-1")
    tell.append(fleet.tell)
    fleet.start()
    assert set(worker.watchings) == {"whole", "cut", "noise"}
    assert set(worker.refused) == {"lost"}  # what cannot be watched keeps nobody else waiting
    assert fleet.holding == 4
    assert worker.answered == {"a-1"}
    left = worker.drop(["whole"])
    assert [one["id"] for one in left[group_of(cameras[0])]["incidents"]] == ["from-the-other-machine"]
    worker.take([cameras[0]], left)
    again = worker.drop(["whole"])
    assert [one["id"] for one in again[group_of(cameras[0])]["incidents"]] == ["from-the-other-machine"]
    fleet.stop()
    assert (worker.watchings, worker.refused) == ({}, {})
    worker.stop()
    bus.close()


def test_what_was_told_and_not_sealed_is_the_successors_to_seal_unless_it_is_sealed_here_still():
    handover = Handover("worker-1", FrozenClock(NOW))
    state = json.loads((Path(__file__).parent / "data" / "alert.json").read_text())
    (alert,) = handover.inherit({"unsealed": [state], "answered": ["b"]}, state["source_id"])
    street = _Street()
    waiting = handover.with_facts({"group": "g"}, {alert.source_id}, {alert.source_id}, street)
    assert [one["id"] for one in waiting["unsealed"]] == [alert.id]
    assert waiting["answered"] == ["b"]
    leaving = handover.with_facts({"group": "g"}, {alert.source_id}, set(), street)
    assert (leaving["unsealed"], leaving["answered"]) == ([], ["b"])
    handover.sealed(alert.id)
    assert handover.with_facts({"group": "g"}, {alert.source_id}, {alert.source_id}, street)["unsealed"] == []


def test_an_inherited_alert_is_sealed_about_the_first_look_that_has_a_pre_roll_here():
    document = json.loads((Path(__file__).parent / "data" / "alert.json").read_text())
    alert = AlertMessage.model_validate(document)
    began = alert.raised + timedelta(seconds=12)  # the take-over; nothing from before it is in the ring
    ring = SimpleNamespace(oldest=began, newest=began)
    one = Watching(source(alert.source_id), SimpleNamespace(ring=ring), None, None, None, None, inherited=[alert])  # type: ignore[arg-type]
    one.inherit(began + timedelta(seconds=2))
    assert (one.timed, list(one.due(began + timedelta(seconds=60)))) == (True, [])
    first = began + timedelta(seconds=PRE_S + 1)
    one.inherit(first)
    assert list(one.due(first + timedelta(seconds=POST_S - 1))) == []
    (waiting,) = one.due(first + timedelta(seconds=POST_S))
    assert (waiting.alert.id, waiting.at, one.timed) == (alert.id, first, False)


class _Street:
    """As much of a street as a hand-over asks for."""

    class plane:
        class origin:
            lon, lat = 121.5, 31.2


def empty_incident() -> dict:
    """An incident as it lies on the bus, of a thing that nobody has seen lately."""
    from detectors.incident import Incident
    from detectors.store import _RECORDS
    from detectors.violation import Family

    made = Incident("x", Family.OCCUPATION, NOW, (1.0, 0.0), NOW, NOW)
    return _RECORDS.dump_python([made], mode="json")[0]
