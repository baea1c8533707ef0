"""A bundle for court can be verified without us; the party's shows its own and nobody else; both are entered."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from evidence import CustodyBook, For
from evidence.mask import FILL
from nonsite.bundle import Bundler
from records import BadInput, FrozenClock, Refused, iso
from tests.evidence.conftest import START, ColourNetwork, Scene, Site, film, seal_request, write_street
from tests.notify.world import World, make_world

WALKER, WALKER_THEN = (500.0, 120.0, 525.0, 195.0), (0.0, 120.0, 25.0, 195.0)


class Office:
    """A chain whose packages are really sealed and stamped, with the bundler over both."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.world: World = make_world(folder)
        self.site = Site.at(folder / "site", FrozenClock(START + timedelta(seconds=30)))
        self.book = CustodyBook(self.world.database, self.world.clock, bytes(32))
        self._scene = scene
        self.world.seal = self.seal  # type: ignore[method-assign]

    def seal(self, alert: str, stage: str = "first_seen", status: str = "STAMPED") -> str:
        at = iso(self._scene.frames[50].captured_at)
        box = {"kind": "person", "box": WALKER, "score": 0.8, "captured_at": at, "source_id": "cam-1"}
        request = seal_request(self._scene, stage=stage)
        request = replace(request, alert={**request.alert, "id": alert, "boxes": [box]})
        self.site.clock.advance(1)
        sealed = self.site.sealed_and_stamped(request)
        now = iso(self.world.clock.now())
        message = {"package_id": sealed.package_id, "alert_id": alert, "stage": stage, "status": status}
        self.world.chain.evidence_sealed(
            {**message, "seal_sha256": sealed.seal_sha256, "sealed_at": now, "stamped_at": now, "path": "x"}
        )
        return sealed.package_id

    @property
    def bundler(self) -> Bundler:
        chain, store = self.world.chain, self.site.store
        return Bundler(chain, store, self.book, ColourNetwork(), "clerk", "demo", "示范区城市管理行政执法局")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    one = Office(folder, film(write_street(folder / "street.mp4")))
    yield one
    one.site.close()


@pytest.fixture(scope="module")
def case(office: Office) -> str:
    return office.world.notified()


def words(pdf: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run(["pdftotext", "-enc", "UTF-8", pdf, "-"], capture_output=True, check=True)
    return done.stdout.decode()


def colour(jpeg: Path, box: tuple[float, ...]) -> Any:
    image = cv2.imread(str(jpeg))
    assert image is not None
    x, y = int(box[0] + box[2]) // 2, int(box[1] + box[3]) // 2
    return image[y - 5 : y + 5, x - 5 : x + 5].reshape(-1, 3).mean(axis=0)


def test_the_courts_bundle_is_whole_listed_and_verified_by_the_script_in_it(
    office: Office, case: str, tmp_path: Path
) -> None:
    there = office.bundler.make([case], For.COURT, tmp_path, "沪0115行初1号")
    view, text = office.world.chain.case(case), "".join(words(there / "index.pdf").split())
    packages = sorted(path for path in (there / "packages").iterdir() if path.is_dir())
    assert len(packages) == 2, "what was first seen, and the look after the order"
    authority = office.site.authority
    for package in packages:
        seal = office.world.chain.package(package.name).seal_sha256
        assert package.name in text and seal in text
        script = ["sh", package / "data/verify/verify.sh", authority.ca, authority.tsa_ca, seal]
        done = subprocess.run(script, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        assert (there / "packages" / f"{package.name}.custody.json").is_file()
    assert view.number in text and view.subject.name in text and "沪0115行初1号" in text
    papers = [*view.documents, *office.world.chain.lead(view.lead_id).documents]
    assert len(list((there / "documents").iterdir())) == len(papers)
    assert all("".join(paper.number.split()) in text and paper.sha256 in text for paper in papers)
    sums = subprocess.run(["sha256sum", "--strict", "-c", "sha256sums.txt"], cwd=there, capture_output=True, text=True)
    assert sums.returncode == 0, sums.stdout
    listed = {line.split("  ")[1] for line in (there / "sha256sums.txt").read_text().splitlines()}
    found = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert found - listed == {"sha256sums.txt"}


def test_the_partys_bundle_shows_its_own_and_hides_everybody_else(office: Office, case: str, tmp_path: Path) -> None:
    there = office.bundler.make([case], For.PARTY, tmp_path, "当事人申请查阅")
    folders = [path for path in (there / "packages").iterdir() if path.is_dir()]
    for folder in folders:
        original = office.site.store.path(folder.name)
        assert sorted(path.name for path in folder.iterdir()) == ["clip.mp4", "p1.jpg", "p2.jpg", "p3.jpg"]
        assert np.allclose(colour(folder / "p1.jpg", WALKER_THEN), FILL, atol=6), "who passed before is covered"
        assert not np.allclose(colour(folder / "p2.jpg", WALKER), FILL, atol=6), "the party itself is not"
        assert (folder / "clip.mp4").read_bytes() != (original / "data/clip/clip.mp4").read_bytes()
        assert original.joinpath("data/record.json").is_file() and not list(folder.rglob("record.json"))
        export, mask = office.book.history(folder.name)[-2:]
        assert (export["action"], export["purpose"], export["reason"]) == ("export", "party", "当事人申请查阅")
        assert export["facts"] == {"bundle_for": "party", "case": case}
        assert mask["action"] == "mask" and len(mask["facts"]["derived_sha256"]) == 4
    kinds = {path.name.split("-", 1)[1] for path in (there / "documents").iterdir()}
    assert "prior_notice.pdf" in kinds and "evidence_list.pdf" not in kinds, "no inner paper"
    assert "遮盖" in "".join(words(there / "index.pdf").split())


def test_packages_alone_make_a_bundle_too(office: Office, case: str, tmp_path: Path) -> None:
    package = next(office.site.store.list())
    there = office.bundler.make([package], For.COURT, tmp_path, "移送")
    assert package in words(there / "index.pdf") and not (there / "documents").exists()


def test_without_a_reason_or_with_a_damaged_package_nothing_appears(office: Office, case: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="E_PACKAGE_UNKNOWN"):
        office.bundler.make(["no-such-case"], For.COURT, tmp_path, "x")
    with pytest.raises(Refused, match="E_NO_REASON"):
        office.bundler.make([case], For.COURT, tmp_path, " ")
    package = next(office.site.store.list())
    photo = office.site.store.path(package) / "data/photos/p1.jpg"
    whole = photo.read_bytes()
    photo.chmod(0o644)
    photo.write_bytes(b"damaged")
    try:
        with pytest.raises(BadInput, match="E_EXPORT"):
            office.bundler.make([case], For.COURT, tmp_path, "x")
    finally:
        photo.write_bytes(whole)
        photo.chmod(0o444)
    assert list(tmp_path.iterdir()) == []
