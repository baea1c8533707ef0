"""Sealing when things go well, when they break, and when the process dies."""

import itertools
import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from evidence import ClockFacts, DeviceFacts, SealFailed, Status, create_ca
from evidence.checks import fixity
from evidence.tables import PackageRow
from records import Clock, Database, FrozenClock, LogRow, Refused, drain_outbox, verify_chain


def log_of(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        return [(row.kind, row.subject) for row in session.scalars(select(LogRow).order_by(LogRow.seq))]


def test_intent_stands_before_the_seal_and_the_seal_names_its_intent(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    package = sealed.package_id
    assert log_of(site.database) == [("evidence.intent", package), ("evidence.sealed", package)]
    record = json.loads((sealed.path / "data/record.json").read_bytes())
    assert record["log"] == {"machine": "worker-1", "chain": "machine:worker-1", "intent_seq": 1}
    assert sealed.status is Status.PENDING


def test_a_sealed_package_is_told_once_through_the_outbox(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    told: list[tuple[str, str, dict[str, Any]]] = []
    drain_outbox(site.database, lambda *message: told.append(message), site.clock)
    [(_, key, message)] = [one for one in told if one[0] == "nonsite.evidence"]
    assert key == sealed.package_id
    assert message["event_id"] == f"{sealed.package_id}:SEALED_PENDING_TSA"
    assert message["seal_sha256"] == sealed.seal_sha256


def test_the_same_alert_and_stage_again_is_the_same_package(site: Any, request_of: Any) -> None:
    first = site.sealer.seal(request_of())
    assert site.sealer.seal(request_of()) == first
    assert site.sealer.seal(request_of(stage="recheck")).package_id != first.package_id


def test_each_package_names_the_seal_before_it_on_the_same_device(site: Any, request_of: Any) -> None:
    first = site.sealer.seal(request_of("a"))
    other = request_of("b")
    site.sealer.seal(replace(other, device=DeviceFacts("cam-2", 121.5, 31.2)))
    third = site.sealer.seal(request_of("c"))
    assert json.loads((first.path / "data/record.json").read_bytes())["previous_seal_sha256"] is None
    record = json.loads((third.path / "data/record.json").read_bytes())
    assert record["previous_seal_sha256"] == first.seal_sha256


def test_a_clock_off_by_more_than_a_second_marks_the_package(site: Any, request_of: Any) -> None:
    clock = ClockFacts("none", offset_ms=-1001, measured_at=site.clock.now())
    sealed = site.sealer.seal(request_of(clock=clock))
    assert sealed.clock_suspect
    assert json.loads((sealed.path / "data/record.json").read_bytes())["clock"]["suspect"] is True


def test_a_certificate_not_in_force_seals_nothing(
    make_site: Callable[..., Any], site: Any, request_of: Any, tmp_path: Path
) -> None:
    late = make_site("late", FrozenClock(site.clock.now() + timedelta(days=3660)), site.authority)
    with pytest.raises(Refused, match="E_SEAL_CERTIFICATE"):
        late.sealer.seal(request_of())
    assert log_of(late.database) == []


def test_a_full_disk_is_refused_before_anything_is_written(
    site: Any, request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: _Usage(free=1000))
    with pytest.raises(Refused, match="E_DISK_FULL"):
        site.sealer.seal(request_of())
    assert log_of(site.database) == []
    assert list(site.store.root.iterdir()) == []


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def test_a_disk_that_fills_while_writing_leaves_only_a_closed_intent(
    site: Any, request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = itertools.count()
    real = os.fsync

    def fsync(handle: int) -> None:
        if next(room) == 7:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(SealFailed, match="No space left"):
        site.sealer.seal(request_of())
    monkeypatch.undo()
    assert [kind for kind, _ in log_of(site.database)] == ["evidence.intent", "evidence.aborted"]
    assert list(site.store.root.glob(".tmp-*")) == []
    assert site.sealer.seal(request_of()).path.is_dir(), "and the next attempt succeeds"


def test_eight_threads_seal_at_once(site: Any, request_of: Any) -> None:
    requests = [request_of(f"alert-{n}", device=DeviceFacts(f"cam-{n % 3}", 121.5, 31.2)) for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(site.sealer.seal, requests))
    assert len({one.package_id for one in sealed}) == 16
    for one in sealed:
        fixity(one.path)
    with site.database.read() as session:
        assert verify_chain(session, "machine:worker-1").ok
    previous = [json.loads((one.path / "data/record.json").read_bytes())["previous_seal_sha256"] for one in sealed]
    assert len({number for number in previous if number}) == 13, "three first ones, and nobody's predecessor is shared"


def test_one_alert_sealed_by_many_threads_is_one_package(site: Any, request_of: Any) -> None:
    request = request_of()
    with ThreadPoolExecutor(8) as pool:
        sealed = {one.package_id for one in pool.map(lambda _: site.sealer.seal(request), range(8))}
    assert len(sealed) == 1


@pytest.mark.parametrize("deaths", [15, pytest.param(200, marks=pytest.mark.long)])
def test_kill_9_at_any_instant_leaves_no_half_package(
    make_site: Callable[..., Any], site: Any, scene: Any, deaths: int
) -> None:
    """So many processes die while sealing; each next start finds whole packages and closes what was open."""
    rng = random.Random(20260512)
    folder, packages, aborted, recovered = site.folder / "machine", 0, 0, 0
    create_ca(folder / "authority", site.clock)
    for round_ in range(deaths):
        child = multiprocessing.get_context("fork").Process(
            target=_seal_for_ever, args=(folder, site.clock, scene, round_)
        )
        child.start()
        deadline = time.monotonic() + 30
        while not (folder / "sealed").exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(rng.uniform(0.0, 0.05))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        (folder / "sealed").unlink(missing_ok=True)
        now = make_site("machine", site.clock)
        closed = now.sealer.recover()
        aborted += sum(how == "aborted" for how in closed.values())
        recovered += sum(how == "recovered" for how in closed.values())
        if round_ % 20 == 0 or round_ == deaths - 1:  # every package is read again each time
            packages = _check_everything(now)
        now.database.close()
    assert packages > 0
    assert aborted > 0, "no process died in the middle of a package: the test showed nothing"


def _seal_for_ever(folder: Path, clock: Clock, scene: Any, round_: int) -> None:
    from tests.evidence.conftest import Site, seal_request

    site = Site.at(folder, clock)
    for n in itertools.count():
        request = seal_request(scene)
        site.sealer.seal(replace(request, alert={**request.alert, "id": f"{round_}-{n}"}, photos=request.photos[2:]))
        (folder / "sealed").touch()


def _check_everything(site: Any) -> int:
    there = list(site.store.list())
    for package in there:
        fixity(site.store.path(package))
    assert site.store.orphans() == ()
    log = log_of(site.database)
    closing = {subject for kind, subject in log if kind != "evidence.intent"}
    assert {subject for _, subject in log} == closing
    entered = {subject for kind, subject in log if kind in ("evidence.sealed", "evidence.recovered")}
    assert entered == set(there), "the store and the log agree on every package"
    with site.database.read() as session:
        assert {row.package_id for row in session.scalars(select(PackageRow))} == entered
        assert verify_chain(session, "machine:worker-1").ok
    return len(there)


def test_a_death_between_rename_and_log_is_recovered_not_hidden(
    site: Any, request_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(site.sealer, "_enter", die)
    with pytest.raises(SystemExit):
        site.sealer.seal(request_of())
    monkeypatch.undo()
    [package] = site.store.list()
    assert site.sealer.recover() == {package: "recovered"}
    assert [kind for kind, _ in log_of(site.database)] == ["evidence.intent", "evidence.recovered"]
    assert site.stamper(site.tsa()).drain().stamped == [package]
    assert site.verify(site.store.path(package), log=site.database).ok
    assert site.sealer.seal(request_of()).package_id == package, "and the alert is not sealed twice"


def test_what_a_dead_process_left_is_kept_aside(site: Any, request_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise SystemExit

    monkeypatch.setattr(type(site.store), "place", die)
    with pytest.raises(SystemExit):
        site.sealer.seal(request_of())
    monkeypatch.undo()
    [orphan] = site.store.orphans()
    assert site.sealer.recover() == {orphan: "aborted"}
    assert (site.store.root / ".quarantine" / orphan / "data/clip/clip.mp4").exists()
    assert list(site.store.list()) == []
