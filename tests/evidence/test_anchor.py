"""Checkpoints over the logs: made hourly, stamped, told outside, put into packages - and what they show an auditor."""

import re
import shutil
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from evidence import (
    Action,
    Anchor,
    Checkpoint,
    CustodyBook,
    CustodyEntry,
    FolderPlace,
    LogBroken,
    Purpose,
    StampBy,
    TsaClient,
    absorb,
    audit,
    cms,
    create_ca,
    load_trust,
    tree,
)
from evidence.checkpoint import Proof
from evidence.log import log_message
from evidence.merkle import check_consistency, leaf_hash, root_from_inclusion, root_of
from evidence.names import INCLUSION_SCRIPT
from records import BadInput, Database, FrozenClock, LogRow, Refused, append, drain_outbox


@pytest.fixture
def hub(site):
    """The hub's database beside the machine's, as one process keeps them."""
    database = Database(site.folder / "hub.sqlite")
    database.create_all()
    yield database
    database.close()


@pytest.fixture
def outside(tmp_path) -> Path:
    return tmp_path / "legal-bureau"


@pytest.fixture
def anchor(site, hub, outside):
    """The hub's duty; a checkpoint an hour, stamped, one folder outside."""
    stamp_by = StampBy([site.tsa()], load_trust(site.authority.tsa_ca))
    return Anchor(
        hub, site.database, site.store, "demo", site.authority.sealing_signer(), site.clock, stamp_by,
        [FolderPlace(outside)],
    )  # fmt: skip


def tell(site, hub) -> int:
    """What the machine has to tell reaches the hub."""

    def publish(topic, key, message):
        if topic == "nonsite.logs":
            absorb(hub, message, site.clock)

    return drain_outbox(site.database, publish, site.clock)


def sealed_and_anchored(site, hub, anchor, request):
    sealed = site.sealed_and_stamped(request)
    tell(site, hub)
    report = anchor.tick()
    assert report.proved == [sealed.package_id], report
    return sealed


def audited(site, hub, outside, **more):
    ca, tsa_ca = load_trust(site.authority.ca), load_trust(site.authority.tsa_ca)
    return audit(hub, outside, ca, tsa_ca, **more)


def as_dba(database: Database, *statements: str) -> Database:
    """The same database after somebody who can take the triggers away has been at it."""
    path = Path(database.url.database)
    database.engine.dispose()
    there = path.with_name(f"changed-{len(list(path.parent.glob('changed-*')))}.sqlite")
    shutil.copyfile(path, there)
    with sqlite3.connect(there) as connection:
        for name in ("log_no_update", "log_no_delete", "log_follow"):
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    return Database(there)


def test_a_package_carries_its_place_in_the_log(site, hub, anchor, outside, request_of):
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    result = site.verify(sealed.path, log=site.database, checkpoints=outside)
    assert result.ok
    [check] = [one for one in result.checks if one.name == "checkpoint"]
    assert check.ok is True
    assert check.detail.startswith("nonsite/demo leaf 1 of 3, stamped 2026-05-12")


