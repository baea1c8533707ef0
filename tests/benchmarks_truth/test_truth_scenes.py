"""The scenes of the truth arm: enough of them, apart by split, and true by arithmetic that no arm uses."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from benchmarks.truth_parts.scene import DWELL_S, Scene, build, load_scenes
from benchmarks.truth_parts.spec import Event, Permit, SceneSpec, Split
from benchmarks.truth_parts.told import street_metres
from benchmarks.truth_parts.truths import permitted, stretches
from geofence import validate
from models.scenes import street_file
from models.scenes.frame_of_street import StreetFrame

FAMILIES = {
    "occlusion", "crowd", "dusk", "rain", "shake", "line", "lighting", "reconnect", "vehicle", "two_cameras", "hours",
    "edges",
}  # fmt: skip
CLEAR_S = 6.0


@pytest.fixture(scope="module")
def splits() -> dict[Split, list[Scene]]:
    return {"tune": load_scenes("tune"), "report": load_scenes("report")}


def test_sixty_scenes_are_reported_five_of_every_family(splits: dict[Split, list[Scene]]) -> None:
    families = Counter(scene.family for scene in splits["report"])
    assert len(splits["report"]) >= 60
    assert set(families) == FAMILIES
    assert min(families.values()) >= 5


def test_scenes_to_tune_by_are_other_scripts_with_other_seeds(splits: dict[Split, list[Scene]]) -> None:
    tune, report = splits["tune"], splits["report"]
    assert not {scene.seed for scene in tune} & {scene.seed for scene in report}
    assert not {scene.name for scene in tune} & {scene.name for scene in report}
    assert len({scene.key for scene in [*tune, *report]}) == len(tune) + len(report)


def test_every_kind_has_incidents_and_look_alikes_in_both_splits(splits: dict[Split, list[Scene]]) -> None:
    for scenes in splits.values():
        told = {(one.kind, one.lawful) for scene in scenes for one in scene.truths}
        assert told == {(kind.value, lawful) for kind in DWELL_S for lawful in (True, False)}


def test_nothing_stands_nearly_as_long_as_the_dwell(splits: dict[Split, list[Scene]]) -> None:
    dwell_s = {kind.value: seconds for kind, seconds in DWELL_S.items()}
    for scene in [*splits["tune"], *splits["report"]]:
        for one in scene.truths:
            if one.lawful is False or one.why == "停留短于认定时长":
                assert abs(one.end_s - one.start_s - dwell_s[one.kind]) >= CLEAR_S, (scene.name, one.id)


def test_every_street_is_valid(splits: dict[Split, list[Scene]]) -> None:
    for scene in splits["report"][::7]:
        assert validate(street_file(scene.script)) == []


def test_the_same_description_is_the_same_scene() -> None:
    spec = SceneSpec(name="again", seed=7, events=(Event(what="stall", slot=1),))
    assert build(spec, "line").key == build(spec, "line").key
    assert build(spec.model_copy(update={"seed": 8}), "line").key != build(spec, "line").key


def test_a_permit_that_ends_at_five_makes_the_dwell_begin_at_five() -> None:
    point = Permit.model_validate({"from": "08:00", "to": "17:00"})
    spec = SceneSpec.model_validate({
        "name": "five", "seed": 3, "seconds": 120, "start": "2026-04-15 16:59:30",
        "events": [Event(what="stall", slot=1, permit=point)],
    })  # fmt: skip
    (truth,) = build(spec, "hours").truths
    assert (truth.lawful, truth.start_s, truth.end_s) == (False, 30.0, 120.0)


@pytest.mark.parametrize(
    ("local", "holds"),
    [
        ("2026-04-24 21:00", True),  # a Friday
        ("2026-04-25 01:59", True),  # its night, past midnight
        ("2026-04-25 02:00", False),
        ("2026-04-25 21:00", False),
        ("2026-04-24 01:00", False),  # the night of Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(local: str, holds: bool) -> None:
    fridays = Permit.model_validate({"days": "fri", "from": "20:00", "to": "02:00"})
    assert permitted(fridays, datetime.fromisoformat(f"{local}:00+08:00").astimezone(UTC)) is holds


def test_stretches_are_cut_where_the_rule_changes() -> None:
    assert stretches((2.5, 60.0), lambda second: second < 10 or second >= 40) == [(2.5, 10.0), (40.0, 60.0)]


def test_a_place_on_the_map_comes_back_in_street_metres(splits: dict[Split, list[Scene]]) -> None:
    script = splits["tune"][0].script
    lonlat = StreetFrame(script.district).one(-13.25, 8.5)
    assert street_metres(script, lonlat) == pytest.approx((-13.25, 8.5), abs=1e-3)
