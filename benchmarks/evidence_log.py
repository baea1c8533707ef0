"""A log of a million rows on PostgreSQL: adding a row, proving one, checking all, beside bare inserts.

The rows before the measured ones are loaded with right hashes in one piece; the appends are single transactions, as in
life. The server runs without fsync, which makes the bare inserts it is held against faster, not slower.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.figure import Figure, wanted
from evidence import Anchor, EvidenceStore, create_ca, tree
from records import GENESIS, Database, FrozenClock, LogRow, append, row_hash, verify_chain

START = datetime(2026, 5, 12, 8, 15, tzinfo=UTC)
CHAIN, APPENDS, PROOFS = "custody", 2000, 200
BODY = {"seal_sha256": "5" * 64, "who": "u-17", "unit": "demo", "purpose": "review"}


def logging(folder: Path, rows: int) -> list[Figure]:
    """The figures, or one that says why there are none."""
    from tests.services.postgres import PostgresServer, Unavailable

    try:
        server = PostgresServer()
        server.start()
    except Unavailable as error:
        print(f"no PostgreSQL here, the log is not measured: {error}", file=sys.stderr)
        return []
    try:
        database = Database(server.create("log"))
        database.upgrade()
        return _measured(database, folder, rows)
    finally:
        server.close()


def _measured(database: Database, folder: Path, rows: int) -> list[Figure]:
    clock = FrozenClock(START)
    _load(database, rows)
    anchor = Anchor(
        database, database, EvidenceStore.open(folder / "log-store"), "bench",
        create_ca(folder / "log-authority", clock).sealing_signer(), clock,
    )  # fmt: skip
    started = time.perf_counter()
    size = anchor.checkpoint()
    grow_s = time.perf_counter() - started
    assert size == rows
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (LIKE log INCLUDING ALL)"))
        connection.execute(text("INSERT INTO bare SELECT * FROM log ORDER BY id DESC LIMIT 1000"))
        connection.execute(text("ANALYZE"))
    bare_s, append_s = _in_turn(_bare(database, rows), _append(database, clock))
    anchor.checkpoint()
    proof_s = _proofs(database, rows)
    started = time.perf_counter()
    with database.read() as session:
        report = verify_chain(session, CHAIN)
    check_s = time.perf_counter() - started
    assert (report.ok, report.rows) == (True, rows + APPENDS), report
    return [
        Figure("rows of the log", rows, ""),
        Figure("tree over all rows, checked, first checkpoint", grow_s, "s"),
        Figure("bare insert under the same lock", 1000 * bare_s, "ms"),
        Figure("append one row", 1000 * append_s, "ms"),
        wanted("append, of bare inserts", bare_s / append_s, "x", least=0.7),
        wanted("inclusion proof", 1000 * proof_s, "ms", most=20),
        wanted("full chain check", check_s, "s", most=10),
    ]


def _load(database: Database, rows: int) -> None:
    """Rows with right hashes, in one COPY; triggers are away meanwhile, as an owner may do."""

    def lines() -> Iterator[tuple[Any, ...]]:
        prev = GENESIS
        for seq in range(1, rows + 1):
            row = LogRow(
                chain=CHAIN, seq=seq, at=START, kind="custody.view", subject=f"package-{seq % 10000}", body=BODY,
                prev=prev, hash="",
            )  # fmt: skip
            row.hash = prev = row_hash(row)
            yield CHAIN, seq, START, row.kind, row.subject, _BODY_TEXT, row.prev, row.hash

    with database.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        cursor = connection.connection.cursor()
        with cursor.copy("COPY log (chain, seq, at, kind, subject, body, prev, hash) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for line in lines():
                copy.write_row(line)
        connection.execute(text("SET session_replication_role = DEFAULT"))


_BODY_TEXT = '{"purpose":"review","seal_sha256":"' + "5" * 64 + '","unit":"demo","who":"u-17"}'


def _bare(database: Database, rows: int) -> Callable[[int], None]:
    lock = text("SELECT pg_advisory_xact_lock(hashtext('log:bare'))")
    insert = text(
        "INSERT INTO bare (id, chain, seq, at, kind, subject, body, prev, hash) "
        "VALUES (:id, :chain, :seq, :at, :kind, :subject, :body, :prev, :hash)"
    )

    def one(n: int) -> None:
        with database.engine.begin() as connection:
            connection.execute(lock)
            connection.execute(
                insert,
                {
                    "id": rows + n + 1, "chain": CHAIN, "seq": rows + n + 1, "at": START, "kind": "custody.view",
                    "subject": "package", "body": _BODY_TEXT, "prev": "5" * 64, "hash": "6" * 64,
                },
            )  # fmt: skip

    return one


def _append(database: Database, clock: FrozenClock) -> Callable[[int], None]:
    def one(_n: int) -> None:
        with database.session() as session:
            append(session, CHAIN, "custody.view", "package", BODY, clock)

    return one


def _in_turn(*work: Callable[[int], None]) -> list[float]:
    """Median seconds of each, taken in turn so that both see the same machine."""
    taken: list[list[float]] = [[] for _ in work]
    for n in range(APPENDS):
        for one, seconds in zip(work, taken, strict=True):
            started = time.perf_counter()
            one(n)
            seconds.append(time.perf_counter() - started)
    return [statistics.median(one) for one in taken]


def _proofs(database: Database, rows: int) -> float:
    taken = []
    for n in range(PROOFS):
        started = time.perf_counter()
        with database.read() as session:
            tree.inclusion(session, n * rows // PROOFS, tree.size_of(session))
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
