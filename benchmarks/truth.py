"""The truth arm: scripted scenes with lawful look-alikes, watched by ours and by what people write today.

Every scene is drawn and looked at by the network once, at most five frames a second; every arm gets the same
detections, and they are kept under `runs/truth`, so that an arm runs again in seconds. The alerts are held against the
script by one rule (`truth_parts.scoring`). Dwells are scaled (`truth_parts.scene.DWELL_S`). Masts stand 4.9 to 6.1 m
high. Scenes to tune by (`--split tune`) and scenes to report (`--split report`) are other scripts with other seeds:
whoever changes a detector looks at the first only.

The baselines, and what was decided in their favour, are told in `truth_parts.rivals`.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from importlib.util import find_spec

import cv2

from benchmarks.figure import tell
from benchmarks.truth_parts import drawing, rivals
from benchmarks.truth_parts.optics import looked
from benchmarks.truth_parts.ours import watch
from benchmarks.truth_parts.playback import Playback, Recording
from benchmarks.truth_parts.scene import Scene, load_scenes
from benchmarks.truth_parts.scoring import Looked, score
from benchmarks.truth_parts.spec import SPLITS
from benchmarks.truth_parts.table import OURS, Arm, figures, side_by_side
from benchmarks.truth_parts.told import Told, street_metres
from detectors import Explanation
from nonsite.demo.truth import REACH_M

QUICK_SCENES = 3


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--quick", action="store_true", help="three scenes of the tuning split, our arm alone")
    parser.add_argument("--split", choices=SPLITS, default="report")
    parser.add_argument("--family", nargs="+", help="these families alone")
    parser.add_argument("--scene", nargs="+", help="these scenes alone")
    parser.add_argument("--ours-only", action="store_true", help="without the baselines")
    parser.add_argument("--why", action="store_true", help="name every error, and what nearly became an alert")
    parser.add_argument("--workers", type=int, default=drawing.WORKERS, help="processes that draw")
    parser.add_argument("--network", help="a network of the registry or the path of a card")
    parser.add_argument(
        "--runtime", choices=("onnx", "openvino"), default="openvino" if find_spec("openvino") else "onnx",
        help="what computes the network",
    )  # fmt: skip
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> list[Scene]:
    """The scenes that were asked for."""
    if asked.quick:
        return load_scenes("tune")[:QUICK_SCENES]
    return [
        scene
        for scene in load_scenes(asked.split)
        if (not asked.family or scene.family in asked.family) and (not asked.scene or scene.name in asked.scene)
    ]


def ours(scenes: list[Scene], looks: dict[str, Looked], why: bool) -> Arm:
    """Our arm over all scenes, one after the other."""
    arm, playback = Arm(OURS), Playback()
    for scene in scenes:
        recordings = {source: Recording(scene, source) for source in scene.sources}
        playback.know([answer for one in recordings.values() for answer in one.answers])
        seen = watch(scene, recordings, playback)
        tallies = score(scene.truths, seen.told, looks[scene.name])
        arm.add(scene.family, tallies)
        if why:
            _explain(scene, looks[scene.name], seen.told, seen.explained)
    playback.keep()
    print(f"{OURS}: {playback.asked} pictures were asked of the network beyond those kept", file=sys.stderr)
    return arm


def _explain(scene: Scene, seen: Looked, told: list[Told], explained: list[Explanation]) -> None:
    tallies = score(scene.truths, told, seen)
    for kind, tally in tallies.items():
        for name in ("missed", "false", "repeated"):
            for what in getattr(tally, name):
                print(f"  {scene.family} {kind} {name}: {what}")
        for one in tally.matched:
            if one.dwell_error_s > one.interval_s or one.place_error_m > 0.5:
                print(
                    f"  {scene.family} {kind} found: {scene.name}: {one.truth.id} delay {one.delay_s:.1f} s, dwell "
                    f"{one.dwell_error_s:.1f} s off, place {one.place_error_m:.2f} m off at {one.distance_m:.0f} m"
                )
    for near in explained:
        xy = street_metres(scene.script, (near.lon, near.lat))
        for truth in scene.truths:
            if truth.kind == near.violation and not truth.lawful and math.dist(xy, truth.at(math.inf)) <= REACH_M:
                open_ones = ", ".join(f"{e.code} {e.value}/{e.threshold}" for e in near.elements if e.met is not True)
                print(f"     {scene.name}: near {truth.id} ({xy[0]:.1f}, {xy[1]:.1f}): {open_ones}")


def main() -> int:
    """Draw, watch, score, print; the exit status tells whether every wanted figure was met."""
    cv2.setNumThreads(1)
    asked = options()
    scenes, began_s = chosen(asked), time.monotonic()
    drawing.draw_all(scenes, asked.runtime, asked.network, asked.workers)
    drawn_s = time.monotonic()
    with_sources = [(scene, {source: Recording(scene, source) for source in scene.sources}) for scene in scenes]
    looks = {scene.name: looked(scene, recordings) for scene, recordings in with_sources}
    arms = [ours(scenes, looks, asked.why)]
    if not (asked.quick or asked.ours_only):
        for rival in rivals.RIVALS:
            arm, told = Arm(rival.name), rivals.run(rival, with_sources)
            for scene in scenes:
                arm.add(scene.family, score(scene.truths, told[scene.name], looks[scene.name]))
            arms.append(arm)
    camera_s = sum(scene.script.duration_s * len(scene.sources) for scene in scenes)
    if not asked.json:
        print(side_by_side(arms, camera_s), end="\n\n")
    print(
        f"drawing and detecting {drawn_s - began_s:.0f} s, arms {time.monotonic() - drawn_s:.0f} s; "
        f"{len(scenes)} scenes, {camera_s / 60:.0f} camera minutes",
        file=sys.stderr,
    )
    found = figures(arms, len(scenes), camera_s)
    return tell(found if asked.json else [one for one in found if one.wanted], asked.json)


if __name__ == "__main__":
    sys.exit(main())
