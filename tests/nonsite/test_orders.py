"""Places where a camera is silent reach the machine that watches it, and what it follows survives its restart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from detectors import Suppression
from nonsite.fleet import Fleet
from nonsite.memory import Memory
from nonsite.messages import CameraMessage
from nonsite.orders import Orders, hold_silent
from nonsite.recapture import Recapture
from nonsite.settings import SourceSettings
from nonsite.snapshot import Snapshot
from nonsite.worker import Worker
from records import Database, iso, outbox_depth
from streams import InProcessBus, Spool, SpoolingBus, topics
from tests.nonsite.test_worker import film, parts  # noqa: F401  (a worker's parts as a fixture)

SOON = datetime.now(UTC) + timedelta(hours=1)


def suppression(name: str = "a", source: str = "whole") -> Suppression:
    ring = ((121.5, 31.2), (121.50002, 31.2), (121.50002, 31.20001))
    return Suppression(
        id=name, source_id=source, kind="STALL", footprint=ring, accuracy_m=0.3, since=datetime.now(UTC), until=SOON,
        by="Li", reason="false_detection",
    )  # fmt: skip


def suppress(one: Suppression) -> dict:
    return {"command": "suppress", "source_id": one.source_id, "suppression": one.model_dump(mode="json")}


def lift(one: Suppression) -> dict:
    return {"command": "lift", "source_id": one.source_id, "suppression_id": one.id, "by": "Li"}


def silent(worker: Worker, source: str) -> list[str]:
    store = worker.incidents_of(source)
    assert store is not None
    return [row["id"] for row in store.suppressions.to_json(None)]


@pytest.fixture
def films(tmp_path) -> None:
    for name in ("whole", "cut", "noise"):
        film(tmp_path / f"{name}.ts")


@pytest.fixture
def worker(parts, films):  # noqa: F811
    made = (parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock)
    worker = Worker(parts.settings, *made)
    yield worker
    worker.stop()


def test_a_command_silences_the_camera_that_it_names_until_it_is_lifted(worker, parts):  # noqa: F811
    orders = Orders(worker, Recapture(worker, parts.sealer))
    for message in (suppress(suppression()), suppress(suppression("b", "another machines"))):
        orders.command(message)
        orders.command(message)  # at least once
    assert (silent(worker, "whole"), silent(worker, "cut")) == (["a"], [])
    orders.command(lift(suppression()))
    assert silent(worker, "whole") == []


def test_what_the_hub_has_on_record_holds_from_the_start_and_nothing_else(worker):
    hold_silent(worker, [suppression(), suppression("b", "cut"), suppression("c", "of another machine")])
    assert (silent(worker, "whole"), silent(worker, "cut")) == (["a"], ["b"])
    hold_silent(worker, [suppression("d")])
    assert (silent(worker, "whole"), silent(worker, "cut")) == (["d"], [])


def test_cameras_that_come_to_a_worker_bring_their_silent_places_along(parts, films, tmp_path):  # noqa: F811
    bus = SpoolingBus(InProcessBus, Spool(tmp_path / "spool.db"))
    camera = parts.settings.sources[0]
    for message in (suppress(suppression("a")), suppress(suppression("b")), lift(suppression("a"))):
        bus.publish(topics.COMMANDS, camera.id, message)
    bus.publish(topics.CAMERAS, (m := CameraMessage(camera=camera)).key, m.to_json())
    assert bus.settled(10)
    made = (parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock)
    worker = Worker(parts.settings, *made, sources=(), tell=lambda *_message: None)
    fleet = Fleet(worker, Recapture(worker, parts.sealer), bus, Snapshot(tmp_path / "snapshot"), "worker-1")
    fleet.start()
    assert silent(worker, camera.id) == ["b"]
    left = worker.drop([camera.id])
    assert [row["id"] for state in left.values() for row in state["suppressions"]] == ["b"]
    fleet.stop()
    worker.stop()
    bus.close()


def test_a_camera_that_goes_to_another_machine_takes_its_second_looks_along(worker, parts):  # noqa: F811
    recapture = Recapture(worker, parts.sealer)
    alert = {**json.loads((Path(__file__).parent / "data" / "alert.json").read_text()), "source_id": "whole"}
    order = {"command": "recapture", "alert": alert, "due": iso(SOON)}
    recapture.command(order)
    assert (recapture.round(), recapture.waiting) == (True, 1)  # not due yet
    left = worker.drop(["whole"])
    recapture.round()
    assert recapture.waiting == 0
    worker.take(parts.settings.sources[:1], left)
    recapture.recall({"whole"}, [order])
    assert recapture.waiting == 1


def test_a_machine_without_kafka_keeps_its_incidents_in_files_and_tells_everything_else(tmp_path):
    machine = Database(tmp_path / "machine.db")
    machine.upgrade()
    memory = Memory(Snapshot(tmp_path / "snapshot"), machine)
    state = {"group": "cam", "incidents": [{"id": "i"}], "suppressions": [suppression().model_dump(mode="json")]}
    memory.tell(topics.INCIDENTS, "cam", json.loads(json.dumps(state)))
    assert outbox_depth(machine) == 0
    memory.tell(topics.ALERTS, "cell", {"id": "x"})
    assert outbox_depth(machine) == 1
    again = Memory(Snapshot(tmp_path / "snapshot"), machine)
    live = SourceSettings(id="cam", url="rtsp://host/1")
    film = SourceSettings(id="cam", url="cam.ts")
    assert again.states([live]) == {"cam": state}
    assert again.states([film]) == {}


def test_a_worker_that_starts_again_goes_on_with_the_incidents_it_had(parts, films):  # noqa: F811
    made = (parts.profile, parts.street, parts.networks[:1], parts.sealer, parts.machine, parts.clock)
    first = Worker(parts.settings, *made)
    store = first.incidents_of("whole")
    since = "2026-06-03T07:59:00Z"
    incident = {"id": "i", "family": "occupation", "axis": [1.0, 0.0], "unlawful_s": 42.0}
    incident |= {"opened": since, "first_seen": since, "last_seen": "2026-06-03T07:59:59Z"}
    store.restore({"incidents": [incident]})
    state = json.loads(json.dumps(first._with_facts(store.to_json())))
    first.stop()
    second = Worker(parts.settings, *made, states={"whole": state})
    (known,) = second.incidents_of("whole").incidents
    assert (known.id, known.unlawful_s) == ("i", 42.0)
    second.stop()
