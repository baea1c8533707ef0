"""What an attacker or a clumsy hand sends: refused in one line, told to nobody, lost by nobody."""

import asyncio
import dataclasses
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from console import create_app
from console.live import LiveTopic
from evidence import pack
from records import Database
from streams import InProcessBus, topics
from tests.console.conftest import ALERT, DATA, PASSWORD, Client, Hub
from tests.services.postgres import PostgresServer, Unavailable

FAR_ID = "ffffffff-ffff-7fff-bfff-ffffffffffff"


@pytest.mark.parametrize("file", ["data/photos/p1.jpg", "data/clip/clip.mp4"])
def test_an_operator_gets_no_unmasked_picture_whatever_purpose_is_named(hub: Hub, file: str) -> None:
    address = f"/api/evidence/{hub.kept.package_id}/files/{file}?unmasked=true&purpose=court"
    refused = hub.client("oper").get(address)
    assert refused.status_code == 403 and refused.json()["code"] == "E_ROLE"
    assert hub.services.custody.history(hub.kept.package_id) == []
    assert hub.client("clerk").get(address).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/cases?text=%C2%B2",
        "/api/alerts?since=9999-12-31T23:59:59-23:59",
        "/api/street/states?at=9999-12-31T23:59:59-23:59",
        "/api/public/disclosure?version=9999999999999999999999",
        "/api/street/drafts/9999999999999999999999",
        f"/api/evidence/{FAR_ID}",
        "/api/evidence/{package}/files/%00",
        f"/api/evidence/{{package}}/files/{'9' * 5000}",
    ],
)
def test_a_value_that_nothing_can_hold_is_a_bad_request(hub: Hub, path: str) -> None:
    answer = hub.client("clerk").get(path.format(package=hub.kept.package_id))
    assert answer.status_code in (200, 400, 404), answer.text


@pytest.mark.parametrize("given", [{"user": "\ud800"}, {"password": "\ud800"}])
def test_half_a_character_opens_no_door_and_breaks_none(hub: Hub, given: dict[str, str]) -> None:
    body = json.dumps({"user": "clerk", "password": "x", **given}).encode()
    answer = hub.visitor().http.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and answer.json()["code"] == "E_VALUE"


def test_a_range_of_a_thousand_digits_is_no_range(hub: Hub) -> None:
    headers = {"Range": f"bytes={'9' * 5000}-"}
    answer = hub.client("oper").get(f"/api/evidence/{hub.kept.package_id}/files/data/photos/p1.jpg", headers=headers)
    assert answer.status_code == 200


def test_a_signature_of_strange_letters_is_no_signature(hub: Hub) -> None:
    headers = {"X-Nonsite-Signature": "t=1,v1=é".encode("latin-1")}
    answer = hub.visitor().http.post("/api/payments/callback", content=b"{}", headers=headers)
    assert answer.status_code == 409 and answer.json()["code"] == "E_SIGNATURE"


def test_a_lock_does_not_tell_which_logins_there_are(hub: Hub) -> None:
    told = []
    for login in ("clerk", "nobody-of-this-name"):
        tries = [hub.visitor().http.post("/api/session", json={"user": login, "password": "guess"}) for _ in range(7)]
        told.append([(one.status_code, one.json()["code"]) for one in tries])
    assert told[0] == told[1]
    assert told[0][-1] == (400, "E_LOCKED")


def test_guesses_made_at_once_are_counted_like_those_made_one_after_the_other(hub: Hub) -> None:
    def guess(password: str) -> int:
        answer = hub.visitor().http.post("/api/session", json={"user": "clerk", "password": password})
        return int(answer.status_code)

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(guess, ["guess"] * 24))
    assert answers.count(401) <= 5, "the others found the account locked"


def test_cookies_go_over_tls_only_where_the_console_is_reached_over_tls(make_hub: Callable[..., Hub]) -> None:
    hub = make_hub(secure_cookies=True)
    answer = hub.visitor().http.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert "; secure" in answer.headers["set-cookie"].lower()


