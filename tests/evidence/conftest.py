"""A street corner in ten seconds of real H.264, and a site that can seal it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import pytest

from evidence import (
    Authority,
    ClockFacts,
    DeviceFacts,
    EvidenceStore,
    FrameDetections,
    Photo,
    PhotoRole,
    Sealed,
    Sealer,
    SealProfile,
    SealRequest,
    Stamper,
    TsaClient,
    Verification,
    create_ca,
    load_trust,
    verify,
)
from evidence.authority import TimeAuthority, serve
from records import Clock, Database, FrozenClock, iso
from streams import Cut, Detection, Execution, Frame, Image, ObjectKind, SourceSpec, open_source

START = datetime(2026, 5, 12, 8, 15, 0, tzinfo=UTC)
FPS, SECONDS, SIZE = 5, 12, (640, 360)
ALERT = "0199f3c2-0000-7000-8000-000000000001"


def write_street(path: Path, codec: str = "libx264", pix_fmt: str = "yuv420p") -> Path:
    """Video with B-frames and a GOP of 2 s: something stands, something walks, the sensor is noisy."""
    rng = np.random.default_rng(7)
    width, height = SIZE
    ground = np.linspace(60, 180, width, dtype=np.float32)[None, :, None] * np.ones((height, 1, 3), np.float32)
    noise = rng.normal(0, 4, (height, width, 3)).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.options = {"preset": "ultrafast", "bf": "2", "g": str(2 * FPS), "crf": "26", "sc_threshold": "0"}
        if codec == "libx265":
            stream.options = {"preset": "ultrafast", "x265-params": f"keyint={2 * FPS}:bframes=2:log-level=none"}
        for n in range(FPS * SECONDS):
            image = ground + np.roll(noise, 13 * n, axis=1)
            image[height // 2 : height // 2 + 60, width // 2 : width // 2 + 100] = (40, 120, 220)
            x = (10 * n) % (width - 30)
            image[height // 3 : height // 3 + 75, x : x + 25] = (200, 80, 60)
            frame = av.VideoFrame.from_ndarray(np.clip(image, 0, 255).astype(np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@dataclass(frozen=True)
class Scene:
    """A cut of original packets and some of the frames in it."""

    cut: Cut
    frames: list[Frame]


@pytest.fixture(scope="session")
def filmed() -> Callable[..., Scene]:
    """The same street through another encoder, container or pixel format."""
    return lambda path, codec, pix_fmt: film(write_street(path, codec, pix_fmt))


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return film(write_street(tmp_path_factory.mktemp("street") / "street.mp4"))


def film(path: Path) -> Scene:
    """What a camera that sends this video leaves in the ring."""
    source = open_source(SourceSpec("cam-1", str(path), start=START, watch="all"), FrozenClock(START))
    frames = list(source.frames())
    cut = source.ring.cut(START, START + timedelta(seconds=SECONDS))
    source.close()
    return Scene(cut, frames)


def seal_request(scene: Scene, **changes: Any) -> SealRequest:
    """What a detector and its surroundings hand in for a stall seen from START to START + 10 s."""
    stall = Detection(ObjectKind.STALL, "stall", 0.91, (320.0, 180.0, 420.0, 240.0))
    walker = Detection(ObjectKind.PERSON, "person", 0.77, (100.0, 120.0, 125.0, 195.0))
    request = SealRequest(
        alert={
            "id": ALERT,
            "kind": "STALL",
            "source_id": "cam-1",
            "opened": iso(START),
            "raised": iso(START + timedelta(seconds=10)),
            "dwell_s": 10.0,
            "layer_version": "a1b2c3d4e5f6",
        },
        cut=scene.cut,
        photos=(
            Photo(PhotoRole.PANORAMA, scene.frames[0]),
            Photo(PhotoRole.PANORAMA, scene.frames[50]),
            Photo(PhotoRole.CLOSE_UP, scene.frames[50], (310.0, 170.0, 430.0, 250.0)),
        ),
        detections=[FrameDetections.of(scene.frames[n], (stall, walker)) for n in (0, 25, 50)],
        geofence={"type": "FeatureCollection", "features": [], "version": "a1b2c3d4e5f6"},
        calibration={"camera_id": "cam-1", "residual_px": 0.8},
        model={"name": "street-n", "weights_sha256": "0" * 64},
        device=DeviceFacts("cam-1", lon=121.5001, lat=31.2201, legal_review_no="L-1", technical_review_no="T-1"),
        clock=ClockFacts("chrony", offset_ms=12, measured_at=START, stratum=2),
    )
    return replace(request, **changes)


@dataclass
class Site:
    """One sealing machine with its authority, and the clock that all of it shares."""

    folder: Path
    clock: Clock
    authority: Authority
    store: EvidenceStore
    database: Database
    sealer: Sealer
    servers: list[Any] = field(default_factory=list)

    @classmethod
    def at(cls, folder: Path, clock: Clock, authority: Authority | None = None) -> Site:
        authority = authority or create_ca(folder / "authority", clock)
        store = EvidenceStore.open(folder / "evidence")
        database = Database(folder / "machine.sqlite")
        database.create_all()
        profile = SealProfile("Demo district", "Evidence unit", law_refs={"STALL": "demo"})
        sealer = Sealer(store, database, "worker-1", authority.sealing_signer(), clock, profile)
        return cls(folder, clock, authority, store, database, sealer)

    def tsa(self, clock: Clock | None = None, authority: Authority | None = None) -> TsaClient:
        """A running time authority; its clock is the site's unless another is given."""
        signer = (authority or self.authority).tsa_signer()
        server = serve(TimeAuthority(signer, clock or self.clock), "127.0.0.1", 0)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.servers.append(server)
        return TsaClient(f"http://127.0.0.1:{server.server_address[1]}/", timeout_s=5)

    def stamper(self, *clients: TsaClient) -> Stamper:
        return Stamper(self.store, self.database, clients, load_trust(self.authority.tsa_ca), self.clock)

    def sealed_and_stamped(self, request: SealRequest) -> Sealed:
        sealed = self.sealer.seal(request)
        report = self.stamper(self.tsa()).drain()
        assert report.stamped == [sealed.package_id], report
        return sealed

    def verify(self, path: Path, **more: Any) -> Verification:
        return verify(path, self.authority.ca, self.authority.tsa_ca, **more)

    def close(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()
        self.database.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    one = Site.at(tmp_path, FrozenClock(START + timedelta(seconds=30)))
    yield one
    one.close()


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """More sites, or sites on another clock."""
    made: list[Site] = []

    def make(name: str, clock: Clock, authority: Authority | None = None) -> Site:
        made.append(Site.at(tmp_path / name, clock, authority))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def request_of(scene: Scene) -> Callable[..., SealRequest]:
    """A seal request on the scene, with changes by name; `alert_id` gives it another alert."""

    def make(alert_id: str = ALERT, **changes: Any) -> SealRequest:
        request = seal_request(scene, **changes)
        return replace(request, alert={**request.alert, "id": alert_id})

    return make


@dataclass(frozen=True)
class Standing:
    """A site with two stamped packages that no test changes."""

    site: Site
    first: Path
    second: Path
    seal_sha256: str


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory, scene: Scene) -> Iterator[Standing]:
    clock = FrozenClock(START + timedelta(seconds=30))
    site = Site.at(tmp_path_factory.mktemp("standing"), clock)
    first = site.sealed_and_stamped(seal_request(scene))
    clock.advance(60)
    request = seal_request(scene)
    second = site.sealed_and_stamped(replace(request, alert={**request.alert, "id": "another"}))
    yield Standing(site, first.path, second.path, first.seal_sha256)
    site.close()


