"""A chain on a fresh SQLite file: the demo law, a small register, frozen time, and the main ways as short calls."""

import json
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event, select

from notify import Actor, Chain, DocumentMaker, LinkSigner, Profile, Tools, load_profile, load_registers
from notify.signing import sign
from notify.tables import CaseRow, LeadRow, MessageRow, OrderRow
from records import Database, FrozenClock, iso, parse_iso, verify_chain
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OPER, SQUAD
from tests.notify.register_book import registers
from tests.notify.stand_ins import Layers, Pigeons, Shelf

START = datetime(2026, 6, 3, 8, 15, tzinfo=UTC)  # a Wednesday, 16:15 in Shanghai


@dataclass
class World:
    """Everything a scenario needs, with the main ways as short calls."""

    chain: Chain
    database: Database
    clock: FrozenClock
    shelf: Shelf
    layers: Layers
    pigeons: Pigeons
    made: int = field(default=0)
    keys: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def alert(self, kind: str = "OUT_OF_STORE", **more: Any) -> str:
        """Raise an alert now; its id."""
        self.made += 1
        now = self.clock.now()
        lon = 121.5 + self.made * 0.001
        message = {
            "id": f"alert-{self.made}",
            "kind": kind,
            "source_id": "cam-1",
            "lon": lon,
            "lat": 31.2,
            "accuracy_m": 0.5,
            "footprint": [[lon, 31.2], [lon + 1e-5, 31.2], [lon + 1e-5, 31.20001], [lon, 31.20001], [lon, 31.2]],
            "opened": iso(now - timedelta(minutes=2)),
            "raised": iso(now),
            "dwell_s": 120,
            "shop_id": "shop-1",
            "shop_name": "示范面馆",
            "phase": "enforce",
            "zone_ids": ["f-1"],
            "layer_version": "v1",
            "reasons": [{"code": "OVERHANG", "zh": "超出门店线0.8米", "en": "0.8 m beyond the line", "value": 0.8}],
            "stage": "first_seen",
            **more,
        }
        self.chain.alert_raised(message)
        return str(message["id"])

    def seal(self, alert_id: str, stage: str = "first_seen", status: str = "STAMPED") -> str:
        """A package of the alert arrives; its id."""
        package_id = f"pkg-{alert_id}-{stage}-{int(self.clock.now().timestamp())}"
        now = iso(self.clock.now())
        self.chain.evidence_sealed(
            {
                "package_id": package_id,
                "alert_id": alert_id,
                "stage": stage,
                "machine": "m-1",
                "seal_sha256": ("ab" + str(self.made)) * 16 + "0" * (64 - 16 * len("ab" + str(self.made))),
                "tagmanifest_sha256": "c" * 64,
                "sealed_at": now,
                "status": status,
                "stamped_at": now if status == "STAMPED" else None,
            }
        )
        return package_id

    def take(self, actor: Actor, owner: str, step: str, **values: Any) -> Any:
        return self.chain.take(actor, owner, step, values)

    def identified(
        self,
        kind: str = "OUT_OF_STORE",
        subject: str = "s-shop",
        subkind: str | None = None,
        source: str = "business_licence",
        inquiry: str | None = None,
        **alert: Any,
    ) -> str:
        """A lead in A4 with its party confirmed."""
        lead = self.alert(kind, **alert)
        self.seal(lead)
        self.take(OPER, lead, "confirm")
        self.take(CLERK, lead, "review", **GOOD, **({"subkind": subkind} if subkind else {}))
        said = {"inquiry": inquiry} if inquiry else {}
        self.take(CLERK, lead, "identify", subject_id=subject, source=source, confirmed=True, **said)
        return lead

    def warned(self, **more: Any) -> str:
        """A lead in A5 whose order has been received."""
        lead = self.identified(**more)
        self.take(OPER, lead, "warn", method="sms")
        self.deliver()
        self.report(lead)
        return lead

    def rechecked(self, result: str = "still", **more: Any) -> str:
        """A lead in A6 with the result of the re-check, its package reviewed where still there."""
        lead = self.warned(**more)
        self.look_again(lead, result)
        return lead

    def look_again(self, lead: str, result: str) -> None:
        due = self.chain.lead(lead).recheck_due
        assert due is not None
        self.clock.set(due + timedelta(seconds=1))
        self.chain.tick()
        package = self.seal(lead, "after_notice")
        self.chain.recheck_done(
            {
                "event_id": f"r-{package}",
                "alert_id": lead,
                "result": result,
                "package_id": package,
                "at": iso(self.clock.now()),
                "reasons": [],
            }
        )
        if result == "still":
            self.take(CLERK, lead, "review_more", **GOOD)

    def filed(self, **more: Any) -> str:
        """A case in B0."""
        lead = self.rechecked("still", **more)
        self.take(OFFICER, lead, "file_propose", second_officer="officer2")
        outcome = self.take(SQUAD, lead, "file_approve")
        return str(outcome.case_id)

    def proposed(self, amount: str = "100", grade: str = "minor", case: str | None = None, **more: Any) -> str:
        """A case in B3."""
        case = case or self.filed(**more)
        self.take(OFFICER, case, "investigate", record="视频显示物品超出门店线。")
        self.take(
            OFFICER,
            case,
            "close_investigation",
            evidence_per_element="各要件均有证据。",
            elements_shown=True,
            opinion="建议处罚",
        )
        self.take(SQUAD, case, "propose", grade=grade, amount=amount, reasons="责令改正后仍未改正")
        return case

    def notified(self, **more: Any) -> str:
        """A case in B5: the prior notice served by message."""
        case = self.proposed(**more)
        self.take(OFFICER, case, "notice")
        self.take(OFFICER, case, "serve_notice", method="sms")
        self.deliver()
        self.report(case)
        return case

    def ready(self, **more: Any) -> str:
        """A case in B9: the window has ended without a statement."""
        case = self.notified(**more)
        self.pass_term(case, "DSTMT")
        self.take(HEAD, case, "approve")
        return case

    def decided(self, **more: Any) -> str:
        """A case in B10."""
        case = self.ready(**more)
        self.take(HEAD, case, "decide", amount=more.get("amount", "100"))
        return case

    def served(self, **more: Any) -> str:
        """A case in B11: the decision handed over."""
        case = self.decided(**more)
        self.take(OFFICER, case, "serve_decision", method="direct", proof="本人签收")
        return case

    def pass_term(self, owner: str, code: str) -> None:
        """Let a term run out and the clock of the chain do what is due."""
        due = next(term.due for term in self.chain.deadlines(owner) if term.code == code and term.state == "open")
        self.clock.set(due)
        self.chain.tick()

    def deliver(self) -> None:
        self.chain.deliver()

    def message(self, owner: str) -> MessageRow:
        with self.database.read() as session:
            return [row for row in session.query(MessageRow).order_by(MessageRow.id) if row.owner_id == owner][-1]

    def link(self, owner: str) -> str:
        """The token in the newest message to a party."""
        return self.message(owner).text.split("/portal/")[1].split()[0]

    def token(self, owner: str) -> str:
        """The key to the link in the newest message to a party, opened with the code that came to its telephone."""
        link = self.link(owner)
        key, until = self.keys.get(link, ("", self.clock.now()))
        if until <= self.clock.now():
            self.chain.send_link_code(link)
            opened = self.chain.open_link(link, self.code())
            key, _ = self.keys[link] = opened.key, opened.until
        return key

    def code(self) -> str:
        """The code in the newest message that the gateway took."""
        return list(self.pigeons.texts.values())[-1][1].split("验证码")[1][:6]

    def report(self, owner: str, status: str = "delivered") -> dict[str, Any]:
        """The gateway's delivery report of the newest message."""
        return self.report_of(self.message(owner).id, status)

    def report_of(self, message_id: str, status: str) -> dict[str, Any]:
        """The gateway's delivery report of one message."""
        body = json.dumps({"message_id": message_id, "state": status, "at": iso(self.clock.now())}).encode()
        return self.chain.sms_callback(body, sign(Pigeons.secret, body, self.clock.now()))

    def pay(self, case: str, fen: int, txn: str | None = None, at: datetime | None = None) -> dict[str, Any]:
        """The gateway tells of a payment."""
        with self.database.read() as session:
            order = session.query(OrderRow).filter(OrderRow.case_id == case).one()
        data = {
            "txn_id": txn or f"t-{case}-{fen}",
            "order_id": order.id,
            "amount_fen": fen,
            "paid_at": iso(at or self.clock.now()),
            "channel": "bank",
        }
        body = json.dumps(data).encode()
        return self.chain.payment_callback(body, sign(Pigeons.secret, body, self.clock.now()))

    def state(self, owner: str) -> str:
        with self.database.read() as session:
            for table in (CaseRow, LeadRow):
                state = session.scalar(select(table.state).where(table.id == owner))
                if state is not None:
                    return str(state)
        return self.chain.case(owner).state  # says that it is not there

    def audit_holds(self) -> bool:
        with self.database.read() as session:
            return verify_chain(session, "audit").ok

    def day(self, text: str) -> None:
        """Set the clock to ten in the morning of a local day."""
        self.clock.set(parse_iso(f"{text}T02:00:00Z"))

    def law(self, **values: Any) -> None:
        """Fill or change values of the law; `__` stands for a dot."""
        named = {key.replace("__", "."): value for key, value in values.items()}
        self.chain.engine.profile = self.chain.profile.overlaid("test", named)


