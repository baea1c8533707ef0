"""Evidence over HTTP: masked by default, originals only with a purpose that is logged first, uploads from machines."""

import hashlib
import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from evidence import pack
from evidence.mask import FILL
from tests.console.conftest import GOODS, WALKER, Hub

PHOTO = "data/photos/p1.jpg"


def colour_in(jpeg: bytes, box: tuple[float, float, float, float]) -> np.ndarray:
    """The mean colour (BGR) in the middle of a box of a picture."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    x, y = int(box[0] + box[2]) // 2, int(box[1] + box[3]) // 2
    return image[y - 5 : y + 5, x - 5 : x + 5].reshape(-1, 3).mean(axis=0)


def test_a_picture_comes_masked_unless_asked_for_otherwise(hub: Hub) -> None:
    answer = hub.client("oper").get(f"/api/evidence/{hub.kept.package_id}/files/{PHOTO}")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/jpeg"
    assert np.allclose(colour_in(answer.content, WALKER), FILL, atol=4), "the person is covered"
    assert colour_in(answer.content, GOODS)[2] > 180, "the goods are not"


def test_an_original_without_a_purpose_is_refused_and_nothing_is_logged(hub: Hub) -> None:
    clerk, package = hub.client("clerk"), hub.kept.package_id
    answer = clerk.get(f"/api/evidence/{package}/files/{PHOTO}", params={"unmasked": "true"})
    assert answer.status_code == 409 and answer.json()["code"] == "E_NO_REASON"
    assert clerk.get(f"/api/evidence/{package}/custody").json() == []


def test_an_original_with_a_purpose_is_the_sealed_file_and_is_logged(hub: Hub) -> None:
    clerk, package = hub.client("clerk"), hub.kept.package_id
    query = {"unmasked": "true", "purpose": "case", "reason": "核对当事人陈述"}
    answer = clerk.get(f"/api/evidence/{package}/files/{PHOTO}", params=query)
    assert answer.content == (hub.kept.store.path(package) / PHOTO).read_bytes()
    [row] = clerk.get(f"/api/evidence/{package}/custody").json()
    assert (row["action"], row["who"], row["purpose"], row["reason"]) == (
        "view_unmasked",
        "clerk",
        "case",
        "核对当事人陈述",
    )
    assert row["facts"] == {"file": PHOTO}


def test_a_look_at_a_masked_copy_is_logged_once_and_its_making_with_its_hash(hub: Hub) -> None:
    clerk, package = hub.client("clerk"), hub.kept.package_id
    address = f"/api/evidence/{package}/files/{PHOTO}"
    copy = clerk.get(address).content
    assert clerk.get(address).content == copy
    view, mask = clerk.get(f"/api/evidence/{package}/custody").json()
    assert (view["action"], mask["action"], mask["who"]) == ("view", "mask", "clerk")
    assert mask["facts"] == {"file": PHOTO, "derived_sha256": hashlib.sha256(copy).hexdigest()}


def test_a_look_at_what_is_no_picture_is_a_look(hub: Hub) -> None:
    clerk, package = hub.client("clerk"), hub.kept.package_id
    assert clerk.get(f"/api/evidence/{package}/files/data/record.json").status_code == 200
    assert [row["action"] for row in clerk.get(f"/api/evidence/{package}/custody").json()] == ["view"]


def test_an_original_is_logged_even_where_the_bytes_never_arrive(hub: Hub) -> None:
    clerk, package = hub.client("clerk"), hub.kept.package_id
    answer = clerk.get(
        f"/api/evidence/{package}/files/{PHOTO}",
        params={"unmasked": "true", "purpose": "court"},
        headers={"Range": "bytes=99999999-"},
    )
    assert answer.status_code == 416
    assert len(clerk.get(f"/api/evidence/{package}/custody").json()) == 1


def test_a_clip_can_be_scrubbed_and_is_masked_too(hub: Hub) -> None:
    clerk, address = hub.client("clerk"), f"/api/evidence/{hub.kept.package_id}/files/data/clip/clip.mp4"
    whole = clerk.get(address).content
    part = clerk.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == whole[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert clerk.get(address, headers={"Range": "bytes=-50"}).content == whole[-50:]
    assert whole != (hub.kept.store.path(hub.kept.package_id) / "data/clip/clip.mp4").read_bytes()


@pytest.mark.parametrize("name", ["../../../../../../etc/passwd", "data/photos/p9.jpg", "data", "%2e%2e/%2e%2e/x"])
def test_nothing_outside_the_package_is_handed_out(hub: Hub, name: str) -> None:
    answer = hub.client("clerk").get(f"/api/evidence/{hub.kept.package_id}/files/{name}")
    assert answer.status_code == 404


def test_an_unknown_package_is_a_clear_refusal(hub: Hub) -> None:
    answer = hub.client("clerk").get("/api/evidence/0199f3c2-0000-7000-8000-00000000dead")
    assert answer.status_code == 404 and answer.json()["code"] == "E_PACKAGE_UNKNOWN"


def test_a_package_is_shown_with_boxes_in_the_pixels_of_each_photo(hub: Hub) -> None:
    found = hub.client("oper").get(f"/api/evidence/{hub.kept.package_id}").json()
    panorama, close_up = found["photos"]
    assert [box["box"] for box in panorama["boxes"] if box["main"]] == [list(GOODS)]
    assert [box["box"] for box in close_up["boxes"] if box["main"]] == [[20.0, 20.0, 120.0, 80.0]]
    assert found["stamped"] and found["clips"] == ["data/clip/clip.mp4"]


def test_the_checks_are_made_when_they_are_asked_for(hub: Hub) -> None:
    found = hub.client("clerk").get(f"/api/evidence/{hub.kept.package_id}/verification").json()
    assert found["ok"], found
    assert {check["name"] for check in found["checks"]} >= {"manifest", "seal", "token", "clip"}


def packed(hub: Hub) -> tuple[bytes, dict[str, str]]:
    path = hub.kept.store.path(hub.kept.package_id)
    stream = io.BytesIO()
    pack(path, stream)
    seal = str(hub.kept.evidence_message["seal_sha256"])
    return stream.getvalue(), {"X-Seal-SHA256": seal, "Authorization": "Bearer car-token"}


def test_a_machine_uploads_a_package_in_chunks_and_twice_changes_nothing(make_hub: Callable[..., Hub]) -> None:
    hub = make_hub(machine_tokens={"worker-1": "car-token"}, own_store=True)
    data, headers = packed(hub)
    http, address, half = hub.visitor().http, f"/api/evidence/{hub.kept.package_id}", len(data) // 2
    first = http.put(
        address, content=data[:half], headers={**headers, "Content-Range": f"bytes 0-{half - 1}/{len(data)}"}
    )
    assert first.json() == {"next_offset": half, "complete": False}
    rest = {**headers, "Content-Range": f"bytes {half}-{len(data) - 1}/{len(data)}"}
    assert http.put(address, content=data[half:], headers=rest).json()["complete"]
    assert http.put(address, content=data, headers=headers).json()["complete"]
    assert list(hub.services.evidence.list()) == [hub.kept.package_id]
    other = http.put(address, content=data, headers={**headers, "X-Seal-SHA256": "0" * 64})
    assert other.status_code == 409 and other.json()["code"] == "E_SEAL_DIFFERS"


def test_only_registered_machines_upload_and_tell(make_hub: Callable[..., Hub]) -> None:
    hub = make_hub(machine_tokens={"car-1": "car-token"})
    data, headers = packed(hub)
    http = hub.visitor().http
    stranger = {**headers, "Authorization": "Bearer guess"}
    assert http.put(f"/api/evidence/{hub.kept.package_id}", content=data, headers=stranger).status_code == 403
    event = {"topic": "nonsite.alerts", "key": "cell", "message": {"id": "a"}}
    assert http.post("/api/machine/events", json=event, headers=stranger).status_code == 403
    assert http.post("/api/machine/events", json=event, headers=headers).status_code == 202
    wrong = http.post("/api/machine/events", json={**event, "topic": "nonsite.cases"}, headers=headers)
    assert wrong.status_code == 400 and wrong.json()["code"] == "E_TOPIC"
    hub.tell()
    assert [told.message["id"] for told in hub.bus.since("nonsite.alerts", None)] == ["a"]
