"""Identifiers that any machine can make offline and that sort by time."""

import secrets
import uuid

from records.clock import Clock, SystemClock


def uuid7(clock: Clock | None = None) -> str:
    """A UUID version 7 (RFC 9562 section 5.7) at the clock's now, as 36 characters."""
    millis = int((clock or SystemClock()).now().timestamp() * 1000) & ((1 << 48) - 1)
    value = (millis << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=value))
