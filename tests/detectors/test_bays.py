"""A bicycle nearer to a bay than it is known to be may stand in it: it is never held against anyone."""

from __future__ import annotations

from street_scene import RULES, Scene

from detectors.ground import Ground


def test_how_near_counts_as_inside_is_each_sighting_s_own_uncertainty() -> None:
    ground = Ground(Scene().index, RULES)
    places = [(3.0, 3.9), (3.0, 2.2), (3.0, 2.2), (3.0, 2.8), (3.0, 2.2)]  # the bay begins at y = 3
    assert ground.in_bays(places, [0.1, 0.1, 1.0, 0.1, 0.79]) == [True, False, True, True, False]
    assert ground.in_bays([], []) == []
