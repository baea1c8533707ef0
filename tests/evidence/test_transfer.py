"""Packages sent to a store: in pieces, twice, torn, forged."""

import io
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from evidence import EvidenceStore, admit, pack, receive
from evidence.bag import sha256_file
from evidence.tables import PackageRow
from records import BadInput, Database, Refused, drain_outbox


@pytest.fixture
def hub(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore.open(tmp_path / "hub")


@pytest.fixture
def packed(standing: Any) -> bytes:
    buffer = io.BytesIO()
    pack(standing.first, buffer)
    return buffer.getvalue()


def send(hub: EvidenceStore, standing: Any, data: bytes, piece: int = 1 << 18) -> int:
    offset, calls = 0, 0
    while True:
        got = receive(
            hub,
            standing.first.name,
            standing.seal_sha256,
            data[offset : offset + piece],
            offset=offset,
            total=len(data),
        )
        offset, calls = got.next_offset, calls + 1
        if got.complete:
            return calls


def test_what_arrives_is_bit_identical_and_verifies(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    assert send(hub, standing, packed) > 3
    there = hub.path(standing.first.name)
    files = {path.relative_to(standing.first) for path in standing.first.rglob("*") if path.is_file()}
    assert {path.relative_to(there) for path in there.rglob("*") if path.is_file()} == files
    assert all(sha256_file(there / name) == sha256_file(standing.first / name) for name in files)
    assert standing.site.verify(there).ok
    assert [path.name for path in hub.root.glob(".*")] == []


def test_the_same_package_packs_to_the_same_bytes(standing: Any, packed: bytes) -> None:
    again = io.BytesIO()
    pack(standing.first, again)
    assert again.getvalue() == packed


def test_sending_again_changes_nothing(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    send(hub, standing, packed)
    before = (hub.path(standing.first.name) / "data").stat().st_mtime_ns
    assert send(hub, standing, packed) == 1
    assert (hub.path(standing.first.name) / "data").stat().st_mtime_ns == before


def test_a_cut_off_upload_goes_on_where_it_stood(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    name, seal, total = standing.first.name, standing.seal_sha256, len(packed)
    receive(hub, name, seal, packed[:1000], offset=0, total=total)
    asked = receive(hub, name, seal, b"", offset=0, total=total)
    assert (asked.next_offset, asked.complete) == (1000, False)
    assert receive(hub, name, seal, packed[500:], offset=500, total=total).next_offset == 1000, "not taken"
    assert receive(hub, name, seal, packed[1000:], offset=1000, total=total).complete


def test_another_seal_under_the_same_id_is_refused(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    send(hub, standing, packed)
    with pytest.raises(Refused, match="E_SEAL_DIFFERS"):
        receive(hub, standing.first.name, "0" * 64, packed, total=len(packed))


def tar(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(data), "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sparse(name: str, said: int) -> bytes:
    """A tar of one member that says how long it is and holds nothing (GNU format)."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:410] = b"%011o\0" % said + b"%011o\0" % 0
    header[483:495] = b"%011o\0" % said
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


@pytest.mark.parametrize(
    "make",
    [
        lambda packed: packed[: len(packed) // 2],
        lambda packed: b"no tar at all" * 100,
        lambda packed: packed.replace(b'"offset_ms":12', b'"offset_ms":13'),
        lambda packed: tar(("../escape", b"x")),
        lambda packed: tar(("/tmp/escape", b"x")),
        lambda packed: tar(("data/x.jpg", b""), kind=tarfile.SYMTYPE),
        lambda packed: tar(("data/x.jpg", b""), kind=tarfile.FIFOTYPE),
        lambda packed: tar(("fetch.txt", b"x")),
        lambda packed: tar(("data/a.jpg", b"x"), ("data/a.jpg", b"y")),
        lambda packed: tar(("bagit.txt", b"x")),
    ],
)
def test_what_is_no_whole_package_leaves_nothing(
    standing: Any, hub: EvidenceStore, packed: bytes, make: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    broken = make(packed)
    with pytest.raises(BadInput, match="E_PACKAGE_BROKEN"):
        receive(hub, standing.first.name, standing.seal_sha256, broken, total=len(broken))
    assert list(hub.root.iterdir()) == []
    assert not (tmp_path / "escape").exists()


def test_a_member_that_is_not_as_long_as_it_says_is_not_unpacked(standing: Any, hub: EvidenceStore) -> None:
    bomb = sparse("data/x.jpg", 1 << 20)
    with pytest.raises(BadInput, match="not a file that a package may hold"):
        receive(hub, standing.first.name, standing.seal_sha256, bomb, total=len(bomb))


def test_a_package_under_the_wrong_id_is_refused(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    with pytest.raises(BadInput, match="package: expected"):
        receive(hub, standing.second.name, standing.seal_sha256, packed, total=len(packed))


@pytest.mark.parametrize("name", ["x", "../../etc", "0199f3c2-0000-4000-8000-000000000001", ""])
def test_an_id_that_is_none_is_refused(standing: Any, hub: EvidenceStore, packed: bytes, name: str) -> None:
    with pytest.raises(BadInput, match="E_PACKAGE_UNKNOWN"):
        receive(hub, name, standing.seal_sha256, packed, total=len(packed))


def test_an_admitted_package_is_queued_and_told_once(
    standing: Any, hub: EvidenceStore, packed: bytes, tmp_path: Path
) -> None:
    send(hub, standing, packed)
    database = Database(tmp_path / "hub.sqlite")
    database.create_all()
    for _ in range(2):
        admit(hub, database, standing.first.name)
    told: list[dict[str, Any]] = []
    drain_outbox(database, lambda _topic, _key, message: told.append(message), standing.site.clock)
    assert [message["seal_sha256"] for message in told] == [standing.seal_sha256]
    with database.read() as session:
        assert [row.alert_id for row in session.scalars(select(PackageRow))] == [told[0]["alert_id"]]
    database.close()


def test_what_a_process_left_that_was_killed_while_it_unpacked_stops_nobody(
    standing: Any, hub: EvidenceStore, packed: bytes
) -> None:
    name = standing.first.name
    left = hub.building(name) / "data"
    left.mkdir(parents=True)
    (left / "record.json").write_bytes(b"half")
    assert receive(hub, name, standing.seal_sha256, packed, total=len(packed)).complete
    assert list(hub.list()) == [name] and hub.orphans() == ()


def test_the_same_chunk_sent_many_times_at_once_is_taken_once(standing: Any, hub: EvidenceStore, packed: bytes) -> None:
    half = len(packed) // 2

    def send(_n: int) -> int | None:
        try:
            got = receive(hub, standing.first.name, standing.seal_sha256, packed[:half], total=len(packed))
        except Refused as busy:
            assert busy.code == "E_PACKAGE_BUSY"
            return None
        return got.next_offset

    with ThreadPoolExecutor(16) as pool:
        offsets = set(pool.map(send, range(64)))
    assert offsets <= {half, None}
    rest = packed[half:]
    assert receive(hub, standing.first.name, standing.seal_sha256, rest, offset=half, total=len(packed)).complete
