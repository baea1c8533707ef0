"""Packages are kept as long as their class says, stay what was sealed, and are mended from the second copy."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from evidence import (
    Budget,
    CopyDown,
    FolderCopy,
    Keeper,
    RetentionClass,
    RetentionRules,
    RoomState,
)
from evidence.tables import RetentionRow
from records import BadInput, LogRow, Refused, verify_chain

RULES = RetentionRules({RetentionClass.ALERT: 30, RetentionClass.NO_PENALTY: 365, RetentionClass.CASE_FILE: None})


@pytest.fixture
def keeper(site, tmp_path):
    copy = FolderCopy(tmp_path / "second")
    return Keeper(site.store, site.database, site.database, site.clock, RULES, copy)


def second(tmp_path: Path, site, package_id: str) -> Path:
    return tmp_path / "second" / site.store.relative(package_id)


def logged(site) -> list[tuple[str, str]]:
    with site.database.read() as session:
        assert verify_chain(session, "hub").ok
        rows = session.scalars(select(LogRow).where(LogRow.chain == "hub").order_by(LogRow.seq))
        return [(row.kind, row.subject) for row in rows]


def break_byte(path: Path) -> None:
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_night_copies_what_is_new_and_finds_nothing_wrong(site, keeper, request_of, tmp_path):
    sealed = site.sealed_and_stamped(request_of())
    report = keeper.night()
    assert (report.checked, report.copied, report.faults) == (1, [sealed.package_id], {})
    assert site.verify(second(tmp_path, site, sealed.package_id), log=site.database).ok
    assert keeper.night().copied == []


def test_a_token_that_came_later_reaches_the_copy(site, keeper, request_of, tmp_path):
    sealed = site.sealer.seal(request_of())
    keeper.night()
    site.stamper(site.tsa()).drain()
    keeper.night()
    assert site.verify(second(tmp_path, site, sealed.package_id)).ok


def test_a_rotten_file_is_mended_from_the_copy_and_the_damaged_package_kept(site, keeper, request_of):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    break_byte(sealed.path / "data/clip/clip.mp4")
    report = keeper.night()
    assert (report.repaired, report.faults) == ([sealed.package_id], {})
    assert site.verify(sealed.path, log=site.database).ok
    assert logged(site) == [("evidence.repaired", sealed.package_id)]
    [kept] = (site.store.root / ".quarantine").iterdir()
    assert "damaged" in kept.name


def test_a_package_deleted_from_the_store_comes_back_from_the_copy(site, keeper, request_of):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    site.store.remove(sealed.package_id)
    assert keeper.night().repaired == [sealed.package_id]
    assert site.verify(sealed.path, log=site.database).ok


def test_where_both_copies_are_rotten_it_is_said_once_and_nothing_is_touched(site, keeper, request_of, tmp_path):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    for root in (sealed.path, second(tmp_path, site, sealed.package_id)):
        break_byte(root / "data/photos/p1.jpg")
    for _ in range(2):
        assert "data/photos/p1.jpg: expected" in keeper.night().faults[sealed.package_id]
    assert logged(site) == [("evidence.damaged", sealed.package_id)]
    assert sealed.path.is_dir()


def test_a_whole_valid_package_of_another_seal_in_its_place_is_found(site, keeper, make_site, request_of):
    """Right sums, right signature, same id: only what was entered says that it is another."""
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    other = make_site("other", site.clock, site.authority)
    swapped = other.sealed_and_stamped(request_of("another"))
    site.store.remove(sealed.package_id)
    swapped.path.parent.chmod(0o755)
    swapped.path.chmod(0o755)
    sealed.path.parent.mkdir(parents=True, exist_ok=True)
    swapped.path.rename(sealed.path)
    assert keeper.night().repaired == [sealed.package_id]
    assert site.verify(sealed.path, expected_seal=sealed.seal_sha256).ok


def test_at_its_term_an_alerts_package_goes_with_a_record_and_not_before(site, keeper, request_of, tmp_path):
    sealed = site.sealed_and_stamped(request_of())
    site.clock.advance(29 * 86400)
    assert keeper.night().deleted == []
    site.clock.advance(2 * 86400)
    assert keeper.night().deleted == [sealed.package_id]
    assert not sealed.path.exists()
    assert not second(tmp_path, site, sealed.package_id).exists()
    assert logged(site) == [("evidence.deleting", sealed.package_id), ("evidence.deleted", sealed.package_id)]
    assert keeper.night().deleted == []


def test_confirmed_it_is_kept_for_the_longer_class_and_never_shortened(site, keeper, request_of):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    keeper.extend(sealed.package_id, RetentionClass.NO_PENALTY)
    keeper.extend(sealed.package_id, RetentionClass.ALERT)
    site.clock.advance(40 * 86400)
    assert keeper.night().deleted == []
    with site.database.read() as session:
        row = session.get_one(RetentionRow, sealed.package_id)
    assert row.retention_class == "no_penalty"
    site.clock.advance(400 * 86400)
    assert keeper.night().deleted == [sealed.package_id]


def test_a_class_whose_days_nobody_stated_is_never_deleted(site, keeper, request_of):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    keeper.extend(sealed.package_id, RetentionClass.CASE_FILE)
    site.clock.advance(20 * 365 * 86400)
    assert keeper.night().deleted == []


def test_a_legal_hold_outlasts_every_term_and_needs_the_number_of_an_order(site, keeper, request_of):
    sealed = site.sealed_and_stamped(request_of())
    keeper.night()
    with pytest.raises(Refused, match="E_NO_REASON"):
        keeper.hold(sealed.package_id, "", "u-1")
    keeper.hold(sealed.package_id, "（2026）沪01行初1号", "u-1")
    site.clock.advance(60 * 86400)
    assert keeper.night().deleted == []
    keeper.hold(sealed.package_id, "（2026）沪01行初1号", "u-1", on=False)
    assert keeper.night().deleted == [sealed.package_id]
    assert [kind for kind, _ in logged(site)][:2] == ["evidence.held", "evidence.released"]


def test_a_package_nobody_knows_is_refused(keeper):
    with pytest.raises(BadInput, match="E_PACKAGE_UNKNOWN"):
        keeper.extend("0199f3c2-0000-7000-8000-000000000009", RetentionClass.CASE_FILE)


def test_a_copy_that_is_away_holds_up_nothing_and_is_tried_again(site, request_of, tmp_path):
    class Away(FolderCopy):
        away = True

        def put(self, *arguments):
            if self.away:
                raise CopyDown("E_COPY", "the disk is not there")
            super().put(*arguments)

    copy = Away(tmp_path / "second")
    keeper = Keeper(site.store, site.database, site.database, site.clock, RULES, copy)
    sealed = site.sealed_and_stamped(request_of())
    assert "the disk is not there" in keeper.night().faults[sealed.package_id]
    copy.away = False
    assert keeper.night().faults == {}
    assert second(tmp_path, site, sealed.package_id).is_dir()


def test_footage_that_waits_is_given_up_for_room_and_evidence_never(site, request_of, tmp_path):
    sealed = site.sealed_and_stamped(request_of())
    ring = tmp_path / "dwell"
    for n in range(5):
        (ring / f"incident-{n}").mkdir(parents=True)
        (ring / f"incident-{n}" / "1.gop").write_bytes(bytes(1000))
    budget = Budget(ring_bytes=2500, high_free_bytes=0, full_free_bytes=0)
    assert budget.room(ring).state is RoomState.HIGH
    assert len(budget.make_room(ring)) == 3
    room = budget.room(ring)
    assert (room.state, room.ring_bytes) == (RoomState.OK, 2000)
    assert len(budget.make_room(ring, 1000)) == 1, "what is to come counts too"
    assert site.verify(sealed.path).ok
    full = Budget(full_free_bytes=1 << 62)
    assert full.room(ring).state is RoomState.FULL
    assert len(full.make_room(ring)) == 1, "on a full disk all that waits is given up"
    assert full.make_room(site.store.root) == [] and site.verify(sealed.path).ok


def test_what_first_showed_an_incident_is_given_up_last_and_what_is_spared_never(tmp_path):
    for n, incident in enumerate(("a", "b")):
        (tmp_path / incident).mkdir()
        for name in ("1.gop", "2.gop", "3.gop"):
            (tmp_path / incident / name).write_bytes(bytes(100))
            os.utime(tmp_path / incident / name, (n, n))
    gone = Budget(ring_bytes=350, high_free_bytes=0, full_free_bytes=0).make_room(
        tmp_path, spare=lambda path: path.parent.name == "b"
    )
    assert [path.name for path in gone] == ["2.gop", "3.gop", "1.gop"]
    assert len(list((tmp_path / "b").iterdir())) == 3


def test_footage_that_goes_while_its_room_is_asked_for_stops_nobody(tmp_path):
    """It is sealed, or comes to nothing, on another thread."""
    over = threading.Event()

    def come_and_go():
        while not over.is_set():
            for n in range(20):
                (folder := tmp_path / f"incident-{n}").mkdir(exist_ok=True)
                (folder / "1.gop").write_bytes(b"x" * 100)
            for n in range(20):
                shutil.rmtree(tmp_path / f"incident-{n}", ignore_errors=True)

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        budget = Budget(ring_bytes=500)
        for _ in range(200):
            assert budget.room(tmp_path).ring_bytes <= 2000
            budget.make_room(tmp_path)
    finally:
        over.set()
        thread.join()
