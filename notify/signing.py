"""Signatures between the program and its gateways: HMAC-SHA256 over time and body, in one header."""

import hashlib
import hmac
from datetime import datetime

from records import Refused, utc

HEADER = "X-Nonsite-Signature"
TOLERANCE_S = 600


def sign(secret: bytes, body: bytes, at: datetime) -> str:
    """The header's value for a body sent at `at`: t=<unix seconds>,v1=<hex>."""
    stamp = int(utc(at).timestamp())
    return f"t={stamp},v1={_mac(secret, stamp, body)}"


def check(secret: bytes, body: bytes, header: str, now: datetime) -> None:
    """Raise Refused `E_SIGNATURE` where the body was not signed with the secret within the last minutes.

    An empty secret refuses everything: nobody may forget to set it.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = parts.get("t", "")
    good = stamp.isdecimal() and hmac.compare_digest(parts.get("v1", ""), _mac(secret, int(stamp), body))
    if not secret or not good:
        raise Refused("E_SIGNATURE", "the call is not signed by the gateway", "check the shared secret")
    if abs(utc(now).timestamp() - int(stamp)) > TOLERANCE_S:
        raise Refused("E_SIGNATURE", "the call was signed at another time", "check the clocks, then send it again")


def _mac(secret: bytes, stamp: int, body: bytes) -> str:
    return hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
