"""What the command line lists, shows and hands out."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evidence import (
    Action,
    CustodyBook,
    CustodyEntry,
    EvidenceStore,
    Purpose,
    export_masked,
    export_original,
    list_packages,
    show_package,
    verify,
)
from records import BadInput, Refused


@pytest.fixture
def book(site: Any) -> CustodyBook:
    return CustodyBook(site.database, site.clock, bytes(32))


def asked(path: Path, purpose: Purpose | None = Purpose.COURT) -> CustodyEntry:
    return CustodyEntry.about(path, Action.EXPORT, "user-1", "unit-1", purpose, "ordered by the court")


def test_listing_tells_the_state_of_each_package(site: Any, request_of: Any) -> None:
    first = site.sealed_and_stamped(request_of("a"))
    site.clock.advance(1)
    second = site.sealer.seal(request_of("b"))
    lines = list_packages(site.store, site.database)
    assert [(line["package_id"], line["status"]) for line in lines] == [
        (first.package_id, "STAMPED"),
        (second.package_id, "SEALED_PENDING_TSA"),
    ]
    assert [line["token"] for line in list_packages(site.store)] == [True, False]
    json.dumps(lines)


def test_showing_gives_the_record_and_the_seal(standing: Any) -> None:
    shown = show_package(standing.first)
    assert shown["stamped"] is True
    assert shown["record"]["package_id"] == standing.first.name
    json.dumps(shown)


def test_an_export_is_bit_identical_and_logged_before(site: Any, request_of: Any, book: Any, tmp_path: Path) -> None:
    sealed = site.sealed_and_stamped(request_of())
    there = export_original(sealed.path, tmp_path / "court", book, asked(sealed.path))
    assert site.verify(there).ok
    [event] = json.loads((tmp_path / "court" / f"{sealed.package_id}.custody.json").read_text())
    assert (event["action"], event["purpose"], event["reason"]) == ("export", "court", "ordered by the court")
    with pytest.raises(BadInput, match="E_EXPORT"):
        export_original(sealed.path, tmp_path / "court", book, asked(sealed.path))


def test_without_a_purpose_nothing_leaves(site: Any, request_of: Any, book: Any, tmp_path: Path) -> None:
    sealed = site.sealer.seal(request_of())
    with pytest.raises(Refused, match="E_NO_REASON"):
        export_original(sealed.path, tmp_path / "out", book, asked(sealed.path, None))
    assert not (tmp_path / "out").exists()


def test_a_masked_export_holds_copies_only(site: Any, request_of: Any, book: Any, network: Any, tmp_path: Path) -> None:
    sealed = site.sealer.seal(request_of())
    made = export_masked(sealed.path, tmp_path / "out", book, asked(sealed.path, Purpose.PARTY), network)
    assert sorted(path.name for path in made) == ["clip.mp4", "p1.jpg", "p2.jpg", "p3.jpg"]
    for path in made:
        [original] = sealed.path.rglob(path.name)
        assert path.read_bytes() != original.read_bytes()
    export, mask = book.history(sealed.package_id)
    assert (export["action"], mask["action"], mask["purpose"]) == ("export", "mask", "party")
    assert mask["facts"]["derived_sha256"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made
    }, "whoever finds a copy can say from which package it is, and who had it made"


def test_an_export_of_a_damaged_package_is_refused(site: Any, request_of: Any, book: Any, tmp_path: Path) -> None:
    sealed = site.sealer.seal(request_of())
    photo = sealed.path / "data/photos/p1.jpg"
    photo.chmod(0o644)
    photo.write_bytes(b"damaged")
    with pytest.raises(BadInput, match=r"E_EXPORT.*p1\.jpg: expected"):
        export_original(sealed.path, tmp_path / "out", book, asked(sealed.path))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_path_or_ca_file_that_is_none_is_one_clear_refusal(standing: Any, tmp_path: Path) -> None:
    authority = standing.site.authority
    with pytest.raises(BadInput, match="E_PACKAGE"):
        verify(tmp_path / "none", authority.ca, authority.tsa_ca)
    with pytest.raises(BadInput, match="E_CA_FILE"):
        verify(standing.first, tmp_path / "none.pem", authority.tsa_ca)
    (tmp_path / "not.pem").write_text("hello")
    with pytest.raises(BadInput, match="E_CA_FILE"):
        verify(standing.first, authority.ca, tmp_path / "not.pem")


def test_a_folder_that_is_no_package_fails_every_check_without_a_traceback(standing: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = standing.site.verify(tmp_path / "empty", log=standing.site.database)
    assert not result.ok
    assert {"structure", "tagmanifest", "manifest", "seal", "token", "record", "clip", "photos"} <= set(result.failed)


def test_a_store_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="E_STORE"):
        EvidenceStore.open(tmp_path / "file" / "store")
