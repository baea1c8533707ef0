"""Live updates over real HTTP: told as they happen, replayed after a break, never lost silently, nothing personal."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from console.live import LiveTopic
from streams import InProcessBus
from tests.console.conftest import PASSWORD, Hub

TOPIC = "nonsite.cases"


@pytest.fixture
def served(hub: Hub) -> Iterator[httpx.Client]:
    """A clerk at a real server."""
    server = uvicorn.Server(uvicorn.Config(hub.base.app, port=0, log_level="warning", lifespan="off"))
    ready = threading.Event()

    async def run() -> None:
        async with hub.base.app.router.lifespan_context(hub.base.app):
            task = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            ready.set()
            await task

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(20)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
        assert client.post("/api/session", json={"user": "clerk", "password": PASSWORD}).status_code == 200
        yield client
    server.should_exit = True
    server.force_exit = True
    thread.join(10)


def tell(bus: InProcessBus, number: int, **more: Any) -> None:
    message = {"event_id": f"e{number}", "id": f"lead-{number}", "subject": "lead", "state": "A1", **more}
    bus.publish(TOPIC, f"lead-{number}", message)


def heard(client: httpx.Client, count: int, headers: dict[str, str] | None = None, query: str = "") -> list[Any]:
    """The first `count` events of a connection as (id, event name, data)."""
    found: list[Any] = []
    fields: dict[str, str] = {}
    with client.stream("GET", f"/api/events{query}", headers=headers) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                found.append((fields["id"], fields.get("event", "message"), json.loads(fields["data"])))
                fields = {}
                if len(found) == count:
                    return found
            else:
                fields = {}
    return found


def test_what_came_after_the_last_event_id_is_replayed(hub: Hub, served: httpx.Client) -> None:
    start = position(served)
    for number in range(4):
        tell(hub.bus, number)
    first = heard(served, 4, query=f"?after={start}")
    assert [data["id"] for _, _, data in first] == ["lead-0", "lead-1", "lead-2", "lead-3"]
    again = heard(served, 2, {"Last-Event-ID": first[1][0]})
    assert [data["id"] for _, _, data in again] == ["lead-2", "lead-3"]


def position(client: httpx.Client) -> str:
    """Where a page that is loaded now goes on."""
    page = client.get("/desk", headers={"Accept": "text/html"}).text
    return page.split('data-after="')[1].split('"')[0]


def test_a_page_that_was_loaded_before_the_first_event_misses_none(hub: Hub, served: httpx.Client) -> None:
    start = position(served)
    tell(hub.bus, 7)
    assert [data["id"] for _, _, data in heard(served, 1, query=f"?after={start}")] == ["lead-7"]


def test_a_place_of_another_run_is_answered_with_reset(hub: Hub, served: httpx.Client) -> None:
    tell(hub.bus, 1)
    [(_, event, _)] = heard(served, 1, {"Last-Event-ID": "deadbeef-000000000001"})
    assert event == "reset"


def test_events_carry_no_names_places_or_texts(hub: Hub, served: httpx.Client) -> None:
    start = position(served)
    tell(hub.bus, 1, name="张三", address="示范路8号", note="电话 139")
    [(_, _, data)] = heard(served, 1, query=f"?after={start}")
    assert data == {"subject": "lead", "id": "lead-1", "state": "A1"}


def test_a_stranger_hears_nothing(hub: Hub, served: httpx.Client) -> None:
    with httpx.Client(base_url=served.base_url, timeout=20, trust_env=False) as stranger:
        assert stranger.get("/api/events").status_code == 401


async def _lagging() -> tuple[str, list[str]]:
    """One connection reads an event, sleeps through more events than are kept, and reads on until it is ended."""
    bus = InProcessBus(history=5000)
    live = LiveTopic(bus, TOPIC, lambda event: {"id": event.message["id"]})
    await live.start()

    async def welcome() -> bool:
        return True

    stream = live.listen(live.position, welcome)
    assert await anext(stream) == "retry: 2000\n\n"
    tell(bus, 0)
    first = await anext(stream)
    for number in range(1, 1500):
        tell(bus, number)
    last = bus.since(TOPIC, None)[-1].id
    while not live.position.endswith(last):
        await asyncio.sleep(0.01)
    return first, [frame async for frame in stream]


def test_a_connection_that_lags_behind_what_is_kept_is_ended_not_skipped() -> None:
    first, after = asyncio.run(_lagging())
    assert '"id":"lead-0"' in first
    assert after == [], "no frame after a hole: the browser comes back and is told to load afresh"


async def _expired() -> list[str]:
    bus = InProcessBus()
    live = LiveTopic(bus, TOPIC, lambda event: {"id": event.message["id"]}, heartbeat_s=0.01)
    await live.start()

    async def unwelcome() -> bool:
        return False

    return [frame async for frame in live.listen(None, unwelcome)]


def test_a_connection_ends_with_its_session() -> None:
    assert asyncio.run(_expired()) == ["retry: 2000\n\n"]
