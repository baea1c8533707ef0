"""What people say of alerts becomes masked, labelled pictures: through a real chain and really sealed packages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evidence import CustodyBook
from models import open_folder, read_picture
from nonsite.feedback import Outcome, export_feedback
from records import BadInput, FrozenClock, iso
from streams import ObjectKind
from tests.evidence.conftest import START, ColourNetwork, Scene, Site, film, seal_request, write_street
from tests.notify.people import CLERK, GOOD, OPER
from tests.notify.world import World, make_world

STALL_BOX = [320.0, 180.0, 420.0, 240.0]
WALKER_BOX = [0.0, 120.0, 25.0, 195.0]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return film(write_street(tmp_path_factory.mktemp("street") / "street.mp4"))


class Desk:
    """A chain and a sealing machine, with alerts that go through both."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.world: World = make_world(folder)
        self.site = Site.at(folder / "site", FrozenClock(START + timedelta(seconds=30)))
        self.book = CustodyBook(self.site.database, self.site.clock, b"k" * 32)
        self._scene = scene
        self._folder = folder
        self.packages: dict[str, str] = {}

    def alert(self, kind: str = "STALL", camera: str = "cam-1", **boxes: list[float]) -> str:
        """An alert that rests on boxes by kind (a stall unless named), sealed; the lead's id, which waits in A1."""
        at = self._scene.frames[50].captured_at
        rests_on = [
            {"kind": name, "box": box, "score": 0.8, "captured_at": iso(at), "source_id": camera, "frame_pts_s": 1.0}
            for name, box in (boxes or {"stall": STALL_BOX}).items()
        ]
        lead = self.world.alert(
            kind,
            source_id=camera,
            raised=iso(at),
            boxes=rests_on,
            shop_id=None,
            model={"name": "n", "sha256": "c" * 64},
        )
        request = seal_request(self._scene)
        sealed = self.site.sealer.seal(replace(request, alert={**request.alert, "id": lead, "raised": iso(at)}))
        self.packages[lead] = sealed.package_id
        self.world.chain.evidence_sealed(
            {
                "package_id": sealed.package_id,
                "alert_id": lead,
                "stage": "first_seen",
                "seal_sha256": sealed.seal_sha256,
                "sealed_at": iso(sealed.sealed_at),
                "status": "STAMPED",
                "stamped_at": iso(sealed.sealed_at),
            }
        )
        return lead

    def export(self, name: str = "out", **more: Any) -> Outcome:
        words = self.world.chain.feedback()
        options = {"who": "u-1", "unit": "demo", "held_back": 0.0, **more}
        return export_feedback(words, self.site.store, ColourNetwork(), self.book, self._folder / name, **options)


@pytest.fixture
def desk(tmp_path: Path, scene: Scene) -> Iterator[Desk]:
    one = Desk(tmp_path, scene)
    yield one
    one.site.close()


def test_a_confirmed_alert_is_a_labelled_thing(desk: Desk, tmp_path: Path) -> None:
    desk.world.take(OPER, desk.alert(), "confirm")
    assert desk.export().to_json() == {
        "pictures": {"train": 1},
        "things": {"rejected": 0, "confirmed": 1},
        "left_out": {},
    }
    (sample,) = open_folder(tmp_path / "out", "train")
    assert [(box.kind, list(box.box), box.ignored) for box in sample.boxes] == [(ObjectKind.STALL, STALL_BOX, False)]
    assert sample.kinds == {ObjectKind.STALL} and not sample.rejected


