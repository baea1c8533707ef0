"""`nonsite evidence`: sealed packages listed, shown, verified, replayed, given out."""

import os
from pathlib import Path
from typing import Annotated

import typer

from evidence import (
    Action,
    CustodyBook,
    CustodyEntry,
    EvidenceStore,
    Purpose,
    export_masked,
    export_original,
    list_packages,
    show_package,
)
from evidence import replay as replay_package
from evidence import verify as verify_package
from models import Runtime, load_network
from nonsite.commands.output import log, print_json, print_table
from nonsite.settings import load_settings
from records import Database

app = typer.Typer(help="Sealed evidence packages.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json")]
Package = Annotated[Path, typer.Argument(help="folder of a package, or a copy of it anywhere")]
Config = Annotated[Path, typer.Option("--config", help="settings file")]


@app.command("list")
def list_(config: Config, as_json: Json = False) -> None:
    """Every package of the store, oldest first."""
    settings = load_settings(config)
    machine = Database(settings.data / "machine.db")
    machine.upgrade()
    rows = list_packages(EvidenceStore.open(settings.data / "evidence"), machine)
    if as_json:
        print_json(rows)
    else:
        columns = ("package_id", "stage", "device_id", "sealed_at", "status")
        print_table("evidence", columns, ([row[column] for column in columns] for row in rows))


@app.command()
def show(path: Package) -> None:
    """The record of a package, as JSON."""
    print_json(show_package(path))


@app.command()
def verify(
    path: Package,
    ca: Annotated[Path, typer.Option(help="root of the sealing certificates (PEM), from outside the package")],
    tsa_ca: Annotated[Path, typer.Option(help="root of the time authority (PEM)")],
    log_file: Annotated[Path | None, typer.Option("--log", help="the sealing machine's log (SQLite)")] = None,
    seal: Annotated[str | None, typer.Option(help="seal number on the document, 16 digits or more")] = None,
    package: Annotated[str | None, typer.Option(help="package number on the document")] = None,
    as_json: Json = False,
) -> None:
    """Check a package; exit status 0 where every check that could be made holds, 1 where one fails."""
    found = verify_package(path, ca, tsa_ca, log_file, expected_seal=seal, expected_package=package)
    if as_json:
        print_json(found.to_json())
    else:
        for check in found.checks:
            typer.echo(str(check))
        typer.echo("good" if found.ok else "NOT good: " + ", ".join(found.failed))
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def replay(
    path: Package,
    model: Annotated[str, typer.Option(help="the network that the package names")] = "street-n",
    runtime: Annotated[Runtime, typer.Option(help="what computes it")] = "onnx",
    as_json: Json = False,
) -> None:
    """Decode the sealed clip, run the network again, compare; exit status 1 where something else comes out."""
    found = replay_package(path, load_network(model, runtime=runtime))
    if as_json:
        print_json(found.to_json())
    else:
        typer.echo(
            f"{found.frames} frames, {found.detections} detections, {found.outside} frames outside the clip; "
            f"largest difference {found.largest_score_difference:.1e} in score, "
            f"{found.largest_box_difference_px:.2f} px in place"
        )
        for difference in found.differences:
            typer.echo(f"{difference.clip} frame {difference.frame_index}: {difference.what}")
        typer.echo("the same" if found.same else "NOT the same")
    raise typer.Exit(0 if found.same else 1)


@app.command()
def export(
    package_id: Annotated[str, typer.Argument(help="number of a package in the store")],
    to: Annotated[Path, typer.Option(help="folder for the copy")],
    config: Config,
    purpose: Annotated[Purpose, typer.Option(help="why it leaves; written to the custody log first")],
    reason: Annotated[str, typer.Option(help="in words")],
    original: Annotated[
        bool, typer.Option("--original", help="bit-identical and unmasked, for court or review")
    ] = False,
) -> None:
    """Give out a package: masked copies, or the original with its custody extract."""
    from nonsite.parts import Parts  # brings the whole console

    parts = Parts(load_settings(config))
    path = parts.store.path(package_id)
    book = CustodyBook(parts.database, parts.clock, parts.key("custody"))
    who = os.environ.get("USER") or str(os.getuid())
    entry = CustodyEntry.about(path, Action.EXPORT, who, parts.settings.organ, purpose, reason)
    if original:
        log(f"original: {export_original(path, to, book, entry)}")
    else:
        for copy in export_masked(path, to, book, entry, load_network(parts.settings.model)):
            log(f"masked: {copy}")
