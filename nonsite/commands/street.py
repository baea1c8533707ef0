"""`nonsite street`: the street as geometry, checked, taken in, given out, asked."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from geofence import (
    Change,
    CoordSystem,
    LonLat,
    Street,
    StreetIndex,
    Told,
    current,
    difference,
    difference_picture,
    export_geojson,
    import_street,
    is_gis,
    load_street,
    open_street,
    read_gis,
    write_gis,
)
from geofence import check as explain
from geofence import validate as problems_of
from nonsite.commands.output import log, print_json
from nonsite.keys import hub_database
from nonsite.settings import load_settings
from records import BadInput, SystemClock, open_clock, parse_iso

app = typer.Typer(help="Zones, permits, frontages and bays of a street.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json")]
Config = Annotated[Path, typer.Option("--config", help="settings file")]
File = Annotated[Path, typer.Argument(help="street file (YAML, GeoJSON, GeoPackage, Shapefile or a folder of these)")]
Drawn = Annotated[
    Path | None,
    typer.Option("--map", help="draw the difference: .html or .svg to look at, .geojson for a map program"),
]
System = Annotated[CoordSystem | None, typer.Option(help="what a GeoPackage or Shapefile is in, where it cannot say")]


@app.command()
def validate(file: File, system: System = None, as_json: Json = False) -> None:
    """Name every fault of a street file; exit status 1 where there is one."""
    problems = read_gis(file, Told(system=system))[1] if is_gis(file) else problems_of(file)
    if as_json:
        print_json({"ok": not problems, "problems": [str(problem) for problem in problems]})
    else:
        for problem in problems:
            typer.echo(f"{file}: {problem}")
        typer.echo("ok" if not problems else f"{len(problems)} problems")
    raise typer.Exit(1 if problems else 0)


@app.command("import")
def import_(
    file: File,
    config: Config,
    publisher: Annotated[str, typer.Option(help="who publishes")],
    system: System = None,
    name: Annotated[str, typer.Option(help="the street's name, where the file has none")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, and keep nothing")] = False,
    drawn: Drawn = None,
    as_json: Json = False,
) -> None:
    """Publish a street file as the layers in force from now on; nothing is taken in unless all of it is good."""
    settings = load_settings(config)
    told = Told(street=name, system=system)
    street = open_street(file, told)  # refused before a database is made
    database = hub_database(settings, make_key=False)
    database.upgrade()
    now = open_clock(settings.clock).now()
    with database.read() as session:
        before = current(session, street.name, now)
    changes = difference(before, street)
    _draw(before, street, changes, drawn)
    if dry_run:
        _tell(changes, as_json)
        return
    with database.session() as session:
        published = import_street(session, file, publisher, now, told)
    log(f"{published.street}: version {published.version}, {len(changes)} changes")


@app.command()
def diff(
    before: File,
    after: Annotated[Path, typer.Argument(help="the later street file")],
    drawn: Drawn = None,
    as_json: Json = False,
) -> None:
    """Say what changes from one street file to another, by feature and field; exit status 1 where anything does."""
    old, new = open_street(before), open_street(after)
    changes = difference(old, new)
    _draw(old, new, changes, drawn)
    _tell(changes, as_json)
    raise typer.Exit(1 if changes else 0)


def _draw(before: Street | None, after: Street, changes: tuple[Change, ...], file: Path | None) -> None:
    if file is None:
        return
    try:
        file.write_text(difference_picture(before, after, changes, file), encoding="utf-8")
    except OSError as error:
        raise BadInput("E_OUT", f"{file}: {error.strerror}", "name a file that can be written") from error


def _tell(changes: tuple[Change, ...], as_json: bool) -> None:
    if as_json:
        print_json({"changes": [{**one.to_json(), "words": str(one)} for one in changes]})
        return
    for one in changes:
        typer.echo(str(one))
    typer.echo(f"{len(changes)} changes")


@app.command()
def export(
    config: Config,
    version: Annotated[str | None, typer.Option(help="an earlier version")] = None,
    out: Annotated[
        Path | None, typer.Option(help="a .gpkg, or a folder for Shapefiles; default: GeoJSON on standard output")
    ] = None,
) -> None:
    """Give out the published layers: GeoJSON, a GeoPackage, or Shapefiles."""
    database = hub_database(load_settings(config), make_key=False)
    database.upgrade()
    with database.read() as session:
        document = export_geojson(session, wanted=version)
    if out is None:
        print_json(document)
        return
    for path in write_gis(load_street(document), out):
        log(str(path))


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
    found = explain(StreetIndex(open_street(file)), LonLat(lon, lat, system), _time(at), accuracy_m)
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
