"""`nonsite case`: leads and cases at the terminal, and the law that they follow."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nonsite.commands.options import Config, Json, parts_of
from nonsite.commands.output import print_json, print_table
from records import BadInput, iso

if TYPE_CHECKING:
    from nonsite.parts import Parts
    from notify import Actor, CaseView, LeadView

app = typer.Typer(help="Leads and cases, their steps and terms, and the law as data.", no_args_is_help=True)
law = typer.Typer(help="The law of one jurisdiction as data.", no_args_is_help=True)
app.add_typer(law, name="law")
registers = typer.Typer(help="What the chain looks things up in.", no_args_is_help=True)
app.add_typer(registers, name="registers")

Owner = Annotated[str, typer.Argument(help="id of a lead or case")]
Name = Annotated[str, typer.Argument(help="law profile, e.g. pudong")]
MOST = 500


@app.command("list")
def list_(
    config: Config,
    state: Annotated[list[str] | None, typer.Option(help="state code, e.g. A2; may be given again")] = None,
    text: Annotated[str, typer.Option(help="number, address or name")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST)] = 100,
    as_json: Json = False,
) -> None:
    """Leads and cases, newest first."""
    from notify import Filter

    chain = parts_of(config).chain
    wanted = Filter(states=tuple(state or ()), text=text, limit=limit)
    leads, cases = chain.leads(wanted), chain.cases(wanted)
    if as_json:
        print_json(
            {
                "leads": {"total": leads.total, "items": [_plain(one) for one in leads.items]},
                "cases": {"total": cases.total, "items": [_plain(one) for one in cases.items]},
            }
        )
        return
    columns = ("id", "number", "kind", "state", "since", "colour", "waits for")
    print_table(f"leads ({leads.total})", columns, (_row(one) for one in leads.items))
    print_table(f"cases ({cases.total})", columns, (_row(one) for one in cases.items))


@app.command()
def show(
    owner: Owner,
    config: Config,
    actor: Annotated[str | None, typer.Option("--as", help="user id or login: what this person may do now")] = None,
    as_json: Json = False,
) -> None:
    """One lead or case: state, evidence, terms, papers, history; with `--as`, the steps that are open to a person."""
    parts = parts_of(config)
    view = _view(parts, owner)
    offers = parts.chain.steps(_actor(parts, actor), owner) if actor else []
    if as_json:
        print_json({**_plain(view), **({"steps": [asdict(offer) for offer in offers]} if actor else {})})
        return
    typer.echo(f"{view.number}  {view.kind}  {view.state} {view.state_zh} ({view.state_en}) since {iso(view.since)}")
    packages = ((one.package_id, one.stage, one.status, one.unusable or "") for one in view.packages)
    print_table("evidence", ("package", "stage", "status", "unusable"), packages)
    print_table("terms", _TERM, (_term(one) for one in view.deadlines))
    papers = ((one.number, one.title_zh, iso(one.issued_at), one.id) for one in view.documents)
    print_table("papers", ("number", "title", "issued", "id"), papers)
    history = ((iso(one.at), one.actor, one.step, one.source, one.target, one.note) for one in view.timeline)
    print_table("history", ("at", "who", "step", "from", "to", "note"), history)
    if actor:
        steps = (
            (offer.code, offer.title_zh, _form(offer.fields), "; ".join(one.zh for one in offer.refusals))
            for offer in offers
        )
        print_table(f"steps of {actor}", ("step", "title", "values (* = needed)", "refused because"), steps)


@app.command()
def step(
    owner: Owner,
    code: Annotated[str, typer.Argument(help="code of the step, as `case show --as` lists it")],
    actor: Annotated[str, typer.Option("--as", help="id or login of the user who takes it")],
    config: Config,
    values: Annotated[list[str] | None, typer.Option("--set", help="name=value of the step's form")] = None,
    as_json: Json = False,
) -> None:
    """Take one step as a user; refused with the reason where law, state or role do not allow it."""
    parts = parts_of(config)
    outcome = parts.chain.take(_actor(parts, actor), owner, code, _values(values or ()))
    if as_json:
        print_json(asdict(outcome))
        return
    typer.echo(f"{outcome.owner_id}: {outcome.step} -> {outcome.state}")
    for document_id, number in outcome.documents:
        typer.echo(f"paper {number}: {document_id}")
    if outcome.case_id:
        typer.echo(f"case {outcome.case_id}")


@app.command()
def erase(
    party: Annotated[str, typer.Argument(help="id of a party in the register of subjects")],
    order: Annotated[str, typer.Option(help="number of the order under which it is erased")],
    actor: Annotated[str, typer.Option("--as", help="id or login of the user who does it")],
    config: Config,
    as_json: Json = False,
) -> None:
    """Erase what names a party all of whose matters have ended: its papers, messages, words; a record of it stays."""
    parts = parts_of(config)
    gone = parts.chain.erase_party(_actor(parts, actor), party, order)
    if as_json:
        print_json(asdict(gone))
    else:
        typer.echo(f"{party}: erased from {len(gone.owners)} matters, {sum(gone.records.values())} records")


@app.command()
def deadlines(
    config: Config,
    owner: Annotated[str | None, typer.Argument(help="id of a lead or case; without it every open term")] = None,
    as_json: Json = False,
) -> None:
    """Terms, soonest first: what runs, when it ends, whom it binds, by which article."""
    found = parts_of(config).chain.deadlines(owner)
    if as_json:
        print_json([_plain(one) for one in found])
    else:
        print_table("terms", ("of", *_TERM), ((one.owner_id, *_term(one)) for one in found))


@law.command("show")
def show_law(
    profile: Name,
    on: Annotated[str | None, typer.Option(help="as of this day, ISO 8601; default the newest")] = None,
    as_json: Json = False,
) -> None:
    """Every value of a profile, inherited ones too, with source and how sure it is."""
    from notify import load_profile

    found, day = load_profile(profile), _day(on)
    entries = [entry for key in sorted(found.values) if (entry := found.find(key, day)) is not None]
    if as_json:
        values = [asdict(entry) for entry in entries]
        print_json({"name": found.name, "title_zh": found.title_zh, "lineage": found.lineage, "values": values})
        return
    rows = ((one.key, "?" if one.value is None else one.value, one.mark, one.profile, one.source) for one in entries)
    title = f"{found.name} {found.title_zh} ({' < '.join(found.lineage)})"
    print_table(title, ("key", "value", "mark", "from", "source"), rows)


@law.command("check")
def check_law(profile: Name, as_json: Json = False) -> None:
    """Name every value that the chain needs and the profile leaves open; exit status 1 where there is one."""
    from notify import check, load_profile

    missing = check(load_profile(profile))
    if as_json:
        print_json({"profile": profile, "ok": not missing, "missing": [asdict(one) for one in missing]})
    else:
        for one in missing:
            typer.echo(f"{one.key}: needed for {one.needed_for} ({one.source})")
        typer.echo(f"{profile}: {'complete' if not missing else f'{len(missing)} values missing'}")
    raise typer.Exit(1 if missing else 0)


@registers.command("import")
def import_register(
    register: Annotated[str, typer.Argument(help="subjects, shops, officers, devices, ...")],
    table: Annotated[Path, typer.Argument(help="CSV or XLSX; the first row names the fields")],
    config: Config,
    as_json: Json = False,
) -> None:
    """Write the good rows of a table and name every other one; exit status 1 where there is one."""
    from notify import import_table

    with parts_of(config).database.session() as session:
        report = import_table(session, register, table)
    if as_json:
        print_json(asdict(report))
    else:
        for one in report.errors:
            typer.echo(f"{table}:{one.row}: {one.column}: {one.message}")
        typer.echo(f"{register}: {report.written} written, {len(report.errors)} refused")
    raise typer.Exit(1 if report.errors else 0)


@registers.command("colours")
def colours(config: Config, as_json: Json = False) -> None:
    """The colour of every shop, by what was confirmed there."""
    found = parts_of(config).chain.shop_colours()
    if as_json:
        print_json(found)
    else:
        print_table("shops", ("shop", "colour"), sorted(found.items()))


@law.command("holidays")
def holidays(
    table: Annotated[Path, typer.Argument(help="YAML: year, source, holidays, workdays")], config: Config
) -> None:
    """Load one year of the published holiday table; ends that were provisional are counted again."""
    from notify import load_holidays

    parts = parts_of(config)
    with parts.database.session() as session:
        year = load_holidays(session, table, parts.clock)
    typer.echo(f"{year} loaded")


def _actor(parts: "Parts", who: str) -> "Actor":
    """A user as an actor of the chain, with the roles that the users' table gives, no others."""
    from console import users
    from notify import Actor, Role

    with parts.database.read() as session:
        found = [user for user in users(session) if who in (user.id, user.login) and user.active]
    if not found:
        raise BadInput("E_ACTOR", f"no active user {who}", "name the id or login of somebody who may sign in")
    user, known = found[0], {str(role) for role in Role}
    return Actor(user.id, user.name, frozenset(Role(role) for role in user.roles if role in known))


