"""`nonsite desk`: what the desk keeps beside its cases: the sums of its figures, the file for a credit platform."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from nonsite.commands.options import Config, Json, parts_of
from nonsite.commands.output import print_json, print_table
from records import BadInput

app = typer.Typer(help="Kept sums, and the file of penalties for a credit platform.", no_args_is_help=True)


@app.command("recount")
def recount(
    config: Config,
    mend: Annotated[bool, typer.Option("--mend", help="put right what differs")] = False,
    as_json: Json = False,
) -> None:
    """Count every kept sum again from its rows and name each that differs; exit status 1 where one does and stays."""
    found = parts_of(config).chain.recount(mend)
    if as_json:
        print_json({"differences": [asdict(one) for one in found], "mended": mend and bool(found)})
    elif found:
        columns = ("measure", "period", "unit", "kind", "kept", "counted")
        rows = ((one.measure, one.period, one.unit, one.kind, one.kept, one.counted) for one in found)
        print_table("mended" if mend else "differences", columns, rows)
    else:
        typer.echo("every kept sum is what its rows say")
    raise typer.Exit(1 if found and not mend else 0)


@app.command("publicities")
def publicities(
    config: Config,
    columns: Annotated[str, typer.Option(help="name of a map in the columns file")],
    since: Annotated[str, typer.Option(help="first local day, ISO 8601")],
    until: Annotated[str, typer.Option(help="last local day")],
    out: Annotated[Path | None, typer.Option(help="write a CSV here instead of printing JSON")] = None,
    columns_file: Annotated[
        Path | None, typer.Option(help="another columns file than the one that comes with it")
    ] = None,
) -> None:
    """The penalties that were published or taken back on these days, under a credit platform's headings (双公示)."""
    from notify import as_csv, load_columns

    document = parts_of(config).chain.credit_file(load_columns(columns, columns_file), _day(since), _day(until))
    if out is None:
        print_json(document)
        return
    try:
        out.write_text(as_csv(document), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInput("E_OUT", f"{out}: {error.strerror}") from None
    typer.echo(f"{len(document['rows'])} rows in {out}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("E_TIME", f"{text}: {error}", "as in 2026-06-03") from error
