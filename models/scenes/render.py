"""A script rendered: videos, tracks, and the truth about every frame. Same script and seed, same truth."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from zlib import crc32

from models.scenes.frame_of_street import StreetFrame
from models.scenes.mesh import Image
from models.scenes.nmea import track_lines
from models.scenes.path import Drive, fixed_view
from models.scenes.script import Script
from models.scenes.sensor import Sensor
from models.scenes.stage import Label, Stage
from models.scenes.training import shifted
from models.scenes.truth import cameras, frame_row, incidents, pose_rows
from models.scenes.video import VideoWriter
from models.scenes.world import World
from records import BadInput

_FIXED_SCALE, _VEHICLE_SCALE = 60.0, 45.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one rendering wrote: video, boxes and (vehicles) track by source, and the truth."""

    videos: dict[str, Path]
    boxes: dict[str, Path]
    tracks: dict[str, Path]
    truth: Path


def render(
    script: Script,
    seed: int,
    out: Path | str,
    size: tuple[int, int] = (1280, 720),
    fps: float = 5.0,
    sources: Sequence[str] | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Rendered:
    """Render some or all sources of a script into a folder, from second `start_s` to `end_s` of its street.

    Raises BadInput where a source is unknown or the folder cannot be written; nothing half-done is left behind.
    """
    out, end_s = Path(out), script.duration_s if end_s is None else end_s
    wanted = list(script.sources if sources is None else sources)
    if unknown := [name for name in wanted if name not in script.sources]:
        raise BadInput("E_SOURCE", f"{script.name} has no source {unknown[0]!r}", f"one of {', '.join(script.sources)}")
    done = Rendered({}, {}, {}, out / "truth.json")
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name in wanted:
            _render_one(script, seed, out, size, fps, name, start_s, end_s, done)
        document = {
            "script": script.name,
            "seed": seed,
            "cameras": cameras(script, size),
            "incidents": incidents(script),
        }
        done.truth.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        for path in (*done.videos.values(), *done.boxes.values(), *done.tracks.values()):
            path.unlink(missing_ok=True)
        raise BadInput("E_OUT", f"{out}: {error.strerror or error}", "name a folder with room to write") from error
    return done


def _render_one(
    script: Script, seed: int, out: Path, size: tuple[int, int], fps: float, name: str, start_s: float, end_s: float,
    done: Rendered,
) -> None:  # fmt: skip
    done.videos[name], done.boxes[name] = out / f"{name}.mp4", out / f"{name}.boxes.jsonl"
    partial = out / f".{name}.partial.mp4"
    try:
        with VideoWriter(partial, size, fps) as video, done.boxes[name].open("w", encoding="utf-8") as rows:
            shots = _shots(script, seed, size, name, _times(fps, start_s, end_s))
            for index, (picture, labels) in enumerate(shots):
                video.write(picture)
                rows.write(json.dumps(frame_row(index, index / fps, labels)) + "\n")
        partial.replace(done.videos[name])
    finally:
        partial.unlink(missing_ok=True)
    vehicle = next((one for one in script.vehicles if one.id == name), None)
    if vehicle is not None:
        done.tracks[name] = out / f"{name}.nmea"
        lines = track_lines(Drive(vehicle), StreetFrame(script.district), script.start, end_s, seed)
        done.tracks[name].write_text("\r\n".join(lines) + "\r\n", encoding="ascii")
        poses = "".join(json.dumps(row) + "\n" for row in pose_rows(script, vehicle, fps, end_s))
        (out / f"{name}.poses.jsonl").write_text(poses, encoding="utf-8")


def _times(fps: float, start_s: float, end_s: float) -> Iterable[float]:
    return (start_s + k / fps for k in range(round((end_s - start_s) * fps)))


def _shots(
    script: Script, seed: int, size: tuple[int, int], name: str, times: Iterable[float]
) -> Iterator[tuple[Image, list[Label]]]:
    """What the camera sends (I420) and its labels, one spell of weather after the other."""
    index = 0
    for weather, during in groupby(times, script.weather_at):
        sensor = Sensor(weather, size, seed * 7919 + crc32(name.encode()))
        for picture, labels in _frames(script.model_copy(update={"weather": weather}), seed, size, name, during):
            dx, dy = sensor.shake(index)
            yield sensor.expose(picture, index), [shifted(label, dx, dy, size) for label in labels]
            index += 1


def _frames(
    script: Script, seed: int, size: tuple[int, int], name: str, times: Iterable[float]
) -> Iterator[tuple[Image, list[Label]]]:
    camera = next((one for one in script.cameras if one.id == name), None)
    if camera is not None:
        stage = Stage(World(script, seed, _FIXED_SCALE * size[0] / 1280), fixed_view(camera, size))
        yield from (stage.frame(t) for t in times)
        return
    drive = Drive(next(one for one in script.vehicles if one.id == name))
    world = World(script, seed, _VEHICLE_SCALE * size[0] / 1280)
    last: tuple[object, Stage] | None = None
    for t in times:
        view = drive.view(t, size)
        if last is None or last[0] != view:
            last = (view, Stage(world, view, smooth=False))
        yield last[1].frame(t)