def test_a_false_detection_is_a_hard_negative_and_no_label(desk: Desk, tmp_path: Path) -> None:
    desk.world.take(OPER, desk.alert(), "discard", reason="false_detection")
    desk.export()
    (sample,) = open_folder(tmp_path / "out", "train")
    assert [list(box.box) for box in sample.rejected] == [STALL_BOX]
    assert not [box for box in sample.boxes if not box.ignored]
    (line,) = [json.loads(text) for text in (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()]
    assert (line["there"], line["reason"], line["camera"], line["network"]) == (
        False,
        "false_detection",
        "cam-1",
        "c" * 64,
    )
    assert not {"actor", "actor_id", "by", "note"} & set(line)


def test_who_walks_by_is_covered_in_the_picture_and_the_thing_is_not(desk: Desk, tmp_path: Path, scene: Scene) -> None:
    desk.world.take(OPER, desk.alert(), "confirm")
    desk.export()
    (sample,) = open_folder(tmp_path / "out", "train")
    picture, original = read_picture(sample.path), scene.frames[50].image()
    (walker,) = [d for d in ColourNetwork().detect([original])[0] if d.kind is ObjectKind.PERSON]
    x1, y1, x2, y2 = (int(value) for value in walker.box)
    assert np.abs(picture[y1:y2, x1:x2].astype(int) - 96).max() < 12
    x1, y1, x2, y2 = (int(value) for value in STALL_BOX)
    assert np.abs(picture[y1:y2, x1:x2].astype(int) - original[y1:y2, x1:x2]).mean() < 12


@pytest.mark.parametrize(
    ("reason", "there"),
    [
        # the thing stood there; the law let it, or it has gone since
        ("permitted", True),
        ("ended", True),
        ("other", None),
    ],
)
def test_a_reason_that_is_not_about_the_picture_never_makes_a_hard_negative(
    desk: Desk, tmp_path: Path, reason: str, there: bool | None
) -> None:
    desk.world.take(OPER, desk.alert(), "discard", reason=reason)
    assert [one.there for one in desk.world.chain.feedback()] == [there]
    outcome = desk.export()
    assert outcome.things["rejected"] == 0
    assert outcome.pictures["train"] == (1 if there else 0)


@pytest.mark.parametrize(
    ("values", "there"),
    [
        ({"reason": "这是邮筒", "about": "false_detection"}, False),
        ({"reason": "画面模糊", "about": "unclear_picture"}, None),
        ({"reason": "缺少材料"}, None),
    ],
)
def test_the_clerk_has_the_last_word(desk: Desk, values: dict[str, str], there: bool | None) -> None:
    lead = desk.alert()
    desk.world.take(OPER, lead, "confirm")
    desk.world.take(CLERK, lead, "reject", **values)
    (word,) = desk.world.chain.feedback()
    assert (word.there, word.step, word.role) == (there, "reject", "CLERK")


def test_a_passed_review_confirms(desk: Desk) -> None:
    lead = desk.alert("OUT_OF_STORE", goods=STALL_BOX)
    desk.world.take(OPER, lead, "confirm")
    desk.world.take(CLERK, lead, "review", **GOOD)
    assert [(one.there, one.step) for one in desk.world.chain.feedback()] == [(True, "review")]


def test_a_rejection_of_several_things_says_of_none_that_it_is_wrong(desk: Desk) -> None:
    lead = desk.alert("OUT_OF_STORE", goods=STALL_BOX, furniture=[100.0, 200.0, 150.0, 240.0])
    desk.world.take(OPER, lead, "discard", reason="false_detection")
    assert desk.export().left_out == {"not clear which thing is meant": 1}


def test_a_rejected_stall_is_the_stall_and_not_what_stands_about_it(desk: Desk, tmp_path: Path) -> None:
    lead = desk.alert(stall=STALL_BOX, umbrella=[320.0, 150.0, 420.0, 180.0], person=WALKER_BOX)
    desk.world.take(OPER, lead, "discard", reason="false_detection")
    desk.export()
    (sample,) = open_folder(tmp_path / "out", "train")
    assert [box.kind for box in sample.rejected] == [ObjectKind.STALL]
    assert sample.kinds == {ObjectKind.STALL}


def test_words_on_one_look_of_a_camera_share_one_picture(desk: Desk, tmp_path: Path) -> None:
    desk.world.take(OPER, desk.alert(), "confirm")
    booth = [500.0, 300.0, 600.0, 350.0]
    desk.world.take(OPER, desk.alert(stall=booth), "discard", reason="false_detection")
    desk.export()
    (sample,) = open_folder(tmp_path / "out", "train")
    assert [list(box.box) for box in sample.boxes if not box.ignored] == [STALL_BOX]
    assert [list(box.box) for box in sample.rejected] == [booth] and sample.partly
    assert len((tmp_path / "out" / "manifest.jsonl").read_text().splitlines()) == 2


def test_a_thing_under_the_mask_teaches_nothing(desk: Desk, scene: Scene) -> None:
    (walker,) = [d for d in ColourNetwork().detect([scene.frames[50].image()])[0] if d.kind is ObjectKind.PERSON]
    desk.world.take(OPER, desk.alert("OUT_OF_STORE", goods=list(walker.box)), "confirm")
    assert desk.export().left_out == {"covered by the mask": 1}


def test_a_camera_and_its_day_never_lie_on_both_sides(desk: Desk, tmp_path: Path) -> None:
    for number in range(12):
        desk.world.take(OPER, desk.alert(camera=f"cam-{number // 2}"), "confirm")
    desk.export(held_back=0.5)
    lines = [json.loads(text) for text in (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()]
    sides: dict[tuple[str, str], set[str]] = {}
    for line in lines:
        sides.setdefault((line["camera"], line["day"]), set()).add(line["split"])
    assert len(sides) == 6 and all(len(side) == 1 for side in sides.values())
    assert {"train", "test"} == {line["split"] for line in lines}
    assert all(Path(line["file"]).parts[0] == line["split"] for line in lines)


def test_every_picture_that_leaves_is_in_the_custody_book_of_its_package(desk: Desk, tmp_path: Path) -> None:
    lead = desk.alert()
    desk.world.take(OPER, lead, "confirm")
    desk.export()
    (entry,) = desk.book.history(desk.packages[lead])
    assert (entry["action"], entry["who"], entry["reason"]) == ("mask", "u-1", "training picture")
    (picture,) = (tmp_path / "out" / "train").glob("*.jpg")
    assert entry["facts"]["derived_sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()


def test_a_folder_in_use_is_refused_and_an_alert_without_a_package_is_counted(desk: Desk, tmp_path: Path) -> None:
    lead = desk.alert()
    desk.world.take(OPER, lead, "confirm")
    (word,) = desk.world.chain.feedback()
    none = replace(word, packages=())
    gone = replace(word, packages=("0199f3c2-0000-7000-8000-00000000ffff",))
    keep: Callable[[Path], Outcome] = lambda folder: export_feedback(  # noqa: E731
        [none, gone], desk.site.store, ColourNetwork(), desk.book, folder, who="u", unit="d"
    )
    assert keep(tmp_path / "out").left_out == {"no sealed package": 1, "E_PACKAGE_UNKNOWN": 1}
    with pytest.raises(BadInput) as refused:
        keep(tmp_path / "out")
    assert refused.value.code == "E_OUT_IN_USE"
