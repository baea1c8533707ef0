"""The change gate: what it lets through and what it spares the network."""

from __future__ import annotations

import numpy as np
import pytest

from streams import Frame, Gate

RNG = np.random.default_rng(3)
STREET = RNG.integers(40, 200, (90, 160), dtype=np.uint8)


def noisy(image: np.ndarray, sigma: float = 2.0) -> np.ndarray:
    return np.clip(image + RNG.normal(0, sigma, image.shape), 0, 255).astype(np.uint8)


def with_person(image: np.ndarray, x: int = 70) -> np.ndarray:
    """Somebody 12 by 5 pixels of the small picture: 40 pixels wide and 96 high in 1280x720."""
    changed = image.copy()
    changed[40:52, x : x + 5] = 250 - changed[40:52, x : x + 5] // 4
    return changed


def test_the_first_picture_passes_and_noise_does_not() -> None:
    gate = Gate()
    assert gate.changed(STREET)
    assert not any(gate.changed(noisy(STREET)) for _ in range(50))


def test_a_person_who_comes_and_one_who_goes_both_pass() -> None:
    gate = Gate()
    gate.changed(STREET)
    assert gate.changed(noisy(with_person(STREET)))
    assert not gate.changed(noisy(with_person(STREET))), "standing still is no change"
    assert gate.changed(noisy(STREET))


def test_a_person_who_walks_passes_each_time() -> None:
    gate = Gate()
    gate.changed(STREET)
    assert all(gate.changed(noisy(with_person(STREET, x))) for x in range(20, 120, 10))


def test_a_cloud_over_the_street_does_not_pass() -> None:
    gate = Gate()
    gate.changed(STREET)
    assert not any(gate.changed(noisy(np.clip(STREET.astype(int) - step, 0, 255))) for step in range(0, 30, 2))


def test_a_turned_camera_passes_once() -> None:
    gate = Gate()
    gate.changed(STREET)
    turned = np.roll(STREET, 40, axis=1)
    assert gate.changed(turned)
    assert not gate.changed(noisy(turned))


def test_the_heartbeat_passes_a_still_picture() -> None:
    gate = Gate(heartbeat_s=30)
    still = np.repeat(STREET[:, :, None], 3, axis=2)
    frames = [Frame.of(still, index=n, pts_s=2.0 * n) for n in range(40)]
    assert [frame.pts_s for frame in frames if gate.passes(frame)] == [0.0, 30.0, 60.0]


@pytest.mark.parametrize("shape", [(720, 1280, 3), (90, 160, 3), (360, 640)])
def test_pictures_of_any_size_and_colour_are_taken(shape: tuple[int, ...]) -> None:
    gate = Gate()
    image = np.full(shape, 90, np.uint8)
    assert gate.changed(image)
    assert not gate.changed(image)
    image[: shape[0] // 4, : shape[1] // 4] = 200
    assert gate.changed(image)


class Street:
    """A camera that is looked at every two seconds, where others wait."""

    def __init__(self) -> None:
        self.gate = Gate(heartbeat_s=300)
        self.looks = 0

    def look(self, image: np.ndarray) -> bool:
        frame = Frame.of(np.repeat(noisy(image)[:, :, None], 3, axis=2), index=self.looks, pts_s=2.0 * self.looks)
        self.looks += 1
        return self.gate.passes(frame, patience=3)


def with_stall(image: np.ndarray) -> np.ndarray:
    standing = image.copy()
    standing[30:50, 100:120] = 220
    return standing


def test_under_pressure_what_walks_by_passes_now_and_then() -> None:
    street = Street()
    assert street.look(STREET)
    passed = [street.look(with_person(STREET, 5 + 12 * n)) for n in range(12)]
    assert sum(passed) == 3, "after three that were carried forward"


def test_under_pressure_what_comes_to_a_stand_passes_at_the_second_look_and_so_does_its_leaving() -> None:
    street = Street()
    street.look(STREET)
    came = [street.look(with_person(with_stall(STREET), 10 + 15 * n)) for n in range(3)]
    assert came == [False, True, False]
    left = [street.look(with_person(STREET, 70 - 15 * n)) for n in range(3)]
    assert left == [False, True, False]


def test_under_pressure_what_passed_by_leaves_no_hole_that_passes_again() -> None:
    street = Street()
    street.look(STREET)
    for n in range(4):
        street.look(with_person(STREET, 10 + 30 * n))
    assert sum(street.look(STREET) for _ in range(3)) <= 1, "the empty street is known"
