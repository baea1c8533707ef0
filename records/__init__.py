"""What everything stands on: database and units of work, outbox, hash-chained logs, time, ids, errors, files."""

from records.chain import (
    GENESIS,
    ChainBreak,
    ChainReport,
    LogRow,
    append,
    canonical_row,
    chains,
    row_hash,
    tail,
    verify_chain,
    walk,
)
from records.clock import Clock, FrozenClock, SharedClock, SystemClock, iso, open_clock, parse_iso, utc
from records.database import Base, Database, Json, UtcDateTime
from records.errors import BadInput, NonsiteError, Refused
from records.files import fault_of, read_yaml, write_whole
from records.ids import uuid7
from records.outbox import OutboxRow, drain_outbox, outbox_depth, outbox_put
from records.personal import Personal, PersonalJson, PersonalKey, give_key, seal_standing
from records.roles import grant

__all__ = [
    "GENESIS",
    "BadInput",
    "Base",
    "ChainBreak",
    "ChainReport",
    "Clock",
    "Database",
    "FrozenClock",
    "Json",
    "LogRow",
    "NonsiteError",
    "OutboxRow",
    "Personal",
    "PersonalJson",
    "PersonalKey",
    "Refused",
    "SharedClock",
    "SystemClock",
    "UtcDateTime",
    "append",
    "canonical_row",
    "chains",
    "drain_outbox",
    "fault_of",
    "give_key",
    "grant",
    "iso",
    "open_clock",
    "outbox_depth",
    "outbox_put",
    "parse_iso",
    "read_yaml",
    "row_hash",
    "seal_standing",
    "tail",
    "utc",
    "uuid7",
    "verify_chain",
    "walk",
    "write_whole",
]
