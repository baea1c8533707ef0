"""The chain's test world with everything that people, parties and gateways do going over HTTP through the console."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import select

from console import ConsoleSettings, Services, add_user, create_app
from console.access import SESSION_COOKIE
from console.tables import SessionRow, UserRow
from console.users import set_user
from evidence import CustodyBook, EvidenceStore, Verification
from geofence import load_street
from notify import Actor, Chain, LinkKey
from notify.signing import HEADER
from notify.tables import CaseRow
from records import BadInput, FrozenClock, Refused, parse_iso
from streams import InProcessBus
from tests.notify.world import World, make_world

PASSWORD = "a long password"
STREET = Path(__file__).parents[1] / "console" / "data" / "street.yaml"


class HttpChain:
    """A chain whose steps, offers, portal and callbacks are asked for as programs do; the rest is read directly."""

    def __init__(self, chain: Chain, app: Any) -> None:
        self._chain, self._app = chain, app
        self._people: dict[Actor, tuple[TestClient, str]] = {}
        self._public = TestClient(app)
        self._links: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    @property
    def read(self) -> Chain:
        """The chain itself, to compare with."""
        return self._chain

    def take(self, actor: Actor, owner: str, code: str, values: dict[str, Any] | None = None) -> Any:
        client, csrf = self._person(actor)
        path = f"/api/{self._kind(owner)}/{owner}/steps/{code}"
        return objects(answer_of(client.post(path, json={"values": values or {}}, headers={"X-CSRF-Token": csrf})))

    def steps(self, actor: Actor, owner: str) -> Any:
        client, _ = self._person(actor)
        return objects(answer_of(client.get(f"/api/{self._kind(owner)}/{owner}/steps")))

    def get(self, actor: Actor, path: str, **query: Any) -> Any:
        """What a program of somebody signed in reads at a path."""
        client, _ = self._person(actor)
        return answer_of(client.get(path, params=query))

    def post(self, actor: Actor, path: str, body: dict[str, Any]) -> Any:
        """What a program of somebody signed in sends to a path."""
        client, csrf = self._person(actor)
        return answer_of(client.post(path, json=body, headers={"X-CSRF-Token": csrf}))

    def send_link_code(self, token: str) -> Any:
        return objects(answer_of(self._public.post(f"/api/portal/{token}/code")))

    def open_link(self, token: str, code: str) -> LinkKey:
        opened = answer_of(self._public.post(f"/api/portal/{token}/open", json={"code": code}))
        self._links[opened["key"]] = token
        return LinkKey(opened["key"], parse_iso(opened["until"]))

    def portal(self, key: str) -> Any:
        answer_of(self._public.get(f"/api/portal/{self._links[key]}", headers={"X-Portal-Key": key}))
        return self._chain.portal(key)

    def portal_take(self, key: str, code: str, values: dict[str, Any] | None = None) -> Any:
        path, shown = f"/api/portal/{self._links[key]}/steps/{code}", {"X-Portal-Key": key}
        return objects(answer_of(self._public.post(path, json={"values": values or {}}, headers=shown)))

    def sms_callback(self, body: bytes, signature: str) -> Any:
        return answer_of(self._public.post("/api/sms/callback", content=body, headers={HEADER: signature}))

    def payment_callback(self, body: bytes, signature: str) -> Any:
        return answer_of(self._public.post("/api/payments/callback", content=body, headers={HEADER: signature}))

    def _kind(self, owner: str) -> str:
        with self._chain.engine.database.read() as session:
            return "alerts" if session.get(CaseRow, owner) is None else "cases"

    def _person(self, actor: Actor) -> tuple[TestClient, str]:
        """A browser in which `actor` is signed in; made when first needed. A person keeps the id in every role."""
        if actor not in self._people:
            self._people = {one: signed for one, signed in self._people.items() if one.id != actor.id}
            client = TestClient(self._app)
            self._people[actor] = client, self._signed_in(actor, client)
        return self._people[actor]

    def _signed_in(self, actor: Actor, client: TestClient) -> str:
        """Sign in by password once a process; worlds made later take over account and session. The CSRF token."""
        database, clock = self._chain.engine.database, self._chain.engine.clock
        key = (actor.id, tuple(sorted(actor.roles)))
        with database.session() as session:
            there = session.get(UserRow, actor.id)
            if there is not None:
                set_user(session, actor.id, roles=key[1], admin=False, active=True)
            elif key in _ACCOUNTS:
                user, opened, cookie, csrf = _ACCOUNTS[key]
                session.merge(UserRow(**user))
                session.flush()
                session.add(SessionRow(**opened))
                client.cookies.set(SESSION_COOKIE, cookie)
                return csrf
            else:
                add_user(session, clock, actor.id, actor.name, PASSWORD, key[1], user_id=actor.id)
        csrf = str(answer_of(client.post("/api/session", json={"user": actor.id, "password": PASSWORD}))["csrf"])
        cookie = client.cookies[SESSION_COOKIE]
        if there is None:
            with database.read() as session:
                user = session.get_one(UserRow, actor.id)
                opened = session.scalars(select(SessionRow).where(SessionRow.user_id == actor.id)).first()
                _ACCOUNTS[key] = values_of(user), values_of(opened), cookie, csrf
        return csrf


_ACCOUNTS: dict[Any, tuple[dict[str, Any], dict[str, Any], str, str]] = {}


def values_of(row: Any) -> dict[str, Any]:
    """The columns of a row by the names of its class."""
    return {name: getattr(row, name) for name in list(row.__mapper__.column_attrs.keys())}


def answer_of(answer: Any) -> Any:
    """The JSON of an answer; a refusal is raised again as what it was."""
    data = answer.json()
    if answer.is_success:
        return data
    kind = Refused if answer.status_code == 409 else BadInput
    raise kind(data["code"], data["message"])


def objects(data: Any) -> Any:
    """JSON as objects with attributes, so that a test reads the same on both sides of HTTP."""
    if isinstance(data, dict) and "owner_id" in data:  # an outcome: its body stays a mapping
        return SimpleNamespace(**data)
    if isinstance(data, dict):
        return SimpleNamespace(**{key: objects(value) for key, value in data.items()})
    return [objects(value) for value in data] if isinstance(data, list) else data


def http_world(folder: Path, profile: str = "demo") -> World:
    """A world behind the console."""
    return behind_console(make_world(folder, profile), folder)


def behind_console(world: World, folder: Path) -> World:
    """The world with a console of its own before it; `folder` holds the evidence store."""
    services = Services(
        chain=world.chain,
        database=world.database,
        clock=world.clock,
        bus=InProcessBus(),
        evidence=EvidenceStore.open(folder / "evidence"),
        street=load_street(STREET),
        custody=CustodyBook(world.database, world.clock, b"c" * 32),
        verification=no_verification,
        settings=ConsoleSettings(organ="示范区城管局"),
        real_clock=FrozenClock(datetime(2026, 6, 1).astimezone()),
    )
    world.chain = HttpChain(world.chain, create_app(services))  # type: ignore[assignment]
    return world


def no_verification(package_id: str) -> Verification:
    raise BadInput("E_PACKAGE_UNKNOWN", f"{package_id} is not in this store")
