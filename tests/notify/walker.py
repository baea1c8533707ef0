"""Walks: anybody tries anything at any time, from many places on the way, and what is let through must be lawful."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import event, select

from notify import Actor, FieldType, GroundVerdict, Role, State, StepOffer, load_holidays
from notify.actors import SYSTEM
from notify.deadlines import OPEN
from notify.offers import _moot, _offer, recorded
from notify.table import STEPS, steps_from
from notify.tables import CaseRow, DeadlineRow, LeadRow, OrderRow, StepRecord
from records import Database, NonsiteError, iso
from tests.notify.oracle import lawful, signature
from tests.notify.people import CHAIR, CLERK, HEAD, LEGAL, OFFICER, OFFICER2, OPER, PRIV, SQUAD, person
from tests.notify.stand_ins import Draft
from tests.notify.way_on import drive
from tests.notify.world import World, make_world, quick, world_on

MOVES = (
    *["somebody_takes_an_offered_step"] * 9,
    *["time_passes", "the_gateway_reports"] * 2,
    "somebody_tries_a_step_by_its_address",
    "a_package_and_an_answer_come",
    "a_payment_comes",
    "something_is_found_wrong",
)
EVERYTHING = tuple(Role)
STAFF = (OPER, CLERK, OFFICER, OFFICER2, SQUAD, LEGAL, HEAD, PRIV, CHAIR)
# Persons who hold every role at once, the outside ones too: only who they are may stop them.
ROGUES = tuple(person(name, *EVERYTHING) for name in ("officer1", "squad", "head", "clerk", "legal", "aux"))
CODES = tuple(step.code for step in STEPS)


def _hearing(world: World) -> str:
    return world.notified(kind="OUTDOOR_AD", amount="20000", grade="ordinary")


def _overdue(world: World) -> str:
    case = world.served()
    world.pass_term(case, "DPAY15")
    return case


def _dunned(world: World) -> str:
    case = _overdue(world)
    world.take(OFFICER, case, "dun", method="direct", proof="签收")
    world.pass_term(case, "DDUN10")
    return case


def _suspended(world: World) -> str:
    case = world.notified()
    world.take(HEAD, case, "suspend", cause="appraisal", reason="鉴定")
    return case


def _crime(world: World) -> str:
    case = world.proposed()
    world.take(OFFICER, case, "suspect_crime", reason="数额较大")
    return case


def _reviewed(world: World) -> str:
    case = world.served()
    world.take(CLERK, case, "remedy_opened")
    return case


def _challenged(world: World) -> str:
    case = world.notified()
    lead = world.chain.case(case).lead_id
    world.chain.portal_take(world.token(lead), "ask_recusal", {"person": "officer1", "reason": "亲属"})
    return case


def _spare(world: World) -> str:
    case = world.ready()
    world.take(HEAD, case, "no_penalty", ground="first", education="教育")
    return case


BEGINNINGS = {
    "alert": lambda world: world.alert(),
    "sealed": lambda world: world.seal(world.alert()),
    "identified": lambda world: world.identified(),
    "warned": lambda world: world.warned(),
    "rechecked": lambda world: world.rechecked(),
    "cleared": lambda world: world.rechecked("cleared"),
    "filed": lambda world: world.filed(),
    "proposed": lambda world: world.proposed(),
    "notified": lambda world: world.notified(),
    "hearing": _hearing,
    "challenged": _challenged,
    "crime": _crime,
    "suspended": _suspended,
    "ready": lambda world: world.ready(),
    "decided": lambda world: world.decided(),
    "spare": _spare,
    "served": lambda world: world.served(),
    "reviewed": _reviewed,
    "overdue": _overdue,
    "dunned": _dunned,
}


@dataclass(frozen=True, slots=True)
class Start:
    """A world on the way, as the bytes of its database and its time."""

    data: bytes
    now: datetime
    made: int


@cache
def start(name: str) -> Start:
    """The world of a beginning, made once."""
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder), maker=Draft)
        with world.database.session() as session:
            for year in range(2027, 2030):
                table = {"year": year, "source": "test", "holidays": [f"{year}-01-01"]}
                load_holidays(session, table, world.clock)
        BEGINNINGS[name](world)
        with world.database.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        world.database.close()
        return Start((Path(folder) / "hub.db").read_bytes(), world.clock.now(), world.made)


class Walk(RuleBasedStateMachine):
    """One walk. `folder`, `world_of` and `driven` are set by whoever runs the walks."""

    folder: Path
    databases: dict[Path, Database] = {}
    driven: set[Any] = set()

    @initialize(begin=st.sampled_from(sorted(BEGINNINGS)))
    def somewhere_on_the_way(self, begin: str) -> None:
        self.world = self.begin_world(start(begin))
        self.lead = "alert-1"

    def begin_world(self, begun: Start) -> World:
        """A world of its own for this walk, on the file and the engine that all walks of a run share: an engine made
        anew compiles every statement anew, which took a quarter of a walk."""
        database = self.database_of(self.folder)
        path = Path(str(database.url.database))
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(begun.data)
        world = world_on(database, self.folder, start=begun.now, maker=Draft)
        world.made = begun.made
        return world

    @classmethod
    def database_of(cls, folder: Path) -> Database:
        if folder not in cls.databases:
            folder.mkdir(parents=True, exist_ok=True)
            cls.databases[folder] = Database(folder / "walk.db")
            event.listen(cls.databases[folder].engine, "connect", quick)
        return cls.databases[folder]

    @property
    def owners(self) -> list[str]:
        with self.world.database.read() as session:
            return [self.lead, *session.scalars(select(CaseRow.id))]

    @rule(what=st.sampled_from(MOVES), n=st.integers(0, 10**6))
    def something_happens(self, what: str, n: int) -> None:
        getattr(self, what)(n)

    def somebody_takes_an_offered_step(self, n: int) -> None:
        owners = self.owners
        owner = owners[0 if n % 5 == 0 else -1]
        party = Actor("party:s-shop", "张三", frozenset({Role.PARTY}), owner)
        actors = (*STAFF, *STAFF, party, party, *ROGUES)
        turns = [(actors[(n + 7 * turn) % len(actors)], n // 7) for turn in range(6)]
        actor, offer = self.first_offer(owner, turns, even_barred=n % 4 == 0)
        if offer is None:
            return
        values = {field.name: self.filled(field, n // 11 + place) for place, field in enumerate(offer.fields)}
        if self.tried(actor, owner, offer.code, {key: value for key, value in values.items() if value is not None}):
            assert not offer.refusals, f"{offer.code} was taken against {offer.refusals}"

    def first_offer(
        self, owner: str, turns: list[tuple[Actor, int]], even_barred: bool
    ) -> tuple[Actor, StepOffer | None]:
        """The first of these people who finds something to do that is not barred (or barred too), and one of the steps
        that he is offered, with its form: one look at the record for all of them."""
        found, actor = None, turns[0][0]
        with self.world.database.read() as session:
            whole = self.world.chain.engine.moment(session, SYSTEM, owner)
            whole.statuses = recorded(whole)
            here = [one for one in steps_from(State(whole.owner.state)) if Role.SYS not in one.roles]
            for actor, n in turns:
                m = replace(whole, actor=actor.standing(), values={}, body={})
                mine = [one for one in here if m.actor.has(one.roles) and not _moot(m, one)]
                found = _offer(m, mine[n % len(mine)]) if mine else None
                if found is not None and (not found.refusals or even_barred):
                    break
        return actor, found

    def somebody_tries_a_step_by_its_address(self, n: int) -> None:
        actor = (*STAFF, *ROGUES)[n % (len(STAFF) + len(ROGUES))]
        self.tried(actor, self.owners[-1], CODES[n // 17 % len(CODES)], {})

    def tried(self, actor: Actor, owner: str, code: str, values: dict[str, Any]) -> bool:
        try:
            self.world.take(actor, owner, code, **values)
        except NonsiteError:
            return False
        return True

    def filled(self, field: Any, choice: int) -> Any:
        if field.type is FieldType.BOOL:
            return (True, True, True, False)[choice % 4]
        if field.choices:
            if not field.required and choice % 3:
                return None
            return field.choices[choice % len(field.choices)].value
        if field.type is FieldType.DATE:
            ahead = (20, 0, -5, 200)[choice % 4]
            day = (self.world.clock.now() + timedelta(days=ahead)).date().isoformat()
            return day if field.required or choice % 5 == 0 else None
        if field.type is FieldType.MONEY:
            return (field.default, field.default, "100", "5000", "20000")[choice % 5]
        if field.type is FieldType.PERSON:
            return ("officer2", "officer3", "officer1", "aux", "chair")[choice % 5]
        return field.default or "理由"

    def time_passes(self, n: int) -> None:
        self.world.clock.advance((1, 2, 30, 24 * 8, 24 * 40, 24 * 200)[n % 6] * 3600)
        self.world.chain.tick()

    def a_package_and_an_answer_come(self, n: int) -> None:
        package = self.world.seal(self.lead, ("after_notice", "on_site")[n % 2])
        result = ("still", "still", "cleared", "undecided")[n // 2 % 4]
        told = {"event_id": f"{package}-{n}", "alert_id": self.lead, "result": result, "package_id": package}
        self.world.chain.recheck_done({**told, "at": iso(self.world.clock.now())})

    def the_gateway_reports(self, n: int) -> None:
        self.world.deliver()
        for owner in self.owners:
            try:
                self.world.report(owner, "delivered" if n % 4 else "failed")
            except IndexError:  # no message was sent for it
                continue

    def a_payment_comes(self, n: int) -> None:
        with self.world.database.read() as session:
            order = session.scalars(select(OrderRow).where(OrderRow.due_on.is_not(None))).first()
        if order is not None:
            self.world.pay(order.case_id, (order.principal_fen, 1000, 10**7)[n % 3], f"txn-{n}")

    def something_is_found_wrong(self, n: int) -> None:
        packages = self.world.chain.lead(self.lead).packages
        if n % 2 and len(packages) > 1:
            self.world.shelf.broken[packages[-1].package_id] = "hash differs"
        else:
            self.world.layers.answer = GroundVerdict("warn", "v1", "v2", "f-1 [enforce] → f-1 [warn]", True)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.layers.answer = type(self.world.layers)().answer
        for owner in self.owners:
            drive(self.world, owner, mark=self.mark, known=self.driven)
        with self.world.database.read() as session:
            lawful(session)
        self.world.database.close()

    def mark(self, owner: str) -> Any:
        with self.world.database.read() as session:
            case = session.get(CaseRow, owner)
            lead = session.get_one(LeadRow, case.lead_id if case else owner)
            if case is None and lead.case_id is not None:
                return ("FILED",)
            terms = select(DeadlineRow.code).where(DeadlineRow.owner_id == owner, DeadlineRow.state == OPEN)
            steps = select(StepRecord.step).where(StepRecord.owner_id == owner)
            return signature(case, lead, set(session.scalars(terms)), list(session.scalars(steps)))


def walk(machine: type[Walk], folder: Path, walks: int, steps: int) -> None:
    """Run `walks` walks of at most `steps` rules each; the worlds lie in `folder`."""
    machine.folder = folder
    rules = settings(
        max_examples=walks,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(machine, settings=rules)
