"""The learning loop at the terminal: pictures out of what people said, the candidate in the shadow, the change."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from models import history, load_network, roll_back
from models import promote as take
from models.registry import ZOO
from nonsite.commands.options import Config, Json, at_the_terminal, parts_of
from nonsite.commands.output import log, print_json, print_table
from nonsite.settings import load_settings
from records import BadInput, SystemClock


def feedback(
    config: Config,
    out: Annotated[Path, typer.Option(help="new folder for train/, test/ and manifest.jsonl")],
    held_back: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="share of the camera-days held back for testing")
    ] = 0.25,
    since: Annotated[str | None, typer.Option(help="only what was said from this day on, ISO 8601")] = None,
    as_json: Json = False,
) -> None:
    """Export what operators and clerks said of alerts as masked, labelled pictures, by camera and day."""
    from evidence import CustodyBook
    from nonsite.feedback import export_feedback

    parts = parts_of(config)
    words = parts.chain.feedback(_start_of(since, parts.chain.calendar.zone) if since else None)
    outcome = export_feedback(
        words,
        parts.store,
        load_network(parts.settings.model),
        CustodyBook(parts.database, parts.clock, parts.key("custody")),
        out,
        who=at_the_terminal(),
        unit=parts.settings.organ,
        held_back=held_back,
    )
    if as_json:
        print_json(outcome.to_json())
        return
    for title, found in outcome.to_json().items():
        print_table(title.replace("_", " "), ("", "count"), found.items())


def shadow(config: Config, as_json: Json = False) -> None:
    """What the candidates that looked beside the present network saw, by source."""
    from nonsite.shadow import shadow_report

    found = shadow_report(load_settings(config).data / "shadow")
    if as_json:
        print_json(found)
        return
    for one in found:
        title = f"{one['candidate']['name']} {one['candidate']['sha256'][:12]} beside {one['present']['name']}"
        rows = ((source, what, n) for source, counts in one["sources"].items() for what, n in sorted(counts.items()))
        print_table(title, ("source", "what", "count"), rows)


def promote(
    candidate: Annotated[str, typer.Argument(help="folder or card of a measured network; its name with --rollback")],
    by: Annotated[str, typer.Option(help="the person who decides; written down with the change")],
    why: Annotated[str, typer.Option(help="in words")] = "",
    over: Annotated[str | None, typer.Option(help="name of the network to replace; default: of the same name")] = None,
    zoo: Annotated[Path, typer.Option(help="folder of networks")] = ZOO,
    rollback: Annotated[bool, typer.Option("--rollback", help="put back the network that this one replaced")] = False,
    as_json: Json = False,
) -> None:
    """Let a measured network take the place of the present one: nowhere worse, somewhere better, by a person."""
    clock = SystemClock()
    card = roll_back(candidate, by, clock, zoo, why) if rollback else take(candidate, by, clock, zoo, over, why)
    line = history(card.parent.name, zoo)[-1]
    if as_json:
        print_json(line)
        return
    for better in line["better"]:
        typer.echo(better)
    log(f"{line['action']}: {card} {line['to'][:16]}")


def _start_of(day: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), datetime.min.time(), zone)
    except ValueError as error:
        raise BadInput("E_TIME", f"--since {day}: {error}", "as in 2026-06-03") from error
