"""`nonsite db`: the database and the evidence together."""

from pathlib import Path
from typing import Annotated

import typer

from nonsite import backup as copies
from nonsite.commands.options import Config, Json
from nonsite.commands.output import log, print_json
from nonsite.keys import hub_database
from nonsite.settings import load_settings
from records import Database
from records import grant as grant_role

app = typer.Typer(help="Database and evidence together.", no_args_is_help=True)


@app.command()
def upgrade(config: Config) -> None:
    """Bring the database to this version's schema."""
    settings = load_settings(config)
    hub_database(settings, make_key=False).upgrade()
    log(f"{settings.database_url}: up to date")


@app.command()
def grant(config: Config, role: Annotated[str, typer.Option(help="role that the application signs in as")]) -> None:
    """Give the application's role its rights on PostgreSQL: it adds to the log, and changes nothing there."""
    grant_role(Database(load_settings(config).database_url), role)
    log(f"{role}: may add to the log and to its checkpoints, and change nothing there")


@app.command()
def check(config: Config, as_json: Json = False) -> None:
    """Check every invariant of database, logs and evidence store; exit status 1 where one does not hold."""
    findings = copies.check(load_settings(config))
    if as_json:
        print_json({"ok": not findings, "findings": findings})
    else:
        for finding in findings:
            typer.echo(finding)
        typer.echo("ok" if not findings else f"{len(findings)} findings")
    raise typer.Exit(1 if findings else 0)


@app.command()
def backup(config: Config, to: Annotated[Path, typer.Argument(help="folder that must not exist yet")]) -> None:
    """Copy database, machine log and evidence into one folder, consistent with each other."""
    copies.backup(load_settings(config), to)
    log(f"{to}: backup complete")


@app.command()
def restore(config: Config, source: Annotated[Path, typer.Argument(help="folder that `db backup` made")]) -> None:
    """Bring a backup into an empty data folder."""
    copies.restore(load_settings(config), source)
    log("restored")
