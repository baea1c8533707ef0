"""The chain that the benchmark drives: demo law, the least of registers, evidence and ground that answer at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from notify import (
    Actor,
    Chain,
    DocumentMaker,
    EvidenceStatus,
    GroundVerdict,
    LinkSigner,
    Role,
    Tools,
    credit_check_digit,
    load_profile,
    load_registers,
)
from records import Database, FrozenClock

START = datetime(2026, 6, 3, 8, 15, tzinfo=UTC)
GOOD = dict.fromkeys(("authentic", "clear", "complete", "accurate", "lawful_means"), True)


class Good:
    """Evidence and ground that always hold, and a gateway that takes everything."""

    secret = b"benchmark"

    def status(self, package_id: str) -> EvidenceStatus:
        return EvidenceStatus(package_id, True, True, clock_error_s=0.0)

    def verdict(self, alert: Mapping[str, Any]) -> GroundVerdict:
        return GroundVerdict("enforce", "v", "v", "", True)

    def send_sms(self, message_id: str, phone: str, text: str) -> None:
        """Taken."""

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None:
        """Taken."""

    def cancel_order(self, code: str) -> None:
        """Taken."""

    def refund(self, refund_id: str, code: str, amount_fen: int, reason: str) -> None:
        """Taken."""


def person(name: str, *roles: Role) -> Actor:
    return Actor(name, name, frozenset(roles))


OPER, CLERK, OFFICER = person("oper", Role.OPER), person("clerk", Role.CLERK), person("officer1", Role.OFFICER)
SQUAD, HEAD = person("squad", Role.SQUAD), person("head", Role.HEAD)


def registers() -> dict[str, Any]:
    """The least that a case needs."""
    days = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    first, last = "2026-01-01", "2026-12-31"
    spans = [(kind, end, day) for kind in ("legal", "technical") for end, day in (("from", first), ("to", last))]
    reviews = {f"{kind}_review_{end}": day for kind, end, day in spans}
    device = {"id": "cam", "kind": "camera", "place": "一路", **reviews, "standard": "S", "maintained_to": last}
    organ = {
        "code": "b",
        "name": "基准局",
        "abbr": "基",
        "level": "district_bureau",
        "address": "一路1号",
        "phone": "1",
    }
    subject = {"id": "s", "kind": "business", "name": "店", "address": "一路2号", "phone": "13900000001"}
    body = "92310115MA1K00001"
    return {
        "organs": [{**organ, "seal": "基准局"}],
        "officers": [
            {"id": f"officer{n}", "name": f"员{n}", "organ": "b", "certificate": f"Z{n}", **days} for n in (1, 2)
        ],
        "devices": [{**device, "published_at": first, "marked_from": first}],
        "matters": [{"matter": "OUT_OF_STORE", "listed_from": first, "version": "1"}],
        "subjects": [{**subject, "id_number": body + credit_check_digit(body), "representative": "甲"}],
    }


def open_chain(folder: Path, url: str | None) -> tuple[Chain, Database, FrozenClock]:
    """A chain on SQLite in `folder`, or on the empty database that `url` names."""
    database = Database(url or folder / "hub.db")
    database.upgrade()
    with database.session() as session:
        load_registers(session, registers())
    clock, good = FrozenClock(START), Good()
    tools = Tools(DocumentMaker(folder / "documents"), good, good, good, LinkSigner(b"x"))
    return Chain(database, clock, load_profile("demo"), "b", tools, "http://127.0.0.1"), database, clock