def test_the_tree_is_the_one_of_the_rfc_over_the_rows(site, hub, anchor, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    with hub.read() as session:
        rows = session.scalars(select(LogRow.hash).order_by(LogRow.chain, LogRow.seq)).all()
    note = Checkpoint.parse((next(iter(anchor._places))._folder / "checkpoint-3").read_text())
    assert note.root == root_of([leaf_hash(bytes.fromhex(row)) for row in rows])


def test_many_rows_fill_tiles_and_every_proof_still_holds(site, hub, outside, anchor):
    """Three levels of nothing but short rows: the tree reads tiles, not the log."""
    sizes = []
    for size in (1, 255, 256, 257, 700, 1024, 1300):
        with hub.session() as session:
            for n in range(size - (sizes[-1] if sizes else 0)):
                append(session, f"chain-{n % 3}", "event", str(n), {"n": n}, site.clock)
        assert anchor.checkpoint() == size
        sizes.append(size)
    with hub.read() as session:
        hashes = list(tree.leaf_rows(session, 0, 1300))
        leaves = [leaf_hash(bytes.fromhex(one)) for one in hashes]
        for size in sizes:
            assert tree.root(session, size) == root_of(leaves[:size])
        for n in (0, 255, 256, 511, 699, 1299):
            path = tree.inclusion(session, n, 1300)
            assert root_from_inclusion(leaves[n], n, 1300, path) == root_of(leaves)
        for old in sizes[:-1]:
            proof = tree.consistency(session, old, 1300)
            assert check_consistency(old, root_of(leaves[:old]), 1300, root_of(leaves), proof)


def test_a_checkpoint_an_hour_and_none_where_nothing_happened(site, hub, anchor, outside, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    site.clock.advance(1800)
    assert anchor.tick().made is None
    site.clock.advance(1900)
    assert anchor.tick().made is None, "nothing was added"
    site.sealed_and_stamped(request_of("second"))
    tell(site, hub)
    site.clock.advance(3600)
    assert anchor.tick().made == 6
    names = {path.name for path in outside.iterdir()}
    assert {"checkpoint-3", "checkpoint-3.p7s", "checkpoint-3.p7s.tsr", "checkpoint-6"} <= names
    assert "consistency-3-6.txt" in names
    assert all(one.ok for one in audited(site, hub, outside, machine_log=site.database))


def test_the_clock_set_back_by_a_day_does_not_stop_checkpoints(site, hub, anchor, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    site.clock.set(site.clock.now() - timedelta(days=1))
    with hub.session() as session:
        append(session, "custody", "custody.view", "x", {}, site.clock)
    site.clock.advance(3601)
    assert anchor.tick().made == 4


def test_the_script_in_the_package_checks_it_with_coreutils_and_openssl(
    site, hub, anchor, outside, request_of, tmp_path
):
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    arguments = [site.authority.ca, site.authority.tsa_ca, sealed.seal_sha256, outside]
    script = sealed.path / "data/verify/verify.sh"
    done = subprocess.run(["sh", script, *arguments], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok      log: the seal stands under checkpoint 3 (nonsite/demo: leaf 1 of 3" in done.stdout
    assert "ok      log: checkpoint 3 as it was told outside" in done.stdout


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("inclusion-3.txt", "leaf 1", "leaf 0", "the path does not fit|expected root"),
        ("inclusion-3.txt", "size 3", "size 4", "another checkpoint|expected root|does not fit|too short"),
        ("inclusion-3.txt", '"seq":2', '"seq":3', "expected root"),
        ("inclusion-3.txt", '"seal_sha256":"', '"seal_sha256":"0', "does not bear this seal"),
        ("checkpoint-3", "nonsite/demo", "nonsite/other", "another checkpoint"),
    ],
)
def test_a_forged_proof_fails_in_script_and_verifier_alike(
    site, hub, anchor, request_of, writable, file, old, new, said
):
    copy = writable(sealed_and_anchored(site, hub, anchor, request_of()).path)
    path = copy / "seal" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    result = site.verify(copy)
    assert result.failed == ("checkpoint",)
    seal = copy / "seal"
    files = [seal / "tagmanifest-sha256.txt.p7s", seal / "inclusion-3.txt", seal / "checkpoint-3"]
    done = subprocess.run(["sh", copy / INCLUSION_SCRIPT, *files], capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(said, done.stderr), done.stderr


def test_the_proof_of_another_package_is_no_proof(site, hub, anchor, request_of, writable):
    first = site.sealed_and_stamped(request_of())
    second = site.sealed_and_stamped(request_of("second"))
    tell(site, hub)
    assert len(anchor.tick().proved) == 2
    copy = writable(first.path)
    shutil.copyfile(second.path / "seal/inclusion-6.txt", copy / "seal/inclusion-6.txt")
    detail = next(one.detail for one in site.verify(copy).checks if one.name == "checkpoint")
    assert second.package_id in detail


def test_a_checkpoint_signed_by_somebody_else_is_no_checkpoint(site, hub, anchor, request_of, writable, tmp_path):
    copy = writable(sealed_and_anchored(site, hub, anchor, request_of()).path)
    forger = create_ca(tmp_path / "forger", site.clock).sealing_signer()
    note = (copy / "seal/checkpoint-3").read_bytes()
    (copy / "seal/checkpoint-3.p7s").write_bytes(cms.sign(note, forger, site.clock.now()))
    assert site.verify(copy).failed == ("checkpoint",)


def test_two_histories_told_outside_are_noticed(site, hub, anchor, outside, request_of):
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    note = outside / "checkpoint-3"
    note.chmod(0o644)
    note.write_text(note.read_text().replace("time 2026", "time 2025"))
    detail = next(
        one.detail for one in site.verify(sealed.path, checkpoints=outside).checks if one.name == "checkpoint"
    )
    assert "told in two ways" in detail
    with pytest.raises(Refused, match="E_ANCHOR_DIFFERS"):
        FolderPlace(outside).put("checkpoint-3", b"another")


def test_a_place_that_is_down_is_told_later(site, hub, anchor, outside, request_of):
    outside.parent.mkdir(exist_ok=True)
    outside.write_text("a file where the share is mounted")
    sealed = site.sealed_and_stamped(request_of())
    tell(site, hub)
    report = anchor.tick()
    assert str(outside) in report.faults
    assert report.delivered == 0
    assert report.proved == [sealed.package_id], "a package does not wait for the place"
    outside.unlink()
    site.clock.advance(60)
    assert anchor.tick().delivered == 1


def test_an_authority_that_is_down_stamps_the_checkpoint_later(site, hub, outside, request_of):
    dead = TsaClient("http://127.0.0.1:9/", timeout_s=0.2)
    trust = load_trust(site.authority.tsa_ca)
    site.sealed_and_stamped(request_of())
    tell(site, hub)
    signer = site.authority.sealing_signer()
    anchor = Anchor(hub, site.database, site.store, "demo", signer, site.clock, StampBy([dead], trust),
                    [FolderPlace(outside)])  # fmt: skip
    report = anchor.tick()
    assert (report.made, report.stamped, report.proved) == (3, [], [])
    assert (outside / "checkpoint-3.p7s").exists(), "it is told at once, and its stamp later"
    again = Anchor(hub, site.database, site.store, "demo", signer, site.clock, StampBy([dead, site.tsa()], trust),
                   [FolderPlace(outside)])  # fmt: skip
    report = again.tick()
    assert report.stamped == [3]
    assert (outside / "checkpoint-3.p7s.tsr").exists()


# what somebody who owns the hub's database does, and what shows it


def faults(findings) -> dict[str, str]:
    return {one.layer: one.detail for one in findings if one.ok is False}


def test_an_edited_row_breaks_its_chain(site, hub, anchor, outside, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    changed = as_dba(hub, "UPDATE log SET body = replace(body, 'STALL', 'STOLL') WHERE seq = 1")
    assert "row 1 was altered" in faults(audited(site, changed, outside))["chain"]


def test_an_edited_row_that_stands_under_no_checkpoint_is_never_vouched_for(site, hub, outside, request_of):
    site.sealed_and_stamped(request_of())
    tell(site, hub)
    changed = as_dba(hub, "UPDATE log SET body = replace(body, 'STALL', 'STOLL') WHERE seq = 1")
    signer = site.authority.sealing_signer()
    with pytest.raises(LogBroken, match="row 1 was altered"):
        Anchor(changed, site.database, site.store, "demo", signer, site.clock).checkpoint()


def test_a_deleted_row_is_a_gap_and_the_tree_stands_no_more(site, hub, anchor, outside, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    changed = as_dba(hub, "DELETE FROM log WHERE seq = 2")
    found = faults(audited(site, changed, outside))
    assert "row 2 is missing" in found["chain"]
    assert "tree" in found


def test_a_tail_cut_behind_a_checkpoint_shows_against_the_place_outside(site, hub, anchor, outside, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    cut = as_dba(
        hub,
        "DELETE FROM log WHERE seq > 1",
        "UPDATE log_spans SET count = 1",
        "DELETE FROM log_checkpoints",
        "DELETE FROM log_checkpoint_replies",
    )
    found = faults(audited(site, cut, outside))
    assert "chain" not in found, "a chain alone cannot see its own end cut"
    assert "the log was cut: expected at least 3 rows, found 1" in found["tree"]
    with pytest.raises(LogBroken, match="it was cut"):
        Anchor(cut, site.database, site.store, "demo", site.authority.sealing_signer(), site.clock,
               places=[FolderPlace(outside)]).checkpoint()  # fmt: skip


def test_a_log_rewritten_consistently_shows_against_the_checkpoint(site, hub, anchor, outside, request_of, tmp_path):
    """Every hash made anew, tree and checkpoints too: only what lies outside is not theirs to rewrite."""
    sealed_and_anchored(site, hub, anchor, request_of())
    other = Database(tmp_path / "rewritten.sqlite")
    other.create_all()
    with hub.read() as session:
        rows = session.scalars(select(LogRow).order_by(LogRow.chain, LogRow.seq)).all()
    with other.session() as session:
        for row in rows:
            append(session, row.chain, row.kind, row.subject, {**row.body, "rewritten": True}, site.clock)
    mine = Anchor(other, site.database, site.store, "demo", site.authority.sealing_signer(), site.clock)
    assert mine.checkpoint() == 3
    found = faults(audited(site, other, outside))
    assert set(found) == {"tree"}, "the chain is whole"
    assert "machine:worker-1: row 3 was" in found["tree"]
    found = faults(audited(site, other, outside, machine_log=site.database))
    assert "the machine has" in found["copy"], "and the machine's own log says so too"


def test_a_row_written_today_and_dated_last_week_is_told(site, hub, anchor, outside, request_of):
    sealed_and_anchored(site, hub, anchor, request_of())
    with hub.session() as session:
        append(session, "custody", "custody.view", "x", {}, site.clock)
        append(session, "custody", "custody.confirm", "x", {}, FrozenClock(site.clock.now() - timedelta(days=7)))
        append(session, "custody", "custody.view", "x", {}, FrozenClock(site.clock.now() - timedelta(milliseconds=400)))
    found = [one for one in audit(hub) if one.layer == "time"]
    assert [(one.name, one.ok) for one in found] == [("custody", None)]
    assert found[0].detail.startswith("row 2 is dated 2026-05-05") and "1 such rows" in found[0].detail


def test_custody_rows_younger_than_the_checkpoint_can_be_rewritten_and_that_is_said(
    site, hub, anchor, outside, request_of
):
    """The window: seals are caught by the machine's own chain and token; the hub's rows of the last hour by none."""
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    book = CustodyBook(hub, site.clock, bytes(32))
    book.note(CustodyEntry.about(sealed.path, Action.VIEW_UNMASKED, "u-1", "demo", Purpose.REVIEW))
    gone = as_dba(hub, "DELETE FROM log WHERE chain = 'custody'")
    assert faults(audited(site, gone, outside)) == {}, "nothing vouches for that row yet"
    window = [one for one in audited(site, hub, outside) if one.layer == "window"]
    assert [(one.name, one.ok) for one in window] == [("custody", None)]
    assert "1 rows are younger than the newest checkpoint outside" in window[0].detail
    site.clock.advance(3600)
    assert anchor.tick().made == 4
    gone = as_dba(hub, "DELETE FROM log WHERE chain = 'custody'")
    assert set(faults(audited(site, gone, outside))) == {"tree"}, "an hour later it is caught"


def test_a_seal_younger_than_the_checkpoint_is_caught_by_the_machines_own_chain(site, hub, anchor, outside, request_of):
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    young = site.sealed_and_stamped(request_of("young"))
    tell(site, hub)
    gone = as_dba(hub, "DELETE FROM log WHERE seq > 3")
    assert faults(audited(site, gone, outside)) == {}
    forged = as_dba(hub, "UPDATE log SET subject = 'other' WHERE seq = 5")
    assert set(faults(audited(site, forged, outside))) == {"chain"}
    held = next(one for one in audited(site, gone, outside, machine_log=site.database) if one.layer == "copy")
    assert "3 of 6 rows are at the hub" in held.detail, "the machine has what the hub was made to forget"
    assert site.verify(young.path, log=site.database).ok
    assert sealed.package_id != young.package_id


# what the hub takes in


def rows_of(site):
    with site.database.read() as session:
        return [
            log_message(row).model_dump(mode="json") for row in session.scalars(select(LogRow).order_by(LogRow.seq))
        ]


def test_the_same_row_again_changes_nothing_and_a_gap_waits(site, hub, request_of):
    site.sealed_and_stamped(request_of())
    first, second, third = rows_of(site)
    assert absorb(hub, first, site.clock) == 1
    assert absorb(hub, first, site.clock) == 1
    with pytest.raises(Refused, match="E_LOG_GAP"):
        absorb(hub, third, site.clock)
    assert absorb(hub, second, site.clock) == 2
    assert absorb(hub, third, site.clock) == 3


def test_a_machine_that_rewrote_its_log_is_noticed_and_its_rows_refused(site, hub, make_site, request_of):
    site.sealed_and_stamped(request_of())
    for row in rows_of(site):
        absorb(hub, row, site.clock)
    site.clock.advance(1)
    other = make_site("rewritten", site.clock, site.authority)
    other.sealed_and_stamped(request_of())
    for row in rows_of(other):
        with pytest.raises(Refused, match="E_LOG_FORKED"):
            absorb(hub, row, site.clock)
    with hub.read() as session:
        [told] = session.scalars(select(LogRow).where(LogRow.chain == "hub")).all()
    assert (told.kind, told.subject) == ("log.forked", "machine:worker-1")


def test_a_machine_tells_its_own_log_only_and_true_hashes(site, hub, request_of):
    site.sealed_and_stamped(request_of())
    first, *_ = rows_of(site)
    with pytest.raises(BadInput, match="not the log of vehicle-7"):
        absorb(hub, first, site.clock, "vehicle-7")
    with pytest.raises(BadInput, match="expected hash"):
        absorb(hub, {**first, "subject": "another"}, site.clock)
    with pytest.raises(BadInput, match="E_LOG_ROW"):
        absorb(hub, {**first, "chain": "custody"}, site.clock)


def test_a_proof_reads_back_as_it_was_written(site, hub, anchor, request_of):
    sealed = sealed_and_anchored(site, hub, anchor, request_of())
    text = (sealed.path / "seal/inclusion-3.txt").read_text()
    assert Proof.parse(text).text() == text
