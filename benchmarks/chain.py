"""First figures of the chain: due terms among many cases, steps, offers, papers, lists.

Run as `python -m benchmarks.chain [--json] [--quick] [--database URL]`; on SQLite in a temporary folder, or in the
empty PostgreSQL database that is named. Evidence and ground answer at once: their own benchmarks measure them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from notify import (
    Actor,
    Chain,
    DocumentMaker,
    EvidenceStatus,
    Filter,
    GroundVerdict,
    LinkSigner,
    Order,
    Role,
    Tools,
    credit_check_digit,
    load_profile,
    load_registers,
)
from notify.deadlines import due
from notify.tables import CaseRow, DeadlineRow, LeadRow
from records import Database, FrozenClock, Refused, iso

START = datetime(2026, 6, 3, 8, 15, tzinfo=UTC)
GOOD = dict.fromkeys(("authentic", "clear", "complete", "accurate"), True)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `wanted` and `met` are none where none is set."""

    name: str
    value: float
    unit: str
    wanted: str | None = None
    met: bool | None = None


class Good:
    """Evidence and ground that always hold, and a gateway that takes everything."""

    secret = b"benchmark"

    def status(self, package_id: str) -> EvidenceStatus:
        return EvidenceStatus(package_id, True, True)

    def verdict(self, alert: Mapping[str, Any]) -> GroundVerdict:
        return GroundVerdict("enforce", "v", "v", "", True)

    def send_sms(self, message_id: str, phone: str, text: str) -> None:
        """Taken."""

    def place_order(self, order_id: str, code: str, payer: str, amount_fen: int, due_on: date) -> None:
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
    database = Database(url or folder / "hub.db")
    database.create_all()
    with database.session() as session:
        load_registers(session, registers())
    clock, good = FrozenClock(START), Good()
    tools = Tools(DocumentMaker(folder / "documents"), good, good, good, LinkSigner(b"x"))
    return Chain(database, clock, load_profile("demo"), "b", tools, "http://127.0.0.1"), database, clock


def fill(database: Database, cases: int) -> None:
    """Open cases with two running terms each, and twice as many leads over two years, the newest of them open."""
    size = 5_000
    for first in range(0, cases, size):
        numbers = range(first, min(first + size, cases))
        with database.session() as session:
            session.execute(insert(LeadRow), [lead_row(n, cases) for n in range(2 * first, 2 * numbers.stop)])
            session.execute(insert(CaseRow), [case_row(n, cases) for n in numbers])
            session.execute(insert(DeadlineRow), [row for n in numbers for row in term_rows(n, cases)])


def lead_row(n: int, cases: int) -> dict[str, Any]:
    at = START - timedelta(days=700 * n / (2 * cases))
    state = ("A1", "A3", "A5")[n % 3] if n < 500 else ("A7", "A9", "FILED")[n % 3]
    message = {"id": f"lead-{n}", "accuracy_m": 0.5, "reasons": [], "footprint": []}
    times = dict.fromkeys(("since", "opened", "raised", "last_seen", "updated"), at)
    return {
        **{"id": f"lead-{n}", "number": f"XS-{n}", "kind": "OUT_OF_STORE", "matter": "OUT_OF_STORE", "state": state},
        **{"source_id": f"cam-{n % 500}", "lon": 121.0 + n * 1e-6, "lat": 31.0, "address": f"第{n % 3000}号门前"},
        **{"phase": "enforce", "message": message, "next_due": at + timedelta(hours=8), **times},
    }


def case_row(n: int, cases: int) -> dict[str, Any]:
    at = START - timedelta(days=80 * n / cases)
    times = dict.fromkeys(("since", "act_start", "act_end", "filed_at", "updated"), at)
    return {
        **{"id": f"case-{n}", "number": f"b-2026-{n}", "lead_id": f"lead-{2 * n}", "kind": "OUT_OF_STORE"},
        **{
            "matter": "OUT_OF_STORE",
            "subject_id": f"subject-{n}",
            "organ": "b",
            "state": ("B1", "B5", "B9", "B11")[n % 4],
        },
        **{
            "place": f"第{n % 3000}号门前",
            "officers": ["officer1", "officer2"],
            "hearing_notified": False,
            "next_due": at + timedelta(days=81),
            **times,
        },
    }


def term_rows(n: int, cases: int) -> list[dict[str, Any]]:
    start = START - timedelta(days=80 * n / cases)
    rows = []
    for code, days, binds in (("D90", 90, "agency"), ("DSTMT", 81, "party")):
        end = start + timedelta(days=days)
        rows.append(
            {
                **{"id": f"{code}-{n}", "owner_id": f"case-{n}", "code": code, "starts": start, "ends_at": end},
                **{"last_day": end.date(), "length": days, "unit": "cd", "binds": binds, "source": "x"},
                **{"provisional": False, "state": "open", "late": False},
            }
        )
    return rows