def test_whoever_signed_out_hears_no_more_even_while_much_is_told() -> None:
    bus = InProcessBus()
    heard: list[str] = []

    async def listen() -> None:
        live = LiveTopic(bus, topics.CASES, lambda event: {"n": event.message["n"]}, heartbeat_s=0.05)
        await live.start()

        async def signed_out() -> bool:
            return False

        frames: AsyncIterator[str] = live.listen(None, signed_out)

        async def follow() -> None:
            async for frame in frames:
                heard.append(frame)

        task = asyncio.create_task(follow())
        for number in range(100):
            bus.publish(topics.CASES, "lead", {"n": number})
            await asyncio.sleep(0.01)
            if task.done():
                return
        task.cancel()

    asyncio.run(listen())
    assert 0 < len(heard) < 60


def test_a_message_that_is_none_neither_stops_live_updates_nor_the_start_of_the_console(hub: Hub) -> None:
    bus, told = InProcessBus(), []
    bus.publish(topics.HEALTH, "cam-1", {"source_id": "cam-1"})

    def tell(event: Any) -> dict[str, Any]:
        return {"state": event.message["state"]}

    async def run() -> None:
        live = LiveTopic(bus, topics.HEALTH, tell)
        await live.start()
        bus.publish(topics.HEALTH, "cam-2", {"state": "moved"})
        for _ in range(200):
            if live._kept:
                break
            await asyncio.sleep(0.01)
        told.extend(live._kept)

    asyncio.run(run())
    assert len(told) == 1 and "moved" in told[0][1]


def expired(hub: Hub, login: str) -> Client:
    client = hub.client(login)
    hub.real_clock.advance(13 * 3600)
    return client


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(hub: Hub) -> None:
    hub.lead()
    clerk = expired(hub, "clerk")
    page = f"/desk/leads/{ALERT}"
    headers = {"Accept": "text/html", "Referer": f"http://testserver{page}"}
    answer = clerk.http.post(f"{page}/steps/review", data={"csrf": clerk.csrf}, headers=headers)
    assert answer.status_code == 303 and answer.headers["location"] == f"/sign-in?next={page}"
    headers["Referer"] = "http://elsewhere.invalid/x"
    answer = clerk.http.post(f"{page}/steps/review", data={"csrf": clerk.csrf}, headers=headers)
    assert answer.headers["location"] == "/sign-in?next=/"


def test_a_part_of_a_page_asked_for_after_the_session_ended_leads_to_the_door(hub: Hub) -> None:
    hub.lead()
    oper = expired(hub, "oper")
    headers = {"Accept": "text/html", "HX-Request": "true", "Referer": "http://testserver/wall?lead=x"}
    answer = oper.http.get(f"/wall/leads/{ALERT}", headers=headers)
    assert answer.status_code == 401 and answer.headers["hx-redirect"] == "/sign-in?next=/wall%3Flead%3Dx"
    assert "<html" not in answer.text


def packed(hub: Hub) -> bytes:
    stream = io.BytesIO()
    pack(hub.kept.store.path(hub.kept.package_id), stream)
    return stream.getvalue()


def test_a_machine_cannot_put_in_what_another_one_sealed(make_hub: Callable[..., Hub]) -> None:
    hub = make_hub(machine_tokens={"car-1": "car-token", "worker-1": "worker-token"}, own_store=True)
    address, data = f"/api/evidence/{hub.kept.package_id}", packed(hub)
    seal = {"X-Seal-SHA256": str(hub.kept.evidence_message["seal_sha256"])}
    answer = hub.visitor().http.put(address, content=data, headers={**seal, "Authorization": "Bearer car-token"})
    assert answer.status_code == 400 and "machine: expected car-1, found worker-1" in answer.json()["message"]
    assert list(hub.services.evidence.root.iterdir()) == []
    answer = hub.visitor().http.put(address, content=data, headers={**seal, "Authorization": "Bearer worker-token"})
    assert answer.json()["complete"]


