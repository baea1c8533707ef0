"""Every list, search, count and figure of desk and API, by name, over a filled city."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from benchmarks.chain_city import place
from benchmarks.chain_world import CLERK, OFFICER, START
from benchmarks.figure import Figure, wanted
from console.facts import DISCARDED, ENDED, HANDLING, WAITING
from notify import ENDS, Chain, Filter, Order, State, load_codes, load_columns

Asked = dict[str, Callable[[int], Any]]
OPEN_LEADS = tuple(state.value for state in State if state.is_lead and state not in ENDS)
OPEN_CASES = tuple(state.value for state in State if not state.is_lead and state not in ENDS)
DAY = START.date() - timedelta(days=1)
MIDNIGHT = START - timedelta(hours=16, minutes=15)
PAGE = 25


def asked_all(chain: Chain, wanted: Filter) -> Callable[[int], Any]:
    """The same question each time."""
    return lambda n: chain.leads(wanted)


def lead_lists(chain: Chain, leads: int) -> Asked:
    """What the wall and the lists of leads ask for; the number varies what is asked."""

    def asked(**more: Any) -> Callable[[int], Any]:
        return lambda n: chain.leads(Filter(limit=PAGE, **more))

    by_colour: Asked = {
        f"leads, {colour}": asked(colour=colour, states=OPEN_LEADS, order=Order.DUE)
        for colour in ("green", "yellow", "red")
    }
    wall = {"waiting": WAITING, "handling": HANDLING, "ended today": ENDED}
    on_wall: Asked = {
        f"wall, {name}": asked_all(
            chain,
            Filter(
                states=states,
                sealed_only=True,
                limit=200,
                entered=MIDNIGHT if name == "ended today" else None,
                counted=False,
            ),
        )
        for name, states in wall.items()
    }
    return {
        "leads, newest": asked(),
        "leads, newest, page 400": asked(offset=9_975),
        "leads, open, due first (desk)": asked(states=OPEN_LEADS, order=Order.DUE),
        "leads, open, newest": asked(states=OPEN_LEADS),
        "leads, one open state": lambda n: chain.leads(Filter(states=(("A1", "A3", "A5")[n % 3],), limit=PAGE)),
        "leads, one ended state": asked(states=("A7",)),
        "leads, one kind": asked(kinds=("STALL",)),
        "leads, one kind, open, due first": asked(kinds=("STALL",), states=OPEN_LEADS, order=Order.DUE),
        "leads, one camera": lambda n: chain.leads(Filter(source_id=f"cam-{n % 500}", limit=PAGE)),
        "leads, one camera, open": lambda n: chain.leads(
            Filter(source_id=f"cam-{n % 500}", states=OPEN_LEADS, limit=PAGE)
        ),
        "leads, one day": lambda n: chain.leads(
            Filter(since=START - timedelta(days=n + 1), until=START - timedelta(days=n), limit=PAGE)
        ),
        **by_colour,
        "leads, search a place": lambda n: chain.leads(Filter(text=place(n * 17)[:10], limit=PAGE)),
        "leads, search a street": asked(text="人民路"),
        "leads, search a street, open, due first": asked(text="人民路", states=OPEN_LEADS, order=Order.DUE),
        "leads, search one character": asked(text="路"),
        "leads, search a number": lambda n: chain.leads(Filter(text=str(leads - 10 - n), limit=PAGE)),
        "leads, search nothing found": lambda n: chain.leads(Filter(text=f"没有{n}", limit=PAGE)),
        **on_wall,
        "wall, counts of today": lambda n: (
            chain.counts_since((*ENDED, *DISCARDED), MIDNIGHT),
            chain.leads(Filter(states=WAITING, sealed_only=True, limit=1)),
            chain.leads(Filter(states=HANDLING, sealed_only=True, limit=1)),
        ),
        "one lead": lambda n: chain.lead(f"lead-{leads - 1 - n}"),
        "steps offered on a lead": lambda n: chain.steps(CLERK, f"lead-{leads - 1 - n}"),
        "package of a lead": lambda n: chain.package(f"pkg-{leads - 1 - n}"),
    }


def case_lists(chain: Chain, cases: int) -> Asked:
    """What the desk and the API ask of cases."""

    def asked(**more: Any) -> Callable[[int], Any]:
        return lambda n: chain.cases(Filter(limit=PAGE, **more))

    colours: Asked = {}
    for colour in ("green", "yellow", "red"):
        colours[f"cases, {colour}, due first"] = asked(colour=colour, states=OPEN_CASES, order=Order.DUE)
        colours[f"cases, {colour}, newest"] = asked(colour=colour)
    return {
        "cases, newest": asked(),
        "cases, newest, page 400": asked(offset=9_975),
        "cases, open, due first (desk)": asked(states=OPEN_CASES, order=Order.DUE),
        "cases, due first": asked(order=Order.DUE),
        "cases, due first, page 400": asked(order=Order.DUE, states=OPEN_CASES, offset=9_975),
        "cases, one state": lambda n: chain.cases(Filter(states=(("B1", "B9", "B13")[n % 3],), limit=PAGE)),
        "cases, one state, due first": asked(states=("B9",), order=Order.DUE),
        "cases, archived": asked(states=("B17",)),
        "cases, one kind": asked(kinds=("OUTDOOR_AD",)),
        "cases, one kind, open, due first": asked(kinds=("OUTDOOR_AD",), states=OPEN_CASES, order=Order.DUE),
        "cases, one month": lambda n: chain.cases(
            Filter(since=START - timedelta(days=30 * n + 30), until=START - timedelta(days=30 * n), limit=PAGE)
        ),
        **colours,
        "cases, search a place": lambda n: chain.cases(Filter(text=place(n * 17)[:10], limit=PAGE)),
        "cases, search a party": lambda n: chain.cases(Filter(text=f"第{1000 + 5 * n}面馆", limit=PAGE)),
        "cases, search a word of many": asked(text="面馆"),
        "cases, search a word of many, due first": asked(text="面馆", states=OPEN_CASES, order=Order.DUE),
        "cases, search a number": lambda n: chain.cases(Filter(text=str(cases - 7 - n), limit=PAGE)),
        "cases, search a decision": lambda n: chain.cases(
            Filter(text=f"基罚决字〔2026〕{cases - 2 - 5 * n:06d}号", limit=PAGE)
        ),
        "cases, search nothing found": lambda n: chain.cases(Filter(text=f"没有{n}", limit=PAGE)),
        "one case": lambda n: chain.case(f"case-{cases - 1 - n}"),
        "steps offered on a case": lambda n: chain.steps(OFFICER, f"case-{cases - 1 - n}"),
        "step awaited by a case": lambda n: chain.awaited(f"case-{cases - 1 - n}"),
        "terms of a case": lambda n: chain.deadlines(f"case-{cases - 1 - n}"),
        "open terms, soonest 500": lambda n: chain.deadlines(),
        "one document": lambda n: chain.document(f"doc-{cases - 1 - n}"),
    }


def other_lists(chain: Chain) -> Asked:
    """Complaints, figures, what is public, what is exported."""
    codes, columns, year = load_codes("demo"), load_columns("demo"), ("2025-07", "2026-06")
    return {
        "complaints, newest": lambda n: chain.complaints(limit=PAGE),
        "complaints, open": lambda n: chain.complaints("open", limit=PAGE),
        "complaints, hotspots": lambda n: chain.complaints(hotspots=True, limit=PAGE),
        "complaints, search a number": lambda n: chain.complaints(text=f"E{n * 31}", limit=PAGE),
        "one complaint": lambda n: chain.complaint(f"complaint-{n * 31}"),
        "steps offered on a complaint": lambda n: chain.complaint_steps(CLERK, f"complaint-{n * 31}"),
        "figures, all, one month": lambda n: chain.statistics("2026-05", "2026-05"),
        "figures, all, twelve months": lambda n: chain.statistics(*year),
        "figures, all, twelve months, one squad": lambda n: chain.statistics(*year, unit=f"squad-{n % 14 + 1}"),
        "figures, all, twelve months, one kind": lambda n: chain.statistics(*year, kind="STALL"),
        "figures, handling rate by squad, a year": lambda n: chain.statistics(
            *year, codes=("handling_rate",), by="unit"
        ),
        "figures, 7-2-1 by kind, a year": lambda n: chain.statistics(
            *year, codes=("mix_service", "mix_management", "mix_penalty"), by="kind"
        ),
        "figures, five rates, three years": lambda n: chain.statistics(
            "2023-07",
            "2026-06",
            codes=("contacted_first", "completed", "replied", "result_satisfied", "attitude_satisfied"),
        ),
        "public decisions": lambda n: chain.public_records(50),
        "public decisions, page 100": lambda n: chain.public_records(50, 5_000),
        "withdrawn publications": lambda n: chain.withdrawn_records(50),
        "disclosure page": lambda n: chain.disclosure(),
        "events of two hours for a platform": lambda n: chain.export_events(
            codes, START - timedelta(hours=2 * n + 2), START - timedelta(hours=2 * n)
        ),
        "penalties of a day for a credit platform": lambda n: chain.credit_file(
            columns, DAY - timedelta(days=n), DAY - timedelta(days=n)
        ),
        "silent places": lambda n: chain.suppressions(),
    }


def lists(chain: Chain, leads: int, cases: int, rounds: int) -> list[Figure]:
    """The p95 of each over `rounds` calls, warm, and this process's own CPU for a call: on a loaded machine the wall
    time tells of the load, the CPU of the call (on PostgreSQL without the server's share)."""
    chain.publish_disclosure(CLERK)
    figures = []
    for name, work in {**lead_lists(chain, leads), **case_lists(chain, cases), **other_lists(chain)}.items():
        work(0)
        taken, cpu = [], time.process_time()
        for number in range(rounds):
            start = time.perf_counter()
            work(number)
            taken.append((time.perf_counter() - start) * 1000)
        each = (time.process_time() - cpu) * 1000 / rounds
        figures.append(wanted(f"{name}, p95", p95(taken), "ms", most=100))
        figures.append(Figure(f"{name}, CPU / least wall", each, f"ms / {min(taken):.1f} ms"))
    return figures


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]
