"""Replay of a sealed package: the same network sees the same things again, or the difference is named."""

from dataclasses import replace
from typing import Any

import pytest

from evidence import replay
from records import BadInput

MODEL = {"name": "colours", "weights_sha256": "c" * 64}


def test_the_same_network_sees_the_same_again(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by(range(0, 60, 10)), model=MODEL))
    again = replay(sealed.path, network)
    assert again.same, again.differences
    assert (again.frames, again.outside) == (6, 0)
    assert again.detections >= 6
    assert again.largest_score_difference <= 1e-6
    assert again.to_json()["same"] is True


def test_a_detection_that_was_never_there_is_named(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    looks = seen_by([0, 10])
    wrong = replace(looks[1].detections[0], box=(10.0, 10.0, 50.0, 50.0))
    invented = replace(looks[1], detections=(*looks[1].detections, wrong))
    sealed = site.sealer.seal(request_of(detections=[looks[0], invented], model=MODEL))
    again = replay(sealed.path, network)
    assert not again.same
    [difference] = again.differences
    assert difference.frame_index == 10
    assert difference.what.startswith("not seen again: stall")


def test_another_score_is_named(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    [look] = seen_by([5])
    lower = replace(look, detections=tuple(replace(one, score=one.score - 0.01) for one in look.detections))
    sealed = site.sealer.seal(request_of(detections=[lower], model=MODEL))
    again = replay(sealed.path, network)
    assert again.largest_score_difference == pytest.approx(0.01, abs=1e-5)
    assert "scores differ" in again.differences[0].what


def test_what_was_computed_coarsely_may_differ_as_far_as_that_and_no_further(
    site: Any, request_of: Any, network: Any, seen_by: Any
) -> None:
    looks = [
        replace(look, detections=tuple(replace(one, score=one.score - by) for one in look.detections))
        for look, by in zip(seen_by([5, 15]), (0.05, 0.15), strict=True)
    ]
    coarse = {**MODEL, "engine": "openvino 2026.4.1 CPU", "precision": "bfloat16"}
    again = replay(site.sealer.seal(request_of(detections=looks, model=coarse)).path, network)
    assert (again.sealed_by, again.replayed_by) == ("openvino 2026.4.1 CPU bfloat16", "by hand float32")
    [difference] = again.differences
    assert difference.frame_index == 15
    assert "scores differ" in difference.what


def test_a_look_at_another_picture_is_named(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    [look] = seen_by([5])
    sealed = site.sealer.seal(request_of(detections=[replace(look, frame_sha256="0" * 64)], model=MODEL))
    assert "another picture" in replay(sealed.path, network).differences[0].what


def test_frames_outside_the_clip_are_counted_not_hidden(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    looks = seen_by([0, 10])
    sealed = site.sealer.seal(request_of(detections=[looks[0], replace(looks[1], pts_s=99.0)], model=MODEL))
    again = replay(sealed.path, network)
    assert (again.frames, again.outside) == (1, 1)
    assert again.same


def test_another_network_is_refused(site: Any, request_of: Any, network: Any) -> None:
    sealed = site.sealer.seal(request_of())
    with pytest.raises(BadInput, match="E_MODEL"):
        replay(sealed.path, network)
