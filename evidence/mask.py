"""Copies for eyes outside the case: bystanders, plates and other shops' signs filled, all metadata left behind.

Solid fill over whole boxes: blur and mosaic can be undone in part. No face or plate network is to be had here, so
plates are covered by the band of a vehicle in which they sit, and what the network does not see is not covered.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from evidence import names
from evidence.seen import photo_facts, seen_frames
from evidence.video import pictures
from records import BadInput, Refused, parse_iso
from streams import Detection, Image, Network, ObjectKind

Box = tuple[float, float, float, float]
LOW_SCORE = 0.1
"""Masking looks at a lower score than judging does: a box too many costs nothing, one too few shows somebody."""
PLATE_SCORE = 0.3
"""Plates are covered where the network is fairly sure of a vehicle: at a lower score a row of bicycles is one too, and
what the picture is to show would be covered."""
NEAR_S = 0.6
SAME_LOOK_S = 0.1
LOOK_EVERY_S = 0.2
MARGIN = 0.15
PLATE_BAND = 0.5
FILL = (96, 96, 96)
_COVERED = {ObjectKind.PERSON, ObjectKind.VEHICLE, ObjectKind.MOTORCYCLE, ObjectKind.SIGNBOARD}
QUALITY = 90
_MILLISECOND = Fraction(1, 1000)


class MaskPolicy(StrEnum):
    """How much is covered: people and plates in the desk's own views, other shops' signs too in what is published."""

    BYSTANDERS = "bystanders"
    PUBLICATION = "publication"


def boxes_to_hide(
    detections: Iterable[Detection], keep: Sequence[Box] = (), policy: MaskPolicy = MaskPolicy.BYSTANDERS
) -> list[Box]:
    """What to cover in one picture, in its pixels; detections that mostly lie on a box in `keep` stay visible."""
    hidden: list[Box] = []
    detections = list(detections)
    bicycles = [one for one in detections if one.kind is ObjectKind.BICYCLE]
    for one in detections:
        if any(_share(one.box, box) > 0.5 for box in keep):
            continue
        if one.kind is ObjectKind.PERSON or (one.kind is ObjectKind.SIGNBOARD and policy is MaskPolicy.PUBLICATION):
            hidden.append(_grown(one.box))
        elif one.kind in (ObjectKind.VEHICLE, ObjectKind.MOTORCYCLE) and one.score >= PLATE_SCORE:
            if any(_share(one.box, other.box) > 0.5 and other.score > one.score for other in bicycles):
                continue  # a bicycle, taken for a vehicle as well
            x1, y1, x2, y2 = _grown(one.box)
            hidden.append((x1, y2 - (y2 - y1) * PLATE_BAND, x2, y2))
    return hidden


def mask_image(image: Image, boxes: Iterable[Box], quality: int = QUALITY) -> bytes:
    """JPEG of `image` (height, width, 3, BGR) with the boxes filled, encoded anew without any metadata."""
    done, jpeg = cv2.imencode(".jpg", filled(image, boxes), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BadInput("E_PHOTO", "the picture cannot be written as JPEG", "give an 8-bit BGR picture")
    return jpeg.tobytes()


def filled(image: Image, boxes: Iterable[Box]) -> Image:
    """A copy of `image` with the boxes filled, outwards to whole pixels."""
    copy = image.copy()
    height, width = copy.shape[:2]
    for x1, y1, x2, y2 in boxes:
        left, top = max(0, int(np.floor(x1))), max(0, int(np.floor(y1)))
        right, bottom = min(width, int(np.ceil(x2))), min(height, int(np.ceil(y2)))
        if right <= left or bottom <= top:
            continue  # beside a cut-out picture: an end below zero would count from the far edge
        copy[top:bottom, left:right] = FILL
    return copy


def own_boxes(package: Path, name: str) -> list[Box]:
    """Where the alert's own persons, vehicles and signs are in a photo, in its pixels: in the party's copy they stay.

    Only the boxes of the look that the photo shows: whoever stands there at another time is somebody else.
    """
    facts = photo_facts(package, name)
    try:
        boxes = json.loads((package / names.ALERT).read_text()).get("boxes") or ()
        at = parse_iso(facts["captured_utc"])
        mine = [one["box"] for one in boxes if one["kind"] in _COVERED and _near(parse_iso(one["captured_at"]), at)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("E_PACKAGE", f"{package}: {names.ALERT}: {error!r}", "verify the package") from error
    dx, dy = (facts["crop"] or (0, 0))[:2]
    return [(x1 - dx, y1 - dy, x2 - dx, y2 - dy) for x1, y1, x2, y2 in mine]


def _near(at: datetime, other: datetime) -> bool:
    return abs((at - other).total_seconds()) < SAME_LOOK_S


@dataclass(frozen=True, slots=True)
class MaskedPhoto:
    """A masked JPEG, what was covered in it, and all that was seen there (package, and network at LOW_SCORE); pixels
    of the photo."""

    jpeg: bytes
    hidden: tuple[Box, ...]
    seen: tuple[Detection, ...]


def masked_photo(
    package: Path,
    name: str,
    network: Network | None = None,
    keep: Sequence[Box] = (),
    policy: MaskPolicy = MaskPolicy.BYSTANDERS,
) -> bytes:
    """A masked JPEG of one photo, as `mask_photo` makes it."""
    return mask_photo(package, name, network, keep, policy).jpeg


def mask_photo(
    package: Path,
    name: str,
    network: Network | None = None,
    keep: Sequence[Box] = (),
    policy: MaskPolicy = MaskPolicy.BYSTANDERS,
) -> MaskedPhoto:
    """Mask one photo. Boxes come from the package and, where given, from `network` at LOW_SCORE.

    `keep` is in pixels of the photo. Raises Refused E_MASK where the frame was never analysed and no network is given:
    a picture that nobody looked at for people does not leave.
    """
    facts = photo_facts(package, name)
    image = cv2.imread(str(package / facts["path"]), cv2.IMREAD_COLOR)
    if image is None:
        raise BadInput("E_PACKAGE_FILE", f"{package / facts['path']}: no picture", "verify the package")
    picture: Image = image.astype(np.uint8, copy=False)
    dx, dy = (facts["crop"] or (0, 0))[:2]
    here = (facts["clip"], facts["frame_index_in_clip"])
    lines = [line for line in seen_frames(package) if line.clip and (line.clip, line.frame_index) == here]
    if not lines and network is None:
        raise Refused("E_MASK", f"{name}: nobody looked for people in it", "give a network")
    found = [_moved(one, -dx, -dy) for line in lines for one in line.detections]
    if network is not None:
        found.extend(network.detect([picture], min_score=LOW_SCORE)[0])
    hidden = boxes_to_hide(found, keep, policy)
    return MaskedPhoto(mask_image(picture, hidden), tuple(hidden), tuple(found))


def masked_clip(
    package: Path,
    name: str = names.CLIP,
    network: Network | None = None,
    keep: Sequence[Box] = (),
    policy: MaskPolicy = MaskPolicy.BYSTANDERS,
) -> bytes:
    """A masked viewing copy of a clip: H.264 in MP4, encoded anew, no metadata.

    A frame wears the boxes of the looks before and after it; where one of them is farther than NEAR_S it is covered
    whole.
    """
    path = package / name
    times = [time_s for time_s, _ in pictures(path)]
    looks = {
        line.frame_index: line.detections
        for line in seen_frames(package)
        if line.clip == name and line.frame_index is not None and line.frame_index < len(times)
    }
    if network is not None:
        looks |= _look_again(path, times, network, looks)
    boxes = {n: boxes_to_hide(detections, keep, policy) for n, detections in looks.items()}
    return _encode(path, lambda n: _around(n, times, boxes))


def _look_again(
    path: Path, times: Sequence[float], network: Network, looks: dict[int, tuple[Detection, ...]]
) -> dict[int, tuple[Detection, ...]]:
    found: dict[int, tuple[Detection, ...]] = {}
    last_s = float("-inf")
    for n, (time_s, picture) in enumerate(pictures(path)):
        if time_s - last_s >= LOOK_EVERY_S or n == len(times) - 1:
            last_s = time_s
            found[n] = (*looks.get(n, ()), *network.detect([picture.bgr()], min_score=LOW_SCORE)[0])
    return found


def _around(n: int, times: Sequence[float], boxes: dict[int, list[Box]]) -> list[Box] | None:
    """Boxes of the nearest looks before and after frame `n`; None where one of them is not near.

    One side alone does not do: whoever walks has left that box.
    """
    before = max((m for m in boxes if m <= n and times[n] - times[m] <= NEAR_S), default=None)
    after = min((m for m in boxes if m >= n and times[m] - times[n] <= NEAR_S), default=None)
    if before is None or after is None:
        return None
    return boxes[before] + (boxes[after] if after != before else [])


def _encode(path: Path, boxes_of: Callable[[int], list[Box] | None]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="nonsite-mask-") as folder:  # faststart reads its own file again
        copy = Path(folder) / "clip.mp4"
        options = {"movflags": "faststart"}
        with av.open(str(copy), "w", format="mp4", options=options, container_options={"fflags": "+bitexact"}) as out:
            stream = None
            for n, (time_s, picture) in enumerate(pictures(path)):
                image, boxes = picture.bgr(), boxes_of(n)
                height, width = image.shape[:2]
                covered = filled(image, [(0, 0, width, height)] if boxes is None else boxes)
                stream = stream or _viewing_stream(out, width // 2 * 2, height // 2 * 2)
                even = np.ascontiguousarray(covered[: stream.height, : stream.width])
                frame = av.VideoFrame.from_ndarray(even, format="bgr24")
                frame.pts, frame.time_base = round(time_s * 1000), _MILLISECOND
                out.mux(stream.encode(frame))
            if stream is not None:
                out.mux(stream.encode())
        return copy.read_bytes()


def _viewing_stream(out: Any, width: int, height: int) -> Any:
    stream = out.add_stream("libx264", rate=25)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.time_base = stream.codec_context.time_base = _MILLISECOND
    stream.options = {"preset": "veryfast", "crf": "25"}
    return stream


def _grown(box: Box) -> Box:
    dx, dy = (box[2] - box[0]) * MARGIN, (box[3] - box[1]) * MARGIN
    return box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy


def _moved(one: Detection, dx: float, dy: float) -> Detection:
    x1, y1, x2, y2 = one.box
    return Detection(one.kind, one.raw_class, one.score, (x1 + dx, y1 + dy, x2 + dx, y2 + dy))


def _share(box: Box, other: Box) -> float:
    """The part of `box` that lies on `other`."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    area = (box[2] - box[0]) * (box[3] - box[1])
    return max(0.0, width) * max(0.0, height) / area if area > 0 else 0.0
