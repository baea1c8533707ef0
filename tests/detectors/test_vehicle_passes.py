"""A patrol vehicle sees things in passes, from a moving place, with the error of its own position."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import numpy as np
from street_scene import ACROSS, RULES, SIZE, START, Scene, kinds, raised_at

from detectors import AlertRaised, Violation, Watcher
from geofence import CameraPose
from streams import Frame

SPEED_MPS = 6.0
FROM_X, TO_X = -15.0, 55.0


def pose(x: float, error: tuple[float, float] = (0.0, 0.0)) -> CameraPose:
    """Camera of a vehicle that drives east along y = 9, looks forward to the right, and knows its place to 0.4 m."""
    sigmas = np.array([0.16, 0.16, 0.03, math.radians(0.25), math.radians(0.2), math.radians(0.2), 0.0])
    covariance = tuple(tuple(float(v) for v in row) for row in np.diag(sigmas**2))
    return CameraPose(x + error[0], 9.0 + error[1], 2.3, 140.0, 6.0, 0.0, 750.0, SIZE, covariance, 40.0)


def drive(scene: Scene, watcher: Watcher, starts: list[float], every_s: float = 0.5) -> list[AlertRaised]:
    """Pass by once for each start time; each pass has a position error of its own."""
    rng = np.random.default_rng(3)
    raised: list[AlertRaised] = []
    for start in starts:
        error = tuple(rng.normal(0, 0.15, 2))
        for t in np.arange(0, (TO_X - FROM_X) / SPEED_MPS, every_s):
            x = FROM_X + SPEED_MPS * float(t)
            frame, found = scene.frame("patrol", pose(x), start + float(t))
            raised += watcher.observe(frame, found, pose(x, error))
    return raised


def test_a_stall_seen_in_two_passes_within_the_gap_is_one_alert_in_the_second():
    scene = Scene()
    scene.add("stall", (20, 4))
    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=None)
    alerts = drive(scene, watcher, [0, 120, 240])
    assert kinds(alerts) == ["STALL"]
    assert 120 <= raised_at(alerts[0]) <= 132


def drive_abeam(scene: Scene, starts: list[float]) -> list[AlertRaised]:
    """Pass by with a camera that looks straight to the side, so that every place is in view for a second or two, and
    confirm with what it saw just before."""

    def abeam(second: float) -> CameraPose:
        x = FROM_X + SPEED_MPS * (second - max(start for start in starts if start <= second + 1e-6))
        return replace(pose(x), yaw_deg=180.0)

    def frames(t0: datetime, t1: datetime, fps: float) -> Iterator[Frame]:
        first, last = ((when - START).total_seconds() for when in (t0, t1))
        for second in np.arange(max(first, max(start for start in starts if start <= last)), last + 1e-6, 1 / fps):
            yield scene.frame("patrol", abeam(float(second)), float(second))[0]

    def view_at(when: datetime) -> CameraPose:
        return abeam((when - START).total_seconds())

    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=frames, view_at=view_at)
    raised: list[AlertRaised] = []
    for second in [start + t for start in starts for t in np.arange(0, (TO_X - FROM_X) / SPEED_MPS, 0.5)]:
        frame, found = scene.frame("patrol", abeam(float(second)), float(second))
        raised += watcher.observe(frame, found, abeam(float(second)))
    return raised


def test_the_confirm_window_asks_only_frames_in_which_the_vehicle_could_see_the_place():
    """The dwell is over when the next pass begins: most of the seconds before it show another part of the street."""
    scene = Scene(recall=1.0)
    scene.add("stall", (20, 4))
    assert kinds(drive_abeam(scene, [0.0, 120.0])) == ["STALL"]


def test_a_heap_of_which_the_first_frame_of_a_pass_shows_a_part_is_looked_at_again_in_the_next_frame():
    scene = Scene(recall=1.0)
    for number in range(7):
        scene.add("bicycle", (20 + 1.4 * number, 2))
    assert kinds(drive_abeam(scene, [0.0, 120.0])) == ["BIKE_CLUTTER"]


def test_one_pass_alone_shows_no_dwell():
    scene = Scene()
    scene.add("stall", (20, 4))
    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=None)
    assert drive(scene, watcher, [0]) == []


def test_passes_farther_apart_than_the_gap_are_not_joined():
    scene = Scene()
    scene.add("stall", (20, 4))
    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=None)
    assert drive(scene, watcher, [0, 300, 600]) == []


def test_camera_and_vehicle_that_share_a_street_raise_one_alert():
    scene = Scene()
    scene.add("stall", (20, 4))
    store = scene.store()
    patrol = scene.watcher(store, "patrol", moving=True, confirm=None)
    fixed = {"across": scene.watcher(store)}
    alerts = scene.watch(100, store=store, watchers=fixed)
    alerts += drive(scene, patrol, [110])
    alerts += scene.watch(60, begin=130, store=store, watchers=fixed)
    assert kinds(alerts) == ["STALL"]


def test_an_unlicensed_board_is_found_from_the_vehicle_and_the_licensed_ones_are_not():
    scene = Scene()
    for number in range(5):
        scene.board(8.0 * number + 4, 2.8, 5.0, 0.9)
    scene.board(23.0, 4.6, 3.0, 1.8)
    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=None)
    alerts = drive(scene, watcher, [0, 120])
    assert kinds(alerts) == ["OUTDOOR_AD"]
    assert alerts[0].message.source_id == "patrol"


def test_a_board_without_a_licence_is_told_in_the_second_pass_however_long_after_the_first():
    scene = Scene()
    scene.board(23.0, 4.6, 3.0, 1.8)
    rules = replace(RULES, dwell_s={**RULES.dwell_s, Violation.OUTDOOR_AD: 0.0})
    watcher = scene.watcher(scene.store(rules), "patrol", moving=True, confirm=None)
    assert drive(scene, watcher, [0]) == []
    (why,) = watcher.explain()
    assert [(e.code, e.value, e.threshold) for e in why.missing] == [("PASSES", 1, 2)]
    alerts = drive(scene, watcher, [7200])
    assert kinds(alerts) == ["OUTDOOR_AD"] and alerts[0].message.dwell_s < 60, "nobody knows of the time between"


def test_a_licensed_board_is_forgotten_between_the_passes():
    scene = Scene()
    scene.board(20, 2.8, 5.0, 0.9)
    store = scene.store()
    watcher = scene.watcher(store, "patrol", moving=True, confirm=None)
    drive(scene, watcher, [0])
    assert store.incidents
    scene.actors.clear()
    drive(scene, watcher, [1200])
    assert not store.incidents


def test_a_camera_whose_heading_is_unknown_accuses_nobody():
    scene = Scene()
    scene.add("stall", (20, 4))
    watcher = scene.watcher(scene.store(), "patrol", moving=True, confirm=None)
    sigmas = np.array([0.16, 0.16, 0.03, math.pi, 0.003, 0.003, 0.0])
    lost = CameraPose(
        *(20.0, 24.0, 7.0, 180.0, 14.0, 0.0, 800.0),
        SIZE,
        tuple(tuple(float(v) for v in row) for row in np.diag(sigmas**2)),
    )
    alerts: list[AlertRaised] = []
    for t in range(0, 200, 2):
        frame, found = scene.frame("patrol", ACROSS, float(t))
        alerts += watcher.observe(frame, found, lost)
    assert alerts == []