def _view(parts: "Parts", owner: str) -> "LeadView | CaseView":
    try:
        return parts.chain.case(owner)
    except BadInput:
        return parts.chain.lead(owner)


def _values(pairs: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise BadInput("E_FIELD", f"--set {pair}: no name=value", "as in --set reason=permitted")
        values[name] = value
    return values


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("E_TIME", f"--on {text}: {error}", "as in 2026-06-03") from error


_TERM = ("code", "title", "due", "last day", "state", "colour", "binds", "source")


def _term(one: Any) -> tuple[Any, ...]:
    return (one.code, one.title_zh, iso(one.due), one.last_day, one.state, one.colour, one.binds, one.source)


def _row(one: "LeadView | CaseView") -> tuple[Any, ...]:
    state = f"{one.state} {one.state_zh}"
    return (one.id, one.number, one.kind, state, iso(one.since), one.colour, ", ".join(one.waiting_for))


def _form(fields: Iterable[Any]) -> str:
    return ", ".join(f"{field.name}{'*' if field.required else ''}" for field in fields)


def _plain(view: Any) -> dict[str, Any]:
    """A read model as JSON holds it, times in UTC."""
    from pydantic import TypeAdapter

    plain: dict[str, Any] = TypeAdapter(type(view)).dump_python(view, mode="json")
    return plain