def timed(work: Callable[[], Any]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def due_terms(database: Database, cases: int) -> list[Figure]:
    """Find 500 due terms among all open ones."""

    def find() -> None:
        with database.read() as session:
            assert len(due(session, START + timedelta(days=20), 500)) == 500

    find()
    took = statistics.median(timed(find) for _ in range(9))
    return [Figure(f"500 due terms among {2 * cases:,} open", took, "ms", "<= 20", took <= 20)]


def lists(chain: Chain, cases: int) -> list[Figure]:
    """What the desk shows: pages, searches, colours, counts."""
    asked: dict[str, Callable[[], Any]] = {
        "leads, newest 50": lambda: chain.leads(Filter()),
        "leads of one state": lambda: chain.leads(Filter(states=("A3",))),
        "leads, red": lambda: chain.leads(Filter(colour="red")),
        "leads by text": lambda: chain.leads(Filter(text="第17号")),
        "cases, newest 50": lambda: chain.cases(Filter()),
        "cases, due first": lambda: chain.cases(Filter(order=Order.DUE)),
        "cases by text": lambda: chain.cases(Filter(text="第17号")),
        "one case in full": lambda: chain.case(f"case-{cases // 2}"),
    }
    figures = []
    for name, work in asked.items():
        work()
        took = p95([timed(work) for _ in range(9)])
        figures.append(Figure(f"{name} ({cases:,} cases), p95", took, "ms", "<= 100", took <= 100))
    return figures


class Walker:
    """One client that carries cases from an alert to their prior notice, and notes how long each step took."""

    def __init__(self, chain: Chain, name: str) -> None:
        self.chain, self.name = chain, name
        self.steps: list[float] = []
        self.offers: list[float] = []

    def take(self, actor: Actor, owner: str, code: str, **values: Any) -> Any:
        self.offers.append(timed(lambda: self.chain.steps(actor, owner)))
        start = time.perf_counter()
        outcome = self.chain.take(actor, owner, code, values)
        self.steps.append((time.perf_counter() - start) * 1000)
        return outcome

    def walk(self, number: int) -> None:
        now, lead = iso(START), f"{self.name}-{number}"
        place = {
            "lon": 100.0 + number * 0.01,
            "lat": float(10 + hash(self.name) % 40),
            "accuracy_m": 0.5,
            "footprint": [],
        }
        alert = {"id": lead, "kind": "OUT_OF_STORE", "source_id": "cam", "opened": now, "raised": now, "shop_id": lead}
        self.chain.alert_raised({**alert, **place, "phase": "enforce"})
        seal = {"alert_id": lead, "seal_sha256": "0" * 64, "sealed_at": now, "stamped_at": now, "status": "STAMPED"}
        self.chain.evidence_sealed({"package_id": f"{lead}-1", "stage": "first_seen", **seal})
        self.take(OPER, lead, "confirm")
        self.take(CLERK, lead, "review", **GOOD)
        self.take(CLERK, lead, "identify", subject_id="s", source="business_licence", confirmed=True)
        self.take(OFFICER, lead, "warn", method="direct", proof="x")
        self.take(OFFICER, lead, "not_found", second_officer="officer2", reason="x")


def steps(chain: Chain, clients: int, walks: int) -> list[Figure]:
    """Clients that walk leads side by side; every step is a unit of work with its audit row, papers included."""
    walkers = [Walker(chain, f"c{clients}-{number}") for number in range(clients)]

    def run(walker: Walker) -> None:
        for number in range(walks):
            walker.walk(number)

    Walker(chain, f"warm-{clients}").walk(0)
    threads = [threading.Thread(target=run, args=(walker,)) for walker in walkers]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - start
    taken = [one for walker in walkers for one in walker.steps]
    offered = [one for walker in walkers for one in walker.offers]
    assert len(taken) == clients * walks * 5, "a walk did not come to its end"
    who, slow = f"{clients} client{'s' if clients > 1 else ''}", p95(taken)
    alone = clients == 1
    return [
        Figure(f"steps, {who}, p50", statistics.median(taken), "ms"),
        Figure(f"steps, {who}, p95", slow, "ms", "<= 30" if alone else None, slow <= 30 if alone else None),
        Figure(f"offers of a step, {who}, p95", p95(offered), "ms"),
        Figure(f"steps a second, {who}", len(taken) / wall, "1/s", ">= 30", len(taken) / wall >= 30),
    ]


def papers(chain: Chain, rounds: int) -> list[Figure]:
    """The PDF of a one-page order, source to bytes, with the compiler warm."""
    lead = "c1-0-0"
    source = dict(chain.document(next(one.id for one in chain.lead(lead).documents)).source)
    maker = chain.engine.tools.documents
    maker.render("order", source, START)
    taken = []
    for number in range(rounds):
        source["number"] = f"基责改字〔2026〕{number:06d}号"
        taken.append(timed(lambda: maker.render("order", source, START)))
    return [Figure("a paper's PDF, p50", statistics.median(taken), "ms", "<= 30", statistics.median(taken) <= 30)]


def measure(folder: Path, url: str | None, quick: bool) -> list[Figure]:
    cases = 5_000 if quick else 100_000
    chain, database, _clock = open_chain(folder, url)
    try:
        start = time.perf_counter()
        fill(database, cases)
        print(f"filled {cases:,} cases in {time.perf_counter() - start:.1f} s", file=sys.stderr)
        figures = due_terms(database, cases) + lists(chain, cases)
        figures += steps(chain, 1, 4 if quick else 40)
        figures += [] if quick else steps(chain, 8, 20)
        return figures + papers(chain, 10 if quick else 100)
    finally:
        database.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="ends within a minute")
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            figures = measure(Path(folder), options.database, options.quick)
        except Refused as error:
            print(error, file=sys.stderr)
            return 1
    if options.json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}, ensure_ascii=False))
    else:
        for figure in figures:
            mark = {True: "met", False: "NOT MET", None: ""}[figure.met]
            print(f"{figure.name:<48} {figure.value:>12,.2f} {figure.unit:<4} {figure.wanted or '':<8} {mark}")
    return 0 if all(figure.met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
