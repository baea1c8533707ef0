"""`nonsite street`: the street as geometry, checked, taken in, given out, asked."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geofence import CoordSystem, LonLat, StreetIndex, export_geojson, import_street, load_street
from geofence import check as explain
from geofence import validate as problems_of
from nonsite.commands.output import log, print_json
from nonsite.settings import load_settings
from records import BadInput, Database, SystemClock, open_clock, parse_iso

app = typer.Typer(help="Zones, permits, frontages and bays of a street.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json")]
Config = Annotated[Path, typer.Option("--config", help="settings file")]
File = Annotated[Path, typer.Argument(help="street file (YAML or GeoJSON)")]


@app.command()
def validate(file: File, as_json: Json = False) -> None:
    """Name every fault of a street file; exit status 1 where there is one."""
    problems = problems_of(file)
    if as_json:
        print_json({"ok": not problems, "problems": [str(problem) for problem in problems]})
    else:
        for problem in problems:
            typer.echo(f"{file}: {problem}")
        typer.echo("ok" if not problems else f"{len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


@app.command("import")
def import_(file: File, config: Config, publisher: Annotated[str, typer.Option(help="who publishes")]) -> None:
    """Publish a street file as the layers in force from now on; nothing is taken in unless all of it is good."""
    settings = load_settings(config)
    load_street(file)  # refused before a database is made
    database = Database(settings.database_url)
    database.upgrade()
    with database.session() as session:
        published = import_street(session, file, publisher, open_clock(settings.clock).now())
    log(f"{published.street}: version {published.version}")


@app.command()
def export(config: Config, version: Annotated[str | None, typer.Option(help="an earlier version")] = None) -> None:
    """Print the published layers as GeoJSON."""
    database = Database(load_settings(config).database_url)
    database.upgrade()
    with database.read() as session:
        print_json(export_geojson(session, wanted=version))


@app.command()
def check(
    file: File,
    lon: Annotated[float, typer.Argument(help="longitude, degrees")],
    lat: Annotated[float, typer.Argument(help="latitude, degrees")],
    at: Annotated[str | None, typer.Option(help="time, ISO 8601 with zone; default now")] = None,
    accuracy_m: Annotated[float, typer.Option(min=0.0)] = 0.0,
    system: Annotated[CoordSystem, typer.Option(help="coordinate system of the point")] = CoordSystem.CGCS2000,
    as_json: Json = False,
) -> None:
    """Say what is forbidden and allowed at a point at a time, and which zone, permit and hour decides."""
    found = explain(StreetIndex(load_street(file)), LonLat(lon, lat, system), _time(at), accuracy_m)
    if as_json:
        print_json(found.to_json())
        return
    for zh, en in zip(found.zh, found.en, strict=True):
        typer.echo(f"{zh}\n  {en}")


def _time(text: str | None) -> datetime:
    try:
        return SystemClock().now() if text is None else parse_iso(text)
    except ValueError as error:
        raise BadInput("E_TIME", f"--at {text}: {error}", "as in 2026-06-03T18:00:00+08:00") from error
