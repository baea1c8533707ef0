"""Videos of a street with people, cars and scripted incidents, as a 1080p25 camera sends them; made once and kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np

from models.scenes import Script, cameras, compose_day, render, street_file
from nonsite.demo.truth import Incident, load_truth
from nonsite.settings import SourceSettings
from records import iso

SIZE, FPS, GOP_S = (1920, 1080), 25, 2
DRAWN_FPS, DRAWN_SIZE = 5, (1280, 720)
FROM_S = 30.0
SEED = 2
"""A day on which whatever stands about stands in view of its camera; on others goods stand behind parked bicycles, and
only the vehicle that passes sees them."""
KBPS = 2000
FORBIDDING = frozenset({"vending_forbidden", "frontage", "bike_managed", "ad_controlled"})


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's video, what `nonsite` must know of the camera, and what is really to be seen in it."""

    video: Path
    camera: dict[str, object]
    start: datetime
    incidents: tuple[Incident, ...]

    def settings(self, name: str, url: str) -> SourceSettings:
        """A source of this camera at another address."""
        points = [{"px": list(gcp["px"]), "lonlat": list(gcp["lonlat"])} for gcp in self.camera["gcps"]]  # type: ignore[attr-defined]
        fields = {"id": name, "url": url, "image_size": list(SIZE), "calibration": points}
        return SourceSettings.model_validate(fields)


def script() -> Script:
    return compose_day(SEED)


def street() -> dict[str, object]:
    """The street file that goes with the videos."""
    return street_file(script())


def lenient() -> dict[str, object]:
    """The same street with nothing forbidden on it."""
    file = street()
    kept = [one for one in file["features"] if one["properties"]["layer"] not in FORBIDDING]  # type: ignore[attr-defined]
    return {**file, "features": kept}


def scenes(folder: Path, seconds: float) -> list[Scene]:
    """The fixed cameras of a generated district, `seconds` from a time at which things begin to stand about."""
    day = script()
    folder = folder / f"street-{SEED}-{seconds:.0f}s"
    wanted = [camera for camera in cameras(day, SIZE) if camera["kind"] == "camera"]
    names = [str(camera["id"]) for camera in wanted]
    missing = [name for name in names if not (folder / f"{name}.1080p25.mp4").exists()]
    if missing:
        drawn = render(day, SEED, folder, DRAWN_SIZE, DRAWN_FPS, missing, FROM_S, FROM_S + seconds)
        for name, video in drawn.videos.items():
            as_camera(video, folder / f"{name}.1080p25.mp4")
            video.unlink()
    render(day, SEED, folder, DRAWN_SIZE, DRAWN_FPS, [], FROM_S, FROM_S)  # the truth alone
    start = day.start + timedelta(seconds=FROM_S)
    end = start + timedelta(seconds=seconds)
    truth = {one.id: one for one in load_truth(folder / "truth.json")}
    shown = {row["id"]: row["seen_by"] for row in json.loads((folder / "truth.json").read_text())["incidents"]}
    return [
        Scene(
            folder / f"{camera['id']}.1080p25.mp4",
            camera,
            start,
            tuple(
                one for one in truth.values() if camera["id"] in shown[one.id] and start <= one.end and one.start < end
            ),
        )
        for camera in wanted
    ]


def as_camera(drawn: Path, out: Path) -> None:
    """Scale to 1080p, repeat to 25 pictures a second under sensor noise, and encode as cameras do: GOP 2 s, 2 Mb/s, one
    slice a picture."""
    rng = np.random.default_rng(SEED)
    lighter = [_grains(rng) for _ in range(5)]
    darker = [_grains(rng) for _ in range(4)]
    partial = out.with_suffix(".partial.mp4")
    with av.open(str(drawn)) as source, av.open(str(partial), "w") as sink:
        track = sink.add_stream("libx264", rate=FPS)
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        gop = str(GOP_S * FPS)
        rate = f"vbv-maxrate={KBPS}:vbv-bufsize={2 * KBPS}:slices=1:sliced-threads=0"
        track.options = {
            "g": gop, "keyint_min": gop, "sc_threshold": "0", "preset": "superfast", "tune": "zerolatency",
            "crf": "25", "x264-params": rate, "threads": "2",
        }  # fmt: skip
        n = 0
        for picture in source.decode(video=0):
            large = picture.reformat(width=SIZE[0], height=SIZE[1], format="yuv420p").to_ndarray()
            luma = large[: SIZE[1]].copy()
            for _ in range(FPS // DRAWN_FPS):
                large[: SIZE[1]] = cv2.subtract(cv2.add(luma, lighter[n % 5]), darker[n % 4])
                frame = av.VideoFrame.from_ndarray(large, format="yuv420p")
                frame.pts, n = n, n + 1
                sink.mux(track.encode(frame))
        sink.mux(track.encode(None))
    partial.replace(out)


def _grains(rng: np.random.Generator) -> np.ndarray:
    """Noise of a sensor, two pixels wide, of some two grey levels."""
    small = np.abs(rng.normal(0, 2, (SIZE[1] // 2, SIZE[0] // 2))).astype(np.uint8)
    return np.asarray(cv2.resize(small, SIZE), np.uint8)


def described(scene: Scene) -> str:
    """What is in a video, for a report."""
    with av.open(str(scene.video)) as container:
        kbps = container.bit_rate / 1000
    return json.dumps(
        {"video": scene.video.name, "kbps": round(kbps), "start": iso(scene.start), "incidents": len(scene.incidents)}
    )
