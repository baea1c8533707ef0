"""`nonsite evidence`: sealed packages listed, shown, verified, replayed, given out."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evidence import (
    Action,
    CustodyBook,
    CustodyEntry,
    EvidenceStore,
    For,
    Purpose,
    absorb_file,
    audit,
    export_masked,
    export_original,
    list_packages,
    load_trust,
    show_package,
)
from evidence import replay as replay_package
from evidence import verify as verify_package
from models import Runtime, load_network
from nonsite.commands.options import Config, Json, at_the_terminal, installation, parts_of
from nonsite.commands.output import log, print_json, print_table
from nonsite.settings import load_settings
from records import BadInput, Database, open_clock

app = typer.Typer(help="Sealed evidence packages.", no_args_is_help=True)
Package = Annotated[Path, typer.Argument(help="folder of a package, or a copy of it anywhere")]


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
    checkpoints: Annotated[Path | None, typer.Option(help="folder of checkpoints as they were told outside")] = None,
    sm2_key: Annotated[Path | None, typer.Option(help="national public key (PEM), from outside the package")] = None,
    as_json: Json = False,
) -> None:
    """Check a package; exit status 0 where every check that could be made holds, 1 where one fails."""
    found = verify_package(
        path, ca, tsa_ca, log_file, expected_seal=seal, expected_package=package, checkpoints=checkpoints,
        sm2_key=sm2_key,
    )  # fmt: skip
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
    parts = installation(load_settings(config))
    path = parts.store.path(package_id)
    book = CustodyBook(parts.database, parts.clock, parts.key("custody"))
    entry = CustodyEntry.about(path, Action.EXPORT, at_the_terminal(), parts.settings.organ, purpose, reason)
    if original:
        log(f"original: {export_original(path, to, book, entry)}")
    else:
        for copy in export_masked(path, to, book, entry, load_network(parts.settings.model)):
            log(f"masked: {copy}")


@app.command()
def bundle(
    named: Annotated[list[str], typer.Argument(help="id of a case, or numbers of packages")],
    whom: Annotated[For, typer.Option("--for", help="court: whole unmasked packages; party: masked copies")],
    to: Annotated[Path, typer.Option(help="folder for the bundle")],
    config: Config,
    reason: Annotated[str, typer.Option(help="why it leaves, in words; written to the custody log first")],
) -> None:
    """Put a case's evidence and papers together for court or for the party, with an index (PDF) of every sum."""
    from nonsite.bundle import Bundler

    parts = parts_of(config)
    book = CustodyBook(parts.database, parts.clock, parts.key("custody"))
    who = at_the_terminal()
    network = load_network(parts.settings.model) if whom is For.PARTY else None
    bundler = Bundler(parts.chain, parts.store, book, network, who, parts.settings.organ, parts.profile.title_zh)
    log(f"bundle: {bundler.make(named, whom, to, reason)}")


@app.command("log")
def log_(
    config: Config,
    checkpoints: Annotated[Path | None, typer.Option(help="folder of checkpoints as they were told outside")] = None,
    ca: Annotated[Path | None, typer.Option(help="root of the sealing certificates (PEM)")] = None,
    tsa_ca: Annotated[Path | None, typer.Option(help="root of the time authority (PEM)")] = None,
    machine_log: Annotated[Path | None, typer.Option(help="a sealing machine's own log (SQLite)")] = None,
    as_json: Json = False,
) -> None:
    """Check every log, and all of them against checkpoints outside; exit status 1 where one does not hold."""
    if checkpoints is not None and (ca is None or tsa_ca is None):
        raise BadInput("E_USE", "--checkpoints without --ca and --tsa-ca", "who signs and stamps comes from outside")
    found = audit(
        Database(load_settings(config).database_url),
        checkpoints,
        load_trust(ca) if ca else None,
        load_trust(tsa_ca) if tsa_ca else None,
        Database(machine_log) if machine_log else None,
    )
    good = all(one.ok is not False for one in found)
    if as_json:
        print_json({"ok": good, "findings": [asdict(one) for one in found]})
    else:
        for one in found:
            typer.echo(str(one))
        typer.echo("good" if good else "NOT good")
    raise typer.Exit(0 if good else 1)


@app.command("absorb")
def absorb_(config: Config, machine_log: Annotated[Path, typer.Argument(help="a machine's log (SQLite)")]) -> None:
    """Take a machine's log into the hub's database; for a hub that was restored and has a gap."""
    settings = load_settings(config)
    for chain, rows in absorb_file(Database(settings.database_url), machine_log, open_clock(settings.clock)).items():
        log(f"{chain}: {rows} rows")


@app.command()
def keep(config: Config, as_json: Json = False) -> None:
    """Do the night's work now: terms, second copy, scrub, repair, deletion; exit status 1 where something is wrong."""
    from nonsite.night import night  # brings the whole chain

    parts = installation(load_settings(config))
    report = night(parts.keeper, parts.database)
    erased = parts.erase_due()
    if as_json:
        print_json({**asdict(report), "parties_erased": erased})
    else:
        for package, reason in report.faults.items():
            typer.echo(f"{package}: {reason}")
        typer.echo(
            f"{report.checked} checked, {len(report.copied)} copied, {len(report.repaired)} repaired, "
            f"{len(report.deleted)} deleted, {len(report.faults)} at fault, {len(erased)} parties erased"
        )
    raise typer.Exit(1 if report.faults else 0)


@app.command()
def hold(
    package_id: Annotated[str, typer.Argument(help="number of a package in the store")],
    order: Annotated[str, typer.Option(help="number of the order under which it is held, or released")],
    config: Config,
    release: Annotated[bool, typer.Option("--release", help="take the hold off")] = False,
) -> None:
    """Put a legal hold on a package, whatever its term, or take it off."""
    parts = installation(load_settings(config))
    parts.keeper.take_in()
    parts.keeper.hold(package_id, order, at_the_terminal(), on=not release)
    log(f"{package_id}: {'released' if release else 'held'} under {order}")
