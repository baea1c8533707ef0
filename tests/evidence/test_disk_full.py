"""A disk that fills at any moment of sealing leaves nothing half-made, and touches nothing that is sealed."""

import ctypes
import multiprocessing
import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from evidence import EvidenceStore, Sealer, SealFailed, SealProfile
from evidence.checks import fixity
from records import LogRow, NonsiteError, verify_chain

_NEW_MOUNTS, _NEW_USERS, _PRIVATE = 0x00020000, 0x10000000, (1 << 18) | 16384


def small_disk(folder: Path, kib: int) -> None:
    """Mount a file system of this size, seen by this process alone. Raises OSError where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(_NEW_MOUNTS | (_NEW_USERS if user else 0)):
        raise OSError(ctypes.get_errno(), "unshare")
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    if libc.mount(b"none", b"/", None, _PRIVATE, None):
        raise OSError(ctypes.get_errno(), "mount")
    if libc.mount(b"none", bytes(folder), b"tmpfs", 0, f"size={kib}k".encode()):
        raise OSError(ctypes.get_errno(), "mount")


def _fill(folder: Path, kib: int, site, request, told) -> None:
    """Seal on a small disk until it is full; tell what happened and what is left."""
    try:
        folder.mkdir()
        small_disk(folder, kib)
    except OSError as error:
        told.send(("not allowed", str(error)))
        return
    store = EvidenceStore.open(folder)
    profile = SealProfile("Demo", min_free_bytes=0)
    sealer = Sealer(store, site.database, "worker-1", site.authority.sealing_signer(), site.clock, profile)
    sealed, failed = [], ""
    for n in range(20):
        try:
            sealed.append(sealer.seal(replace(request, alert={**request.alert, "id": f"{kib}-{n}"})).package_id)
        except SealFailed as error:
            failed = str(error)
            break
    for package in sealed:
        fixity(store.path(package))
    told.send(("full", failed, sealed, sorted(store.list()), list(store.orphans())))


@pytest.mark.parametrize("kib", [8, 100, 400, 700, 900, 1200, 2000, 3100])
def test_a_disk_that_fills_leaves_whole_packages_only_and_closed_intents(site, request_of, tmp_path, kib):
    site.database.engine.dispose()
    here, there = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(
        target=_fill, args=(tmp_path / "disk", kib, site, request_of(), there)
    )
    child.start()
    assert here.poll(60), "the child died"
    what, *found = here.recv()
    child.join()
    if what == "not allowed":
        pytest.skip(f"this host lets nobody mount a small disk: {found[0]}")
    failed, sealed, listed, orphans = found
    assert "No space left on device" in failed
    assert listed == sorted(sealed)
    assert orphans == []
    with site.database.read() as session:
        kinds = session.execute(select(LogRow.kind, LogRow.subject)).all()
        assert verify_chain(session, "machine:worker-1").ok
    intents = {subject for kind, subject in kinds if kind == "evidence.intent"}
    assert intents == {subject for kind, subject in kinds if kind in ("evidence.sealed", "evidence.aborted")}
    assert len(intents) == len(sealed) + 1


def test_a_disk_under_the_reserve_is_refused_before_anything_is_written(site, request_of):
    profile = SealProfile("Demo", min_free_bytes=1 << 62)
    sealer = Sealer(site.store, site.database, "worker-1", site.authority.sealing_signer(), site.clock, profile)
    with pytest.raises(NonsiteError, match="E_DISK_FULL"):
        sealer.seal(request_of())
    with site.database.read() as session:
        assert session.scalars(select(LogRow)).all() == []
