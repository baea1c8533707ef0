"""Clients that carry leads and cases through the chain side by side, and what their work must leave behind."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from benchmarks.chain_world import CLERK, GOOD, OFFICER, OPER, START
from notify import Actor, Chain, Filter, Order
from notify.tables import DocumentRow, StepRecord
from records import Database, Refused, iso, verify_chain

Move = tuple[Actor, str, dict[str, Any]]
TO_CASE: tuple[Move, ...] = (
    (OPER, "confirm", {}),
    (CLERK, "review", GOOD),
    (CLERK, "identify", {"subject_id": "s", "source": "business_licence", "confirmed": True}),
    (OFFICER, "warn", {"method": "direct", "proof": "x"}),
    (OFFICER, "not_found", {"second_officer": "officer2", "reason": "x"}),
)


@dataclass
class Taken:
    """What clients did: how long each step took, the faults, refusals that were expected."""

    steps: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refused: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, ms: float, owner: str) -> None:
        with self.lock:
            self.steps.append(ms)
            self.moved[owner] += 1


def raise_lead(chain: Chain, lead: str, number: int) -> None:
    """An alert with its sealed package, far from every other one."""
    now = iso(START - timedelta(hours=number % 3000))  # apart in time too, as a street is
    place = {"lon": 100.0 + number % 3000 * 0.01, "lat": 10 + number // 3000 * 0.01, "accuracy_m": 0.5, "footprint": []}
    alert = {"id": lead, "kind": "OUT_OF_STORE", "source_id": "cam", "opened": now, "raised": now, "shop_id": lead}
    chain.alert_raised({**alert, **place, "shop_name": f"{lead}店", "phase": "enforce"})
    seal = {"alert_id": lead, "seal_sha256": "0" * 64, "sealed_at": now, "stamped_at": now, "status": "STAMPED"}
    chain.evidence_sealed({"package_id": f"{lead}-1", "stage": "first_seen", **seal})


def take(chain: Chain, taken: Taken, owner: str, move: Move) -> None:
    """One step, timed; what goes wrong is noted, not raised."""
    actor, code, values = move
    start = time.perf_counter()
    try:
        chain.take(actor, owner, code, values)
    except Exception as error:
        with taken.lock:
            taken.faults.append(f"{code}: {type(error).__name__}: {error}"[:200])
        return
    taken.step((time.perf_counter() - start) * 1000, owner)


def paced(chain: Chain, clients: int, rate: float, seconds: float, name: str) -> Taken:
    """Clients that together take `rate` steps a second for a while, each step at its own moment, late or not."""
    taken, walks = Taken(), int(rate * seconds / clients / len(TO_CASE)) + 1
    leads = [[f"{name}-{client}-{walk}" for walk in range(walks)] for client in range(clients)]
    for number, lead in enumerate(lead for row in leads for lead in row):
        raise_lead(chain, lead, hash(name) % 1000 * 3000 + number)
    begin, gap = time.perf_counter() + 0.2, clients / rate

    def run(client: int) -> None:
        moves = [(lead, move) for lead in leads[client] for move in TO_CASE]
        for number, (lead, move) in enumerate(moves):
            due = begin + (number + client / clients) * gap
            time.sleep(max(0.0, due - time.perf_counter()))
            with taken.lock:
                taken.late.append((time.perf_counter() - due) * 1000)
            take(chain, taken, lead, move)

    _together([threading.Thread(target=run, args=(client,)) for client in range(clients)])
    return taken


def clerks(chain: Chain, count: int, seconds: float, name: str, think_s: float = 2.0) -> tuple[Taken, Taken]:
    """Clerks at their desks: each looks at lists, opens records and takes steps; (their steps, their looks).

    Every fourth lead is worked on by two of them at once: one of each pair of equal steps must be refused.
    """
    taken, looks, end = Taken(), Taken(), time.perf_counter() + seconds
    numbers = iter(range(10**6))
    guard, shared = threading.Lock(), [f"{name}-shared-{n}" for n in range(count // 4)]
    for lead in shared:
        raise_lead(chain, lead, 2_000_000 + next(numbers))

    def run(clerk: int) -> None:
        draw = random.Random(clerk)
        while time.perf_counter() < end:
            with guard:
                number = next(numbers)
            lead = f"{name}-{number}"
            raise_lead(chain, lead, 2_000_000 + number)
            for move in TO_CASE:
                if time.perf_counter() >= end:
                    return
                _look(chain, looks, draw, lead)
                take(chain, taken, lead, move)
                _contend(chain, taken, draw.choice(shared), draw)
                time.sleep(draw.uniform(0.5, 1.5) * think_s)

    _together([threading.Thread(target=run, args=(clerk,)) for clerk in range(count)])
    return taken, looks


def _look(chain: Chain, looks: Taken, draw: random.Random, lead: str) -> None:
    start = time.perf_counter()
    try:
        if draw.random() < 0.5:
            chain.leads(Filter(states=("A1", "A3", "A4", "A5"), order=Order.DUE, limit=25))
        else:
            chain.cases(Filter(states=("B1", "B5", "B9"), order=Order.DUE, limit=25))
        chain.lead(lead)
        chain.steps(CLERK, lead)
    except Exception as error:
        with looks.lock:
            looks.faults.append(f"look: {type(error).__name__}: {error}"[:200])
    looks.step((time.perf_counter() - start) * 1000, lead)


def _contend(chain: Chain, taken: Taken, lead: str, draw: random.Random) -> None:
    """A step on a lead that others work on too; that somebody was faster is no fault."""
    actor, code, values = draw.choice(TO_CASE)
    try:
        chain.take(actor, lead, code, values)
    except Refused:
        with taken.lock:
            taken.refused += 1
        return
    except Exception as error:
        with taken.lock:
            taken.faults.append(f"shared {code}: {type(error).__name__}: {error}"[:200])
        return
    with taken.lock:
        taken.moved[lead] += 1


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def flaws(chain: Chain, database: Database, taken: Taken) -> dict[str, int]:
    """What must be nothing: lost updates, numbers given twice or left out, a broken log."""
    lost = doubled = 0
    with database.read() as session:
        for owner, steps in taken.moved.items():
            found = session.scalar(select(func.count()).where(StepRecord.owner_id == owner, StepRecord.role != "SYS"))
            lost += found != steps
        made = select(
            DocumentRow.series, func.count(), func.count(DocumentRow.seq.distinct()), func.max(DocumentRow.seq)
        )
        for _, rows, numbers, highest in session.execute(
            made.where(DocumentRow.series != "城").group_by(DocumentRow.organ, DocumentRow.series, DocumentRow.year)
        ):
            doubled += rows != numbers or highest != rows
        log = verify_chain(session, "audit")
    return {"lost updates": lost, "series with a double number or a gap": doubled, "log broken": int(not log.ok)}