@pytest.mark.parametrize("message", [b'{"lon": NaN}', b'{"lon": 1e999}', b'{"x": "\\ud800"}'])
def test_a_machines_message_that_the_bus_would_never_take_is_refused_at_the_door(
    make_hub: Callable[..., Hub], message: bytes
) -> None:
    hub = make_hub(machine_tokens={"car-1": "car-token"})
    body = b'{"topic": "nonsite.alerts", "key": "cell", "message": %s}' % message
    headers = {"Authorization": "Bearer car-token", "Content-Type": "application/json"}
    answer = hub.visitor().http.post("/api/machine/events", content=body, headers=headers)
    assert answer.status_code == 400 and answer.json()["code"] == "E_BUS_MESSAGE"
    hub.tell()


def bomb(use: str) -> str:
    """A few hundred bytes of YAML whose references stand for half a thousand million nodes."""
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    head = ["street: test-street", "crs: EPSG:4490", "l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1]", *levels]
    return "\n".join([*head, use])


def zip_with(flags: int, method: int) -> bytes:
    """A zip whose member is said to be encrypted (flag 1), or packed in a way that nobody knows."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.shp", b"x")
    data = bytearray(stream.getvalue())
    central = data.find(b"PK\x01\x02")
    for at in (6, central + 8):
        data[at] |= flags
    for at in (8, central + 10):
        data[at] = method
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("locked.zip", zip_with(1, 0)),
        ("odd.zip", zip_with(0, 97)),
        ("deep.json", b"[" * 100_000),
        ("deep.yaml", b"[" * 100_000),
        ("bomb.yaml", bomb("features: [{id: a, geometry: {type: Point, coordinates: *l8}}]").encode()),
        ("itself.yaml", b"features: &f [*f]"),
    ],
)
def test_a_street_file_that_would_take_the_program_down_is_refused(hub: Hub, name: str, content: bytes) -> None:
    squad = hub.client("squad")
    headers = {"X-CSRF-Token": squad.csrf}
    answer = squad.http.post("/api/street/try-file", files={"file": (name, content)}, headers=headers)
    assert answer.status_code == 400 and answer.json()["code"] == "E_STREET_FILE"


def test_a_street_file_with_references_is_read(hub: Hub) -> None:
    squad, text = hub.client("squad"), (DATA / "street.yaml").read_text("utf-8")
    text = text.replace("phase: enforce", "phase: &p enforce", 1).replace("phase: enforce", "phase: *p")
    headers = {"X-CSRF-Token": squad.csrf}
    answer = squad.http.post("/api/street/try-file", files={"file": ("street.yaml", text.encode())}, headers=headers)
    assert answer.json()["problems"] == [] and answer.json()["changes"] == []


def test_a_statement_with_a_field_of_no_end_is_refused(hub: Hub) -> None:
    clerk = hub.client("clerk")
    content = b"txn_id,code,amount_yuan,paid_at,channel\n" + b"x" * 200_000
    headers = {"X-CSRF-Token": clerk.csrf}
    answer = clerk.http.post("/api/payments/statements?day=2026-06-03", content=content, headers=headers)
    assert answer.status_code == 400 and answer.json()["code"] == "E_STATEMENT"


def test_an_address_with_a_stroke_too_many_leads_to_the_page_and_to_no_other_host(hub: Hub) -> None:
    answer = hub.client("clerk").http.get("/desk/", headers={"Accept": "text/html", "Host": "evil.invalid"})
    assert answer.status_code == 303 and answer.headers["location"] == "/desk"


@pytest.mark.service
def test_a_zero_byte_is_a_bad_request_on_postgresql_too(hub: Hub) -> None:
    try:
        server = PostgresServer()
    except Unavailable as why:
        pytest.skip(str(why))
    try:
        server.start()
        database = Database(server.create("zero"))
        database.upgrade()
        app = create_app(dataclasses.replace(hub.services, database=database))
        answer = TestClient(app).post("/api/session", json={"user": "\0", "password": "x"})
        assert answer.status_code == 400 and answer.json()["code"] == "E_VALUE"
        database.close()
    finally:
        server.close()