@cache
def law_of(name: str) -> Profile:
    return load_profile(name)


@cache
def template() -> bytes:
    """An SQLite file with tables and registers, made once."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "template.db")
        database.create_all()
        with database.session() as session:
            load_registers(session, registers())
        with database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        return (Path(folder) / "template.db").read_bytes()


def quick(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # a test's file need not outlive a power cut


def make_world(
    folder: Path,
    profile: str = "demo",
    start: datetime = START,
    database: Database | None = None,
    data: bytes | None = None,
    maker: type[DocumentMaker] = DocumentMaker,
) -> World:
    """A world in `folder`, on an SQLite file of its own (a copy of `data` where given) or on an empty database."""
    folder.mkdir(parents=True, exist_ok=True)
    if database is None:
        (folder / "hub.db").write_bytes(data or template())
        database = Database(folder / "hub.db")
        event.listen(database.engine, "connect", quick)
    else:
        database.create_all()
        with database.session() as session:
            load_registers(session, registers())
    return world_on(database, folder, profile, start, maker)


def world_on(
    database: Database, folder: Path, profile: str = "demo", start: datetime = START, maker: Any = DocumentMaker
) -> World:
    """A world on a database that is filled already."""
    clock = FrozenClock(start)
    shelf, layers, pigeons = Shelf(), Layers(), Pigeons()
    tools = Tools(maker(folder / "documents"), shelf, layers, pigeons, LinkSigner(b"link secret"))
    chain = Chain(database, clock, law_of(profile), "demo", tools, "http://127.0.0.1:8600")
    return World(chain, database, clock, shelf, layers, pigeons)
