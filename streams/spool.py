"""Messages that the bus could not take yet, on disk: they survive the death of the process; their room is bounded."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from records import BadInput
from streams.bus import Letter, encoded
from streams.topics import ALERTS, EVIDENCE, TOPICS

FIRST = (ALERTS, EVIDENCE)
"""Topics that may fill the spool; the others leave half of it to them."""


class Spool:
    """A queue in an SQLite file. What `put` has returned for is on the disk.

    A compacted topic keeps one message of each key here too: an outage of days holds one state per camera, not one
    per ten seconds. Where the room is used up `put` refuses with BadInput E_SPOOL_FULL and changes nothing.
    """

    def __init__(self, path: Path, max_bytes: int = 256 << 20) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS spool (id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL,"
                " key TEXT NOT NULL, message BLOB NOT NULL)"
            )
            self._db.execute("CREATE INDEX IF NOT EXISTS ix_spool_key ON spool (topic, key)")
        except sqlite3.Error as error:
            raise BadInput("E_SPOOL", f"{path}: {error}", "name a folder that can be written") from error
        row = self._db.execute("SELECT count(*), coalesce(sum(length(message)), 0) FROM spool").fetchone()
        self._depth, self._bytes = int(row[0]), int(row[1])

    @property
    def depth(self) -> int:
        """Messages that wait."""
        return self._depth

    @property
    def bytes(self) -> int:
        """Their size."""
        return self._bytes

    def put(self, letters: Sequence[Letter]) -> None:
        """Take messages in, all or none; BadInput E_BUS_MESSAGE, E_SPOOL_FULL."""
        rows = [(topic, key, encoded(topic, message)) for topic, key, message in letters]
        with self._lock:
            self._need_room([(topic, len(data)) for topic, _, data in rows])
            depth, size = self._depth, self._bytes
            try:
                self._db.execute("BEGIN IMMEDIATE")
                for topic, key, data in rows:
                    if TOPICS[topic].compacted:
                        self._remove("topic = ? AND key = ?", (topic, key))
                    self._db.execute("INSERT INTO spool (topic, key, message) VALUES (?, ?, ?)", (topic, key, data))
                    self._depth, self._bytes = self._depth + 1, self._bytes + len(data)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._depth, self._bytes = depth, size
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise BadInput("E_SPOOL_FULL", f"the spool cannot be written: {error}", "is the disk full?") from error

    def oldest(self, count: int) -> list[tuple[int, Letter]]:
        """The messages that have waited longest, with their numbers."""
        with self._lock:
            query = "SELECT id, topic, key, message FROM spool ORDER BY id LIMIT ?"
            rows = self._db.execute(query, (count,)).fetchall()
        return [(number, (topic, key, json.loads(data))) for number, topic, key, data in rows]

    def drop(self, numbers: Sequence[int]) -> None:
        """Forget messages that the bus has now."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            for number in numbers:
                self._remove("id = ?", (number,))
            self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _need_room(self, sizes: Sequence[tuple[str, int]]) -> None:
        total = self._bytes
        for topic, size in sizes:
            total += size
            if total > (self.max_bytes if topic in FIRST else self.max_bytes // 2):
                raise BadInput(
                    "E_SPOOL_FULL",
                    f"{topic}: {self._depth} messages ({self._bytes} bytes) wait for the bus already",
                    "bring the broker back, or give the spool more room (kafka.spool_mb)",
                )

    def _remove(self, which: str, values: tuple[object, ...]) -> None:
        gone = self._db.execute(f"DELETE FROM spool WHERE {which} RETURNING length(message)", values).fetchall()  # noqa: S608
        self._depth, self._bytes = self._depth - len(gone), self._bytes - sum(size for (size,) in gone)
