"""From an alert and a cut of the ring to what is sealed: which frames become photographs, what is handed in beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from evidence import ClockFacts, DeviceFacts, FrameDetections, HealthFacts, Photo, PhotoRole, SealRequest
from nonsite.dwell import Kept
from nonsite.footage import Footage
from records import parse_iso
from streams import Cut, Frame

PRE_S = 15.0
POST_S = 15.0
# GA/T 832-2014: pictures of a standing violation lie at least 10 s apart.
APART = timedelta(seconds=12)
CLOSE_UP_MARGIN = 0.35


@dataclass(frozen=True, slots=True)
class Witness:
    """What is true of one source while it watches: whose device it is, how it is calibrated, which network looks."""

    device: DeviceFacts
    model: Mapping[str, Any]
    geofence: Mapping[str, Any]


def seal_request(
    alert: Mapping[str, Any],
    at: datetime,
    stage: str,
    cut: Cut,
    seen: Sequence[FrameDetections],
    calibration: Mapping[str, Any],
    witness: Witness,
    clock: ClockFacts,
    health: HealthFacts,
    kept: Kept | None = None,
) -> SealRequest:
    """Everything one package holds about `alert` at `at`: two panoramas apart in time, a close-up, the clip.

    `alert` is an AlertMessage as JSON; its last box is what the close-up shows. `seen` are the analysed frames of the
    source; those inside the clip go in, each with the hash of its decoded frame. `kept` footage of the dwell
    goes in as far as it lies before the clip, with what was seen in it.
    """
    inside = [look for look in seen if cut.started_at <= look.captured_at <= cut.ended_at]
    earlier, latest, hashes = _look_through(cut, at, {look.captured_at for look in inside})
    kept = kept or Kept()
    before = [one for one in kept.footage if one.cut.ended_at < cut.started_at and one.cut.stream.header is not None]
    earlier_looks = [look for one in before for look in _hashed(one)]
    box = _box(alert)
    photos = [Photo(PhotoRole.PANORAMA, earlier)] if earlier is not latest else []
    photos.append(Photo(PhotoRole.PANORAMA, latest))
    if box is not None:
        photos.append(Photo(PhotoRole.CLOSE_UP, latest, _with_margin(box, latest.size)))
    return SealRequest(
        alert=alert,
        cut=cut,
        photos=photos,
        detections=[
            *earlier_looks,
            *(replace(look, frame_sha256=hashes.get(look.captured_at, "")) for look in inside),
        ],
        geofence=witness.geofence,
        calibration=calibration,
        model=witness.model,
        device=witness.device,
        clock=clock,
        stage=stage,
        health=health,
        dwell_cuts=[one.cut for one in before],
        observations=kept.observations,
        judgement=kept.judgement,
    )


def _hashed(footage: Footage) -> list[FrameDetections]:
    """What was seen in a footage of the dwell, each look with the hash of its decoded frame."""
    wanted = {look.captured_at for look in footage.looks}
    hashes = {f.captured_at: f.yuv420p_sha256() for f in footage.cut.decode() if f.captured_at in wanted}
    return [replace(look, frame_sha256=hashes.get(look.captured_at, "")) for look in footage.looks]


def clip_window(at: datetime) -> tuple[datetime, datetime]:
    """The capture times that the clip about `at` covers."""
    return at - timedelta(seconds=PRE_S), at + timedelta(seconds=POST_S)


def _look_through(cut: Cut, at: datetime, wanted: set[datetime]) -> tuple[Frame, Frame, dict[datetime, str]]:
    """The frame nearest to `at`, the one nearest to APART before it, and the hashes of the wanted frames."""
    targets = (at - APART, at)
    best: list[Frame | None] = [None, None]
    hashes: dict[datetime, str] = {}
    for frame in cut.decode():
        for place, target in enumerate(targets):
            now = best[place]
            if now is None or abs(frame.captured_at - target) < abs(now.captured_at - target):
                best[place] = frame
        if frame.captured_at in wanted:
            hashes[frame.captured_at] = frame.yuv420p_sha256()
    earlier, latest = best
    assert earlier is not None and latest is not None, "a cut holds at least one whole group of pictures"
    return earlier, latest, hashes


def _box(alert: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """The box of the latest look in the alert, over all boxes of that look."""
    boxes = alert.get("boxes") or []
    if not boxes:
        return None
    latest = max(parse_iso(box["captured_at"]) for box in boxes)
    now = [box["box"] for box in boxes if parse_iso(box["captured_at"]) == latest]
    x1, y1, x2, y2 = zip(*now, strict=True)
    return min(x1), min(y1), max(x2), max(y2)


def _with_margin(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    dx, dy = (x2 - x1) * CLOSE_UP_MARGIN, (y2 - y1) * CLOSE_UP_MARGIN
    return max(0.0, x1 - dx), max(0.0, y1 - dy), min(float(size[0]), x2 + dx), min(float(size[1]), y2 + dy)
