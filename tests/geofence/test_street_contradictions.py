"""Features that cannot both be right are refused by name; those that only seem to contradict are let pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from geofence import Street
from records import BadInput

Make = Callable[..., Street]
LEFT = [(0, 0), (10, 0), (10, 20), (0, 20)]
OVER = [(8, 0), (20, 0), (20, 20), (8, 20)]
BESIDE = [(10, 0), (20, 0), (20, 20), (10, 20)]
SLIVER = [(9.7, 0), (20, 0), (20, 20), (9.7, 20)]
DAY = [{"days": "daily", "from": "07:00", "to": "19:00"}]
NIGHT = [{"days": "daily", "from": "19:00", "to": "07:00"}]


@pytest.mark.parametrize(
    ("layer", "one", "other"),
    [
        ("vending_forbidden", {"phase": "warn"}, {"phase": "enforce"}),
        ("bike_managed", {"phase": "warn"}, {"phase": "enforce"}),
        ("outdoor_seating", {"shop": "a"}, {"shop": "b"}),
        ("unit_grid", {"code": "1"}, {"code": "2"}),
        ("squad_area", {"squad": "east"}, {"squad": "west"}),
        ("pavement", {"clear_width_m": 1.5}, {"clear_width_m": 2.0}),
        # hours that meet for half an hour
        (
            "vending_forbidden",
            {"phase": "warn", "hours": DAY},
            {"phase": "enforce", "hours": [{"days": "sun", "from": "18:30", "to": "22:00"}]},
        ),
    ],
)
def test_overlapping_features_that_say_different_things_are_refused(
    make_street: Make, layer: str, one: dict[str, object], other: dict[str, object]
) -> None:
    field = next(iter(one))
    with pytest.raises(BadInput, match=rf"feature a: {field}: .* contradicts b"):
        make_street(("a", layer, LEFT, one), ("b", layer, OVER, other))


@pytest.mark.parametrize(
    ("where", "one", "other"),
    [
        (BESIDE, {"phase": "warn"}, {"phase": "enforce"}),  # they share a border
        (SLIVER, {"phase": "warn"}, {"phase": "enforce"}),  # two surveys of one border
        (OVER, {"phase": "warn", "hours": DAY}, {"phase": "enforce", "hours": NIGHT}),  # never at the same time
        (OVER, {"phase": "warn", "effective_to": "2026-03-31"}, {"phase": "enforce", "effective_from": "2026-04-01"}),
        (OVER, {"phase": "enforce"}, {"phase": "enforce"}),  # they say the same
    ],
    ids=["beside", "sliver", "hours", "terms", "alike"],
)
def test_what_only_seems_to_contradict_is_let_pass(
    make_street: Make, where: list[tuple[float, float]], one: dict[str, object], other: dict[str, object]
) -> None:
    street = make_street(("a", "vending_forbidden", LEFT, one), ("b", "vending_forbidden", where, other))
    assert len(street.layers.features) == 2


def test_a_permit_in_a_forbidden_zone_is_no_contradiction(make_street: Make) -> None:
    assert make_street(("z", "vending_forbidden", LEFT, {}), ("p", "vending_permitted", OVER, {})).version


def test_two_shops_cannot_have_one_front_line(make_street: Make) -> None:
    with pytest.raises(BadInput, match="contradicts f2"):
        make_street(
            ("f1", "frontage", [(20, 0), (0, 0)], {"shop": "a"}),
            ("f2", "frontage", [(25, 0), (10, 0)], {"shop": "b"}),
        )
    assert make_street(
        ("f1", "frontage", [(20, 0), (10, 0)], {"shop": "a"}), ("f2", "frontage", [(10, 0), (0, 0)], {"shop": "b"})
    )
