"""All that may break, broken, with real processes: does every scripted incident give exactly one alert, and when?

Run as `python -m benchmarks.fleet [--json] [--quick] [--cameras N]`. Sixty cameras (HTTP streams in real time), three
workers, two hubs and a console run over a real Apache Kafka and a real PostgreSQL (see tests/services). The network is
one that finds red squares, so that two cores carry all of it; everything else is as in service. Stalls come to stand
before a fifth of the cameras at a time: while nothing breaks; before one worker is killed (-9) with their dwell
running; while the broker is away; while the database is away; while one worker's way to the broker is cut. A delay is
from the moment at which the rule was met (the stall stood for the whole dwell) to the lead in the database.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, tell, wanted
from streams import topics
from tests.services.city import City, Lead
from tests.services.city_street import DWELL_S

WORKERS = ("worker-1", "worker-2", "worker-3")
AWAY_S = 20.0
STANDS_S = 3600.0
WITHIN_S = 420.0


@dataclass(slots=True)
class Phase:
    """Stalls that came to stand together: before which cameras, and since when (epoch seconds)."""

    name: str
    cameras: list[str]
    since_s: float = 0.0


def run(folder: Path, cameras: int, quick: bool, say: Callable[[str], None]) -> list[Figure]:
    """Start the city, break it, count."""
    city = City(folder, cameras)
    workers = WORKERS[:2] if quick else WORKERS
    try:
        began_s = time.monotonic()
        for name in ("console", "hub-1", *(() if quick else ("hub-2",)), *workers):
            city.start(name, gated=name == "worker-3")
        city.until(lambda: all_watched(city, workers), "every camera is live", WITHIN_S)
        up_s = time.monotonic() - began_s
        say(
            f"{cameras} cameras live after {up_s:.0f} s: "
            + ", ".join(f"{w} {len(city.watched_by(w))}" for w in workers)
        )
        phases = list(break_things(city, workers, quick, say))
        everyone = {camera for phase in phases for camera in phase.cameras}
        say("waiting for the packages")
        city.until(lambda: sealed(city) >= everyone, "a package for each alert", WITHIN_S)
        return [Figure("cameras_live_after", up_s, "s"), *count(city, phases)]
    except AssertionError as error:
        say(str(error))
        raise SystemExit(1) from error
    finally:
        say(f"ended: {city.close()}")


def break_things(city: City, workers: tuple[str, ...], quick: bool, say: Callable[[str], None]) -> Iterator[Phase]:
    """One phase after the other; each ends when its alerts are leads."""
    parts = 2 if quick else 5
    share = len(city.cameras) // parts
    groups = [city.cameras[number * share : (number + 1) * share] for number in range(parts)]

    def stalls(phase: Phase) -> None:
        phase.since_s = time.time()
        for camera in phase.cameras:
            city.stall(camera, phase.since_s, STANDS_S)

    def settled(phase: Phase) -> Phase:
        city.until(lambda: leads_of(city).keys() >= set(phase.cameras), f"{phase.name}: an alert each", WITHIN_S)
        say(f"{phase.name}: {len(phase.cameras)} of {len(phase.cameras)} after {time.time() - phase.since_s:.0f} s")
        return phase

    calm = Phase("calm", groups[0])
    stalls(calm)
    yield settled(calm)

    killed = Phase("worker_killed", groups[1])
    stalls(killed)
    city.until(lambda: told(city) >= set(killed.cameras), "its incidents are told", WITHIN_S)
    city.kill("worker-1")
    yield settled(killed)
    city.until(lambda: all_watched(city, workers[1:]), "the others have its cameras", WITHIN_S)
    if quick:
        return
    city.start("worker-1")
    city.until(lambda: all_watched(city, workers), "it has its share again", WITHIN_S)

    broker = Phase("broker_restarted", groups[2])
    city.broker.kill()
    stalls(broker)
    time.sleep(AWAY_S)
    city.broker.start()
    yield settled(broker)

    database = Phase("database_restarted", groups[3])
    city.server.kill()
    stalls(database)
    time.sleep(AWAY_S)
    city.server.start()
    yield settled(database)

    city.until(lambda: all_watched(city, workers), "each camera is with one worker", WITHIN_S)
    cut = Phase("worker_cut_off", groups[4])
    city.gate.cut()
    stalls(cut)
    settled(cut)
    city.until(lambda: city.status("worker-3").get("spool", 0) > 0, "the one cut off has something to tell", WITHIN_S)
    city.gate.mend()
    city.until(lambda: city.status("worker-3")["spool"] == 0, "it has told", WITHIN_S)
    city.until(lambda: all_watched(city, workers), "each camera is with one worker again", WITHIN_S)
    yield cut


def count(city: City, phases: list[Phase]) -> list[Figure]:
    """What came of it."""
    leads = city.leads()
    standing = Counter(lead.camera for lead in leads if lead.stands)
    scripted = [camera for phase in phases for camera in phase.cameras]
    figures = [
        Figure("incidents_scripted", len(scripted), "incidents"),
        wanted("incidents_without_alert", sum(standing[camera] == 0 for camera in scripted), "incidents", most=0),
        wanted("incidents_with_more_than_one", sum(standing[camera] > 1 for camera in scripted), "incidents", most=0),
        wanted("alerts_of_nothing", len(set(standing) - set(scripted)), "alerts", most=0),
        Figure("alerts_merged", sum(not lead.stands for lead in leads), "alerts"),
        Figure("packages", sum(lead.packages for lead in leads), "packages"),
    ]
    first = leads_of(city)
    for phase in phases:
        late = [first[camera].told.timestamp() - phase.since_s - DWELL_S for camera in phase.cameras]
        figures += [
            Figure(f"delay_{phase.name}_median", median(late), "s"),
            Figure(f"delay_{phase.name}_longest", max(late), "s"),
        ]
    return figures


def leads_of(city: City) -> dict[str, Lead]:
    """The lead of each camera that stands; the earliest where there are several."""
    try:
        leads = city.leads()
    except Exception:  # the database is away: that is what is being tried
        return {}
    return {lead.camera: lead for lead in sorted(leads, key=lambda lead: lead.told, reverse=True) if lead.stands}


def sealed(city: City) -> set[str]:
    """Cameras whose lead has a package."""
    return {camera for camera, lead in leads_of(city).items() if lead.packages}


def told(city: City) -> set[str]:
    """Cameras of which the bus holds an incident whose dwell runs."""
    table = city.bus.table(topics.INCIDENTS)
    return {key for key, state in table.items() if any(one["unlawful_s"] > 0 for one in state["incidents"])}


def all_watched(city: City, workers: tuple[str, ...]) -> bool:
    """Whether every camera is live at one of the workers, and at no two."""
    return sorted(camera for worker in workers for camera in city.watched_by(worker)) == sorted(city.cameras)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--quick", action="store_true", help="two workers, one of them killed, four cameras")
    parser.add_argument("--cameras", type=int, default=60)
    options = parser.parse_args()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="nonsite-fleet-") as folder:
        figures = run(Path(folder), 4 if options.quick else options.cameras, options.quick, say)
    sys.exit(tell(figures, options.json))


if __name__ == "__main__":
    main()
