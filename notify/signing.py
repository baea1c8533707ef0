"""Signed calls between nonsite and its gateways: HMAC-SHA256 over time and body, in one header."""

import hashlib
import hmac
from datetime import datetime

from records import Refused, utc

HEADER = "X-Nonsite-Signature"
TOLERANCE_S = 300


def sign(secret: bytes, body: bytes, at: datetime) -> str:
    """The header's value for `body` sent at `at`: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`."""
    stamp = str(int(utc(at).timestamp()))
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def verify(secret: bytes, body: bytes, header: str | None, now: datetime) -> None:
    """Raise Refused E_SIGNATURE unless `header` signs `body` with `secret` within five minutes of `now`."""
    parts = dict(part.split("=", 1) for part in (header or "").split(",") if "=" in part)
    stamp, digest = parts.get("t", ""), parts.get("v1", "")
    good = (
        bool(secret)
        and stamp.isdecimal()
        and hmac.compare_digest(digest.encode(), _digest(secret, stamp, body).encode())
    )
    if not good:
        raise Refused("E_SIGNATURE", "the call is not signed by the gateway", "compare the shared secret on both sides")
    if abs(utc(now).timestamp() - int(stamp)) > TOLERANCE_S:
        raise Refused("E_SIGNATURE", "the call's signature is too old", "compare the clocks of both sides")


def _digest(secret: bytes, stamp: str, body: bytes) -> str:
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
