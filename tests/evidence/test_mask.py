"""Masked copies: whole boxes filled, no metadata, the original untouched."""

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from evidence import MaskPolicy, boxes_to_hide, mask_image, masked_clip, masked_photo
from evidence.bag import sha256_file
from evidence.mask import FILL, filled
from records import BadInput, Refused
from streams import Detection, ObjectKind


def decoded(jpeg: bytes) -> Any:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_filled_pixels_are_constant_and_nothing_is_left_of_what_was_there() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    inside = decoded(mask_image(noise, [(40.2, 30.7, 120.1, 200.0)]))[64:160, 64:96]
    assert np.abs(inside.astype(int) - FILL).max() <= 2


def test_a_masked_picture_carries_no_metadata() -> None:
    picture = Pillow.open(io.BytesIO(mask_image(np.zeros((64, 64, 3), np.uint8), [])))
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_people_are_hidden_whole_and_vehicles_where_the_plate_is() -> None:
    person = Detection(ObjectKind.PERSON, "person", 0.5, (100, 100, 140, 200))
    car = Detection(ObjectKind.VEHICLE, "car", 0.5, (200, 100, 400, 200))
    sign = Detection(ObjectKind.SIGNBOARD, "sign", 0.5, (0, 0, 90, 30))
    hidden = boxes_to_hide([person, car, sign])
    assert len(hidden) == 2
    assert hidden[0][0] < 100 and hidden[0][3] > 200
    assert 140 < hidden[1][1] < 160 and hidden[1][3] > 200
    assert len(boxes_to_hide([person, car, sign], policy=MaskPolicy.PUBLICATION)) == 3


def test_the_party_himself_stays_visible_in_his_own_copy() -> None:
    party = Detection(ObjectKind.PERSON, "person", 0.5, (100, 100, 140, 200))
    assert boxes_to_hide([party], keep=[(98, 98, 142, 205)]) == []


def test_a_photo_is_masked_by_what_was_seen_in_its_frame(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    before = sha256_file(sealed.path / "data/photos/p1.jpg")
    masked = decoded(masked_photo(sealed.path, "p1.jpg"))
    assert np.abs(masked[125:190, 103:122].astype(int) - FILL).max() <= 3
    original = cv2.imread(str(sealed.path / "data/photos/p1.jpg"))
    assert original is not None
    assert np.abs(original[200:350, 450:600].astype(int) - masked[200:350, 450:600]).mean() < 4
    assert sha256_file(sealed.path / "data/photos/p1.jpg") == before


def test_a_crop_is_masked_in_its_own_pixels(site: Any, scene: Any, request_of: Any) -> None:
    from evidence import Photo, PhotoRole

    crop = (75.0, 100.0, 175.0, 210.0)
    sealed = site.sealer.seal(request_of(photos=[Photo(PhotoRole.CLOSE_UP, scene.frames[0], crop)]))
    masked = decoded(masked_photo(sealed.path, "p1.jpg"))
    assert np.abs(masked[25:90, 28:47].astype(int) - FILL).max() <= 3


def test_a_picture_that_nobody_looked_at_for_people_does_not_leave(
    site: Any, request_of: Any, network: Any, seen_by: Any
) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by([25])))
    with pytest.raises(Refused, match="E_MASK"):
        masked_photo(sealed.path, "p1.jpg")
    masked = decoded(masked_photo(sealed.path, "p1.jpg", network))
    assert np.abs(masked[125:190, 4:20].astype(int) - FILL).max() <= 3, "the network finds the walker itself"


def test_a_name_that_is_no_photo_is_refused(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    with pytest.raises(BadInput, match="E_PACKAGE_FILE"):
        masked_photo(sealed.path, "../../../etc/passwd")


def frames_of(mp4: bytes) -> list[Any]:
    with av.open(io.BytesIO(mp4)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def test_the_walker_is_covered_in_every_frame_of_a_masked_clip(
    site: Any, request_of: Any, network: Any, seen_by: Any
) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by([*range(0, 60, 2), 59])))
    frames = frames_of(masked_clip(sealed.path))
    assert len(frames) == 60
    assert all(network._find(frame, ObjectKind.PERSON) is None for frame in frames)
    assert all(network._find(frame, ObjectKind.STALL) is not None for frame in frames[10:40])


def test_frames_far_from_any_look_are_covered_whole(site: Any, request_of: Any, seen_by: Any) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by([0, 1, 2])))
    frames = frames_of(masked_clip(sealed.path))
    assert np.abs(frames[40].astype(int) - FILL).max() <= 6
    assert np.abs(frames[1].astype(int) - FILL).max() > 30
    assert np.abs(frames[3].astype(int) - FILL).max() <= 6, "one look before alone does not do"


def test_a_network_at_hand_looks_where_nobody_looked(site: Any, request_of: Any, network: Any, seen_by: Any) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by([0])))
    frames = frames_of(masked_clip(sealed.path, network=network))
    assert all(network._find(frame, ObjectKind.PERSON) is None for frame in frames)
    assert np.abs(frames[40].astype(int) - FILL).max() > 30


def test_a_masked_clip_keeps_the_times_and_drops_the_metadata(
    site: Any, request_of: Any, seen_by: Any, tmp_path: Path
) -> None:
    sealed = site.sealer.seal(request_of(detections=seen_by(range(0, 60, 2))))
    with av.open(io.BytesIO(masked_clip(sealed.path))) as container:
        times = [frame.time for frame in container.decode(video=0)]
        assert not {"creation_time", "title", "location"} & set(container.metadata)
    assert all(abs(b - a - 0.2) < 0.002 for a, b in pairwise(times))


def test_parked_bicycles_are_not_covered_as_vehicles():
    bicycle = Detection(ObjectKind.BICYCLE, "bicycle", 0.7, (100.0, 100.0, 200.0, 180.0))
    taken_for_one = Detection(ObjectKind.MOTORCYCLE, "motorcycle", 0.4, (102.0, 100.0, 198.0, 180.0))
    faint = Detection(ObjectKind.VEHICLE, "car", 0.15, (90.0, 90.0, 400.0, 190.0))
    assert boxes_to_hide([bicycle, taken_for_one, faint]) == []


def test_a_person_is_covered_even_where_the_network_is_unsure():
    person = Detection(ObjectKind.PERSON, "person", 0.11, (10.0, 10.0, 30.0, 80.0))
    assert len(boxes_to_hide([person])) == 1


@pytest.mark.parametrize("outside", [(-80, 30, -50, 150), (30, -80, 150, -50), (700, 30, 800, 90), (30, 500, 90, 600)])
def test_a_box_outside_a_cut_out_picture_covers_nothing_of_it(outside: tuple[float, float, float, float]) -> None:
    image = np.full((360, 640, 3), 200, np.uint8)
    assert (filled(image, [outside]) == image).all()
