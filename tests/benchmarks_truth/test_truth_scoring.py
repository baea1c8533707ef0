"""How alerts are held against the truth of a scene."""

import math

import pytest

from benchmarks.truth_parts.scoring import Looked, percentile, score
from benchmarks.truth_parts.table import OURS, Arm, figures
from benchmarks.truth_parts.told import Told
from benchmarks.truth_parts.truths import Truth

DWELL_S = {"STALL": 30.0, "OUT_OF_STORE": 30.0}


def truth(
    name: str = "cart", x: float = 0.0, *, kind: str = "STALL", lawful: bool = False, start_s: float = 10.0
) -> Truth:
    return Truth(name, kind, lawful, "", ((start_s, (x, 8.0)),), start_s, 100.0, None, (name,))


def told(x: float = 0.0, raised_s: float = 41.0, dwell_s: float = 30.0, kind: str = "STALL") -> Told:
    return Told(kind, "near", (x, 8.0), raised_s, dwell_s)


def looked(*truths: Truth, undecidable: frozenset[str] = frozenset()) -> Looked:
    return Looked("scene", DWELL_S, 2.0, {one.id: 20.0 for one in truths}, undecidable)


def test_an_alert_at_the_place_after_the_dwell_is_a_match_with_its_errors() -> None:
    cart = truth()
    tally = score([cart], [told(x=0.3)], looked(cart))["STALL"]
    (found,) = tally.matched
    assert tally.errors == 0
    assert found.delay_s == pytest.approx(1.0)
    assert found.dwell_error_s == pytest.approx(1.0)
    assert found.place_error_m == pytest.approx(0.3)


def test_a_second_alert_is_repeated_and_one_far_away_is_false() -> None:
    cart = truth()
    tally = score([cart], [told(), told(raised_s=60.0), told(x=20.0)], looked(cart))["STALL"]
    assert (len(tally.matched), len(tally.repeated), len(tally.false), len(tally.missed)) == (1, 1, 1, 0)


def test_an_alert_of_another_kind_misses_the_incident_and_is_false() -> None:
    cart = truth()
    tallies = score([cart], [told(kind="OUT_OF_STORE")], looked(cart))
    assert tallies["STALL"].missed == ["scene: cart"]
    assert len(tallies["OUT_OF_STORE"].false) == 1


def test_an_alert_well_before_the_dwell_is_over_accuses_too_early() -> None:
    cart = truth()
    tally = score([cart], [told(raised_s=25.0)], looked(cart))["STALL"]
    assert (len(tally.missed), len(tally.false)) == (1, 1)


def test_an_alert_about_a_lawful_thing_is_false() -> None:
    lawful = truth(lawful=True)
    tally = score([lawful], [told()], looked(lawful))["STALL"]
    assert (tally.wanted, tally.lawful, len(tally.false)) == (0, 1, 1)


def test_what_cannot_be_decided_is_counted_apart_whatever_is_told_of_it() -> None:
    close = truth()
    seen = looked(close, undecidable=frozenset({"cart"}))
    for alerts in ([], [told()]):
        tally = score([close], alerts, seen)["STALL"]
        assert (tally.wanted, tally.undecidable, tally.errors) == (0, 1, 0)


def test_two_incidents_side_by_side_take_one_alert_each_the_nearer_first() -> None:
    left, right = truth("left", 0.0), truth("right", 3.0)
    tally = score([left, right], [told(x=2.8), told(x=0.4)], looked(left, right))["STALL"]
    assert {one.truth.id: one.told.xy[0] for one in tally.matched} == {"left": 0.4, "right": 2.8}


def test_a_vendor_who_moved_is_held_against_where_he_stands_now() -> None:
    moved = Truth("cart", "STALL", False, "", ((0.0, (0.0, 8.0)), (30.0, (20.0, 8.0))), 10.0, 100.0, None, ("cart",))
    tally = score([moved], [told(x=20.2)], looked(moved))["STALL"]
    assert tally.matched[0].place_error_m == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("values", "share", "expected"), [([], 0.95, None), ([3.0], 0.95, 3.0), (range(1, 101), 0.95, 95.0)]
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


def test_our_errors_are_held_against_the_best_baseline() -> None:
    cart = truth()
    ours, best, worst = Arm(OURS), Arm("best"), Arm("worst")
    ours.add("family", score([cart], [told()], looked(cart)))
    best.add("family", score([cart], [told(), told(raised_s=50.0)], looked(cart)))
    worst.add("family", score([cart], [told(x=math.inf), told(x=30.0)], looked(cart)))
    named = {one.name: one for one in figures([ours, best, worst], 60, 3600.0)}
    assert named["errors_of_best_baseline"].value == 0.0
    assert named["errors_of_best_baseline"].met
    assert named["worst.STALL.false_per_camera_day"].value == pytest.approx(48.0)
