"""The real positive: photographs of parked bicycles held for a minute, watched, sealed, and verified by an expert."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from evidence import EvidenceStore, Stamper, TsaClient, load_trust, verify
from evidence.authority import TimeAuthority, serve
from evidence.certificates import Authority
from models import shared_data
from nonsite.watch import WatchConfig, WatchReport, load_watch_config, watch
from records import Database, SystemClock
from streams import Network, ObjectKind, SourceSpec, detect, open_source
from tests.real.conftest import STREETS, hold

RACKS = "parked_bikes_gray"
BIKES = frozenset({ObjectKind.BICYCLE, ObjectKind.MOTORCYCLE})
MANY = 5


@dataclass(frozen=True)
class Held:
    """A picture, its minute of H.264, and how many bicycles the network itself finds in both."""

    picture: Path
    clip: Path
    found: int


def count_bikes(network: Network, image: np.ndarray) -> int:
    return sum(found.kind in BIKES for found in network.detect([image])[0])


@pytest.fixture(scope="module")
def held(network: Network, tmp_path_factory: pytest.TempPathFactory) -> list[Held]:
    """Every picture in which the network finds a bicycle, and finds as many in the first frame of the clip."""
    folder = tmp_path_factory.mktemp("held")
    made = []
    for picture in sorted((shared_data() / "images" / RACKS / "images").glob("*.jpg")):
        on_still = count_bikes(network, cv2.imread(str(picture)))
        if on_still == 0:
            continue
        clip = hold(picture, folder / f"{picture.stem}.mp4", seconds=2)
        frames = open_source(SourceSpec("held", str(clip)), SystemClock()).frames()
        in_clip = sum(found.kind in BIKES for found in detect(network, [next(iter(frames))])[0])
        made.append(Held(picture, clip, min(on_still, in_clip)))
    return made


@pytest.fixture(scope="module")
def many(held: list[Held]) -> list[Held]:
    found = [one for one in held if one.found >= MANY]
    for one in found:
        hold(one.picture, one.clip)
    return found


def config(count: int = MANY, zone: tuple[float, float] | None = None, bay: bool = False) -> WatchConfig:
    """The racks' street; the managed area moved (by east, north degrees), or covered by a bay."""
    base = load_watch_config(STREETS / f"{RACKS}.yaml")
    street = {**base.street, "features": [dict(feature) for feature in base.street["features"]]}
    (area,) = street["features"]
    if zone is not None:
        moved = [[[lon + zone[0], lat + zone[1]] for lon, lat in ring] for ring in area["geometry"]["coordinates"]]
        area["geometry"] = {"type": "Polygon", "coordinates": moved}
    if bay:
        properties = {"layer": "bay", "name": "racks"}
        street["features"].append(
            {"type": "Feature", "id": "bay", "geometry": area["geometry"], "properties": properties}
        )
    return base.model_copy(update={"street": street, "rules": {**base.rules, "count_threshold": count}})


def run(clip: Path, network: Network, settings: WatchConfig, evidence: Path | None = None) -> WatchReport:
    return watch(str(clip), settings, tell=lambda event, document: None, network=network, evidence=evidence)


@pytest.fixture
def time_authority() -> Iterator[object]:
    """Starts a local time authority on the certificates of an evidence folder; ends it afterwards."""
    servers = []

    def start(authority: Authority) -> TsaClient:
        server = serve(TimeAuthority(authority.tsa_signer(), SystemClock()), "127.0.0.1", 0)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return TsaClient(f"http://127.0.0.1:{server.server_address[1]}/", timeout_s=5)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_network_finds_at_least_three_pictures_to_judge_by(many: list[Held]):
    assert len(many) >= 3, [one.found for one in many]


def test_inside_the_zone_each_gives_exactly_one_sealed_alert_that_verifies(
    many: list[Held], network: Network, tmp_path: Path, time_authority
):
    for one in many:
        folder = tmp_path / one.picture.stem
        report = run(one.clip, network, config(), folder)
        assert [str(alert.kind) for alert in report.alerts] == ["BIKE_CLUTTER"], one.picture.name
        assert report.alerts[0].count >= MANY
        assert 20 <= report.alerts[0].dwell_s <= 24
        (sealed,) = report.sealed
        authority = Authority(folder / "authority")
        stamps = Stamper(
            EvidenceStore.open(folder / "evidence"),
            Database(folder / "machine.db"),
            [time_authority(authority)],
            load_trust(authority.tsa_ca),
            SystemClock(),
        )
        assert stamps.drain().stamped == [sealed.package_id]
        verdict = verify(sealed.path, authority.ca, authority.tsa_ca, folder / "machine.db")
        assert verdict.ok, [check for check in verdict.checks if check.ok is False]


def test_outside_the_zone_none_gives_an_alert(many: list[Held], network: Network):
    for one in many:
        assert run(one.clip, network, config(zone=(0.01, 0.01))).alerts == [], one.picture.name


def test_inside_a_bay_none_gives_an_alert(many: list[Held], network: Network):
    for one in many:
        assert run(one.clip, network, config(bay=True)).alerts == [], one.picture.name


def test_pictures_with_fewer_give_one_alert_at_a_threshold_of_one_and_none_at_five(held: list[Held], network: Network):
    few = [one for one in held if one.found == 1][:3]
    assert few
    for one in few:
        hold(one.picture, one.clip)
        assert len(run(one.clip, network, config(count=1)).alerts) == 1, one.picture.name
        assert run(one.clip, network, config()).alerts == []
