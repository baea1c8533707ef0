"""The figures of the chain: due terms, steps, papers, every list of desk and API, clerks side by side.

Run as `python -m benchmarks.chain [--json] [--quick] [--database URL] [--keep FOLDER] [--part NAME]`; on SQLite in a
temporary folder or, kept from run to run, in FOLDER, or in the PostgreSQL database that is named, which is filled
once. Evidence and ground answer at once: their own benchmarks
measure them. Parts: due, papers, lists, steps, clerks; all
where none is named. A city has 1,000,000 alerts and 200,000 cases, 100,000 of them open; `--quick` has 20,000, 4,000
and 2,000.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.chain_city import fill
from benchmarks.chain_lists import lists, p95
from benchmarks.chain_work import TO_CASE, Taken, clerks, flaws, paced, raise_lead, take
from benchmarks.chain_world import START, open_chain
from benchmarks.figure import Figure, tell, wanted
from notify import Chain
from notify.deadlines import due
from records import Database, Refused

PARTS = ("due", "papers", "lists", "steps", "clerks")


def due_terms(database: Database, open_cases: int) -> list[Figure]:
    """Find 500 due terms among all open ones."""

    def find() -> float:
        start = time.perf_counter()
        with database.read() as session:
            assert len(due(session, START + timedelta(days=20), 500)) == 500
        return (time.perf_counter() - start) * 1000

    find()
    took = [find() for _ in range(20)]
    return [wanted(f"500 due terms of {open_cases:,} open cases, p95", p95(took), "ms", most=20)]


def papers(chain: Chain, rounds: int) -> list[Figure]:
    """The PDFs of a one-page order, source to bytes, with the compiler warm."""
    taken = Taken()
    raise_lead(chain, "paper-1", 0)
    for move in TO_CASE:
        take(chain, taken, "paper-1", move)
    assert not taken.faults, taken.faults
    source: dict[str, Any] = dict(chain.document(chain.lead("paper-1").documents[0].id).source)
    maker, times = chain.engine.tools.documents, []
    maker.render("order", source, START)
    for number in range(rounds):
        source["number"] = f"基责改字〔2026〕{number:06d}号"
        start = time.perf_counter()
        maker.render("order", source, START)
        times.append((time.perf_counter() - start) * 1000)
    return [
        wanted("an order's PDF, p50", statistics.median(times), "ms", most=30),
        Figure("an order's PDF, p95", p95(times), "ms"),
    ]


def steps(chain: Chain, quick: bool) -> list[Figure]:
    """Eight clients that together take 30 steps a second, papers and log included."""
    paced(chain, 2, 20, 1, "warm")
    taken = paced(chain, 8, 30, 5 if quick else 60, "paced")
    return [
        wanted("a step, 8 clients, 30 steps/s together, p95", p95(taken.steps), "ms", most=30),
        Figure("a step, 8 clients, 30 steps/s together, p50", statistics.median(taken.steps), "ms"),
        Figure("started after its moment by, p95", p95(taken.late), "ms"),
        wanted("faults of the eight clients", float(len(taken.faults)), "", most=0),
    ]


def side_by_side(chain: Chain, database: Database, seconds: float) -> list[Figure]:
    """Fifty clerks at once, for five minutes."""
    taken, looks = clerks(chain, 50, seconds, "clerk")
    for fault in [*taken.faults, *looks.faults][:5]:
        print(f"fault: {fault}", file=sys.stderr)
    figures = [
        wanted(f"faults of 50 clerks in {seconds:.0f} s", float(len(taken.faults) + len(looks.faults)), "", most=0),
        *(wanted(f"50 clerks: {what}", float(n), "", most=0) for what, n in flaws(chain, database, taken).items()),
        Figure("50 clerks: steps taken", float(len(taken.steps)), ""),
        Figure("50 clerks: steps a second", len(taken.steps) / seconds, "1/s"),
        Figure("50 clerks: refused, since somebody was faster", float(taken.refused), ""),
        Figure("50 clerks: a step, p95", p95(taken.steps), "ms"),
        Figure("50 clerks: list, record and offers together, p95", p95(looks.steps), "ms"),
    ]
    return figures


def measure(folder: Path, url: str | None, quick: bool, parts: tuple[str, ...], seconds: float) -> list[Figure]:
    leads, cases, open_cases = (20_000, 4_000, 2_000) if quick else (1_000_000, 200_000, 100_000)
    chain, database, _clock = open_chain(folder, url)
    try:
        start = time.perf_counter()
        fill(database, leads, cases, open_cases)
        print(f"filled {leads:,} leads in {time.perf_counter() - start:.1f} s", file=sys.stderr)
        figures: list[Figure] = []
        if "due" in parts:
            figures += due_terms(database, open_cases)
        if "papers" in parts:
            figures += papers(chain, 10 if quick else 100)
        if "lists" in parts:
            figures += lists(chain, leads, cases, 5 if quick else 20)
        if "steps" in parts:
            figures += steps(chain, quick)
        if "clerks" in parts:
            figures += side_by_side(chain, database, seconds)
        return figures
    finally:
        database.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chain", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="ends within a minute")
    parser.add_argument("--database", help="URL of a PostgreSQL database of its own")
    parser.add_argument("--keep", type=Path, help="keep the filled SQLite files here for the next run")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; may be given again")
    parser.add_argument("--seconds", type=float, help="how long the clerks work (300; 10 with --quick)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)) / ("quick" if options.quick else "city")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            seconds = options.seconds or (10 if options.quick else 300)
            parts = tuple(options.part or PARTS)
            figures = measure(folder, options.database, options.quick, parts, seconds)
        except Refused as error:
            print(error, file=sys.stderr)
            return 1
    return tell(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
