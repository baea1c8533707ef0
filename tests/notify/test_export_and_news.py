"""Events for city platforms, and news to staff that names nobody."""

from datetime import timedelta

import pytest

from notify import AppriseChannel, load_codes
from notify.tables_desk import StaffNewsRow
from records import BadInput, Refused
from tests.notify.people import CLERK, GOOD, OFFICER, OPER, SQUAD
from tests.notify.world import World


class Room:
    """A channel that keeps what it was told; `down` makes it unreachable."""

    def __init__(self, *roles: str) -> None:
        self.roles, self.told, self.down = frozenset(roles), [], False

    def tell(self, role: str, title: str, text: str) -> None:
        if self.down:
            raise OSError("channel down")
        self.told.append((role, text))


def with_room(world: World, *roles: str) -> Room:
    from dataclasses import replace

    room = Room(*roles)
    world.chain.engine.tools = replace(world.chain.engine.tools, staff=room)
    return room


def span(world: World):
    now = world.clock.now()
    return now - timedelta(days=1), now + timedelta(days=1)


def test_leads_leave_under_the_codes_of_the_platform_and_name_no_party(world):
    case = world.served()
    found = world.chain.export_events(load_codes("demo"), *(world.clock.now() - timedelta(days=30), world.clock.now()))
    (event,) = found["events"]
    assert event["event_code"] == "DEMO-05-02" and event["case_number"] == world.chain.case(case).number
    assert event["state"] == "B11" and not event["closed"] and "13900000001" not in str(found)


def test_a_kind_without_a_code_is_refused_and_so_is_everything_with_it(world):
    world.identified()
    with pytest.raises(Refused, match="E_EVENT_UNMAPPED"):
        world.chain.export_events(load_codes("gb30428"), *span(world))
    with pytest.raises(BadInput, match="E_EVENT_CODES"):
        load_codes("none")


def test_alerts_that_nobody_confirmed_are_not_exported(world):
    world.seal(world.alert())
    assert world.chain.export_events(load_codes("demo"), *span(world))["events"] == []


def test_the_people_of_a_role_hear_of_what_waits_for_them_by_number_only(world):
    room = with_room(world, "CLERK", "OFFICER", "SQUAD")
    lead = world.rechecked("still")
    world.take(OFFICER, lead, "file_propose", second_officer="officer2")
    case = world.take(SQUAD, lead, "file_approve").case_id
    world.chain.deliver()
    assert {role for role, _ in room.told} >= {"CLERK", "OFFICER"}
    said = " ".join(text for _, text in room.told)
    assert world.chain.lead(lead).number in said and world.chain.case(case).number in said
    for private in ("示范面馆", "139", "示范路8号", "92310115"):
        assert private not in said


def test_news_wait_while_a_channel_is_down_and_leave_once(world):
    room = with_room(world, "CLERK")
    room.down = True
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.chain.deliver()
    room.down = False
    world.chain.deliver()
    world.chain.deliver()
    assert len(room.told) == 1
    with world.database.read() as session:
        (row,) = session.query(StaffNewsRow)
        assert row.attempts == 2 and row.sent_at is not None


def test_without_channels_nothing_is_queued_and_a_refused_step_tells_nobody(world):
    room = with_room(world, "CLERK")
    lead = world.alert()
    with pytest.raises(Refused):
        world.take(CLERK, lead, "review", **GOOD)
    world.chain.deliver()
    assert room.told == []


def test_apprise_sends_to_a_webhook_and_never_shows_its_address(world):
    pytest.importorskip("apprise", reason="the extra nonsite[staff] is not installed")
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        channel = AppriseChannel({"CLERK": [f"json://127.0.0.1:{server.server_port}/hook"]})
        channel.tell("CLERK", "nonsite", "XS2026-000001 待研判")
    finally:
        server.shutdown()
        server.server_close()
    assert heard[0]["message"] == "XS2026-000001 待研判"
    with pytest.raises(BadInput) as refusal:
        AppriseChannel({"CLERK": ["nonsense-secret"]})
    assert "nonsense-secret" not in str(refusal.value)
    with pytest.raises(OSError):
        channel.tell("CLERK", "nonsite", "nobody listens any more")
