"""What everything stands on: the database and its units of work, the outbox, hash-chained logs, time, ids, errors."""

from records.chain import ChainReport, LogRow, append, row_hash, verify_chain
from records.clock import Clock, FrozenClock, SharedClock, SystemClock, iso, open_clock, parse_iso, utc
from records.database import Base, Database, Json, UtcDateTime
from records.errors import BadInput, NonsiteError, Refused
from records.ids import uuid7
from records.outbox import OutboxRow, drain_outbox, outbox_depth, outbox_put

__all__ = [
    "BadInput",
    "Base",
    "ChainReport",
    "Clock",
    "Database",
    "FrozenClock",
    "Json",
    "LogRow",
    "NonsiteError",
    "OutboxRow",
    "Refused",
    "SharedClock",
    "SystemClock",
    "UtcDateTime",
    "append",
    "drain_outbox",
    "iso",
    "open_clock",
    "outbox_depth",
    "outbox_put",
    "parse_iso",
    "row_hash",
    "utc",
    "uuid7",
    "verify_chain",
]