@pytest.fixture
def writable(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a package, under its own name, that can be tampered with."""

    def copy(package: Path) -> Path:
        there = shutil.copytree(package, tmp_path / "copy" / package.name, symlinks=True)
        for path in (there, *there.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return there

    return copy


class ColourNetwork:
    """A network that really looks: it finds the standing box and the walker of the scene by their colours."""

    name = "colours"
    sha256 = "c" * 64
    execution = Execution("by hand")
    input_size = SIZE
    thresholds: ClassVar[dict[ObjectKind, float]] = {ObjectKind.STALL: 0.3, ObjectKind.PERSON: 0.3}
    _COLOURS: ClassVar = {ObjectKind.STALL: (40, 120, 220), ObjectKind.PERSON: (200, 80, 60)}

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        return [[found for kind in self._COLOURS if (found := self._find(image, kind))] for image in images]

    def _find(self, image: Image, kind: ObjectKind) -> Detection | None:
        apart = np.abs(image.astype(np.int16) - np.array(self._COLOURS[kind], np.int16)).max(axis=2)
        rows, columns = np.nonzero(apart < 30)
        if len(rows) < 300:
            return None
        box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
        filled = len(rows) / ((box[2] - box[0]) * (box[3] - box[1]))
        return Detection(kind, kind.value, float(filled), box)


@pytest.fixture
def network() -> ColourNetwork:
    return ColourNetwork()


@pytest.fixture
def seen_by(network: ColourNetwork, scene: Scene) -> Callable[[Sequence[int]], list[FrameDetections]]:
    """What the network sees in frames of the scene."""

    def look(frames: Sequence[int]) -> list[FrameDetections]:
        return [FrameDetections.of(scene.frames[n], network.detect([scene.frames[n].image()])[0]) for n in frames]

    return look
