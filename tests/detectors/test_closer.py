"""What is read off the pictures of an alert: whose bicycles, how they stand, what a sign says."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from math import cos, radians, sin

import cv2
import numpy as np
import pytest
from street_scene import ACROSS, Scene, kinds

from detectors import CloserLook, Livery, sign_reader
from detectors.closer import pattern_of
from detectors.groups import Group
from detectors.liveries import split_by_livery
from detectors.sightings import Sighting
from detectors.signs import SignText, read_sign
from detectors.violation import Family
from models.scenes import compose_day
from models.scenes.actors import Bikes
from models.scenes.path import fixed_view
from models.scenes.signs import fascia
from models.scenes.stage import Stage
from models.scenes.world import World
from streams import Detection, Frame, ObjectKind

NOW = datetime(2026, 6, 3, 8, 30, tzinfo=UTC)
PAINT = {"yellow": (20, 190, 240), "blue": (196, 112, 24), "green": (90, 190, 60)}  # BGR
LIVERIES = (
    Livery(id="yellow", title="黄 Yellow", operator="op-1", hue=(18, 32)),
    Livery(id="blue", title="蓝 Blue", hue=(96, 114)),
    Livery(id="green", title="绿 Green", hue=(45, 92), saturation=(90, 255)),
    Livery(id="white", title="白 White", hue=(6, 16)),  # white frames with orange guards
)


def sighting(box: tuple[float, float, float, float], xy: tuple[float, float] = (0.0, 0.0)) -> Sighting:
    seen = Detection(ObjectKind.BICYCLE, "bicycle", 0.9, box)
    return Sighting("s", NOW, seen, xy, (1.0, 0.0), (1.0, 1.0, 1.0), 0.1)


def group(*parts: Sighting) -> Group:
    box = tuple(f(part.box[i] for part in parts) for i, f in enumerate((min, min, max, max)))
    return Group(Family.BIKES, "s", NOW, parts, (1.0, 0.0), (0.0, 0.0, 1.0, 1.0), 1.0, box, 0.1, 0.9, len(parts))


def painted(*colours: str | None, light: float = 1.0, width: int = 60) -> tuple[Frame, Group]:
    """Bicycles side by side on grey ground: dark wheels, and a frame of some colour."""
    image = np.full((160, 20 + (width + 20) * len(colours), 3), 130, np.uint8)
    parts = []
    for number, colour in enumerate(colours):
        x = 20 + (width + 20) * number
        cv2.circle(image, (x + 12, 120), 12, (40, 40, 40), 3)
        cv2.circle(image, (x + width - 12, 120), 12, (40, 40, 40), 3)
        cv2.line(image, (x + 12, 118), (x + width - 12, 80), PAINT.get(colour or "", (90, 90, 92)), 7)
        parts.append(sighting((x, 60.0, x + width, 135.0)))
    return Frame.of((image * light).astype(np.uint8)), group(*parts)


def test_bicycles_are_counted_by_the_colour_of_their_liveries():
    look = painted("yellow", "yellow", "blue", None)
    assert split_by_livery([look], LIVERIES) == {"yellow": 2, "blue": 1, "private": 1}


def test_in_the_dark_and_too_far_away_everything_is_unknown():
    assert split_by_livery([painted("yellow", None, light=0.3)], LIVERIES) == {"unknown": 2}
    frame, near = painted("yellow", "blue")
    far = group(*(sighting((x1, 100.0, x2, 120.0)) for x1, _, x2, _ in (part.box for part in near.parts)))
    assert split_by_livery([(frame, far)], LIVERIES) == {"unknown": 2}


def test_what_a_nearer_bicycle_covers_is_not_judged_by_that_ones_colour():
    frame, near = painted("yellow")
    (mine,) = near.parts
    x1, _, x2, y2 = mine.box
    hidden = sighting((x1 - 4, 50.0, x2, y2 - 5))
    assert split_by_livery([(frame, group(mine, hidden))], LIVERIES) == {"yellow": 1, "unknown": 1}


def test_over_several_pictures_the_median_is_told():
    looks = [painted("yellow", "yellow"), painted("yellow", "yellow"), painted("yellow", "blue")]
    assert split_by_livery(looks, LIVERIES) == {"yellow": 2}


def test_on_rendered_streets_most_of_those_that_are_given_to_an_operator_are_its():
    right, given, bicycles = 0, 0, 0
    for seed in (3,):
        script, actors = compose_day(seed), []
        camera = script.cameras[0]
        for number, (livery, away_m, aside_deg) in enumerate(
            [("yellow", 12, -16), ("blue", 14, -4), ("green", 15, 9), ("white", 18, 19), ("private", 20, -11)]
        ):
            angle = radians(camera.yaw + aside_deg)
            x, y = camera.x + away_m * cos(angle), camera.y + away_m * sin(angle)
            actors.append(
                Bikes(id=livery, seed=seed * 10 + number, x=x, y=y, heading=90.0 * (number % 2), count=5, livery=livery)
            )
        script = script.model_copy(update={"actors": actors})
        picture, labels = Stage(World(script, seed, 60.0), fixed_view(camera, (1280, 720))).frame(1.0)
        frame = Frame.of(np.ascontiguousarray(picture))
        for actor in actors:
            seen = [label for label in labels if label.id.startswith(f"{actor.id}.") and label.visible > 0.4]
            if not seen:
                continue
            split = split_by_livery([(frame, group(*(sighting(label.box) for label in seen)))], LIVERIES)
            bicycles += len(seen)
            given += sum(count for name, count in split.items() if name != "unknown")
            right += split.get(actor.livery, 0)
    assert bicycles >= 15
    assert right >= 0.9 * given and given >= 0.25 * bicycles


@pytest.mark.parametrize(("across_m", "pattern"), [(0.08, "row"), (0.6, "heap")])
def test_a_row_is_told_from_a_heap_by_how_far_they_stand_off_their_line(across_m: float, pattern: str):
    rng = np.random.default_rng(2)
    places = [(0.6 * i, float(rng.normal(0, across_m))) for i in range(8)]
    boxes = (0.0, 0.0, 10.0, 10.0)
    assert pattern_of([group(*(sighting(boxes, place) for place in places))]) == pattern
    assert pattern_of([group(sighting(boxes), sighting(boxes, (1.0, 0.0)))]) is None


def test_the_alert_says_what_they_cover_what_they_leave_free_and_whose_they_are():
    scene = Scene(recall=0.97)
    for number in range(7):
        scene.add("bicycle", (14 + 0.7 * number, 3.9))
    store = scene.store()
    watcher = scene.watcher(store, closer=CloserLook(LIVERIES))
    (alert,) = scene.watch(150, store=store, watchers={"across": watcher})
    facts = alert.message.facts
    assert 4 <= facts["occupied_m2"] <= 16 and 2.0 <= facts["free_width_m"] <= 3.6
    assert facts["pattern"] == "row"
    assert {entry["id"] for entry in facts["brands"]} <= {"private", "unknown"}, "the test's street is black"
    assert facts["shared"] + facts["private"] + facts["unknown"] == sum(entry["count"] for entry in facts["brands"])
    said = {reason.code: reason for reason in alert.message.reasons}
    assert {"OCCUPIED", "FREE_WIDTH", "PATTERN", "BRANDS"} <= set(said)
    assert "成排" in said["PATTERN"].zh and "in a row" in said["PATTERN"].en
    assert "不明" in said["BRANDS"].zh and "unknown" in said["BRANDS"].en


def test_bicycles_that_leave_too_little_of_a_walkway_beside_a_bay_are_clutter_however_few():
    scene = Scene(recall=0.97)
    for place in ((2.0, 0.9), (2.7, 0.9), (3.4, 0.9)):  # the bay takes 3 to 4.8 of a walkway of 5 m
        scene.add("bicycle", place, size=(0.6, 1.7, 1.05))
    alerts = scene.watch(150)
    assert kinds(alerts) == ["BIKE_CLUTTER"]
    (reason,) = [reason for reason in alerts[0].message.reasons if reason.code == "CLEAR_WIDTH"]
    assert reason.value < reason.threshold == 1.5
    assert "m of the walkway" in reason.en and "净宽" in reason.zh


class Reader:
    """Reads any picture as its height."""

    def read(self, picture: np.ndarray) -> SignText | None:
        return SignText(f"{picture.shape[0]} px", 0.9)


def test_what_a_sign_says_stands_in_the_alert():
    scene = Scene()
    scene.board(20, 5.2, 3.0, 1.8)
    store = scene.store()
    watcher = scene.watcher(store, closer=CloserLook(signs=Reader()))
    (alert,) = scene.watch(100, store=store, watchers={"across": watcher})
    text = alert.message.facts["sign"]["text"]
    assert text.endswith("px")
    (reason,) = [reason for reason in alert.message.reasons if reason.code == "SIGN_TEXT"]
    assert text in reason.zh and text in reason.en


def test_a_sign_too_small_to_read_is_not_read():
    frame = Frame.of(np.zeros((100, 100, 3), np.uint8))
    assert read_sign(Reader(), [(frame, group(sighting((10.0, 10.0, 60.0, 18.0))))]) is None


@pytest.mark.skipif(find_spec("rapidocr") is None, reason="THE EXTRA [ocr] IS NOT INSTALLED: no sign was read")
def test_the_name_on_a_shops_sign_is_read_out_of_a_street_picture():
    reader = sign_reader()
    assert reader is not None
    picture = np.full((400, 700, 3), 150, np.uint8)
    sign = cv2.resize(fascia(5, "示范面馆", (4.0, 0.9)), (320, 72), interpolation=cv2.INTER_AREA)
    picture[100:172, 200:520] = sign
    frame = Frame.of(np.asarray(cv2.GaussianBlur(picture, (3, 3), 0)))
    said = read_sign(reader, [(frame, group(sighting((200.0, 100.0, 520.0, 172.0))))])
    assert said is not None and "示范面馆" in said.text.replace(" ", "")
    blank = Frame.of(np.full((400, 700, 3), 150, np.uint8))
    assert read_sign(reader, [(blank, group(sighting((200.0, 100.0, 520.0, 172.0))))]) is None


def test_where_the_extra_is_missing_a_sign_is_alerted_on_unread():
    scene = Scene()
    scene.board(20, 5.2, 3.0, 1.8)
    (alert,) = scene.watch(100, cameras={"across": ACROSS})
    assert "sign" not in alert.message.facts
