import json
import queue
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fastapi.testclient import TestClient

from notify.gateway import create_gateway
from notify.signing import HEADER, sign, verify
from records import FrozenClock, Refused

SECRET = b"a shared secret"
NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
ORDER = {"order_id": "o-1", "code": "PAY-000001", "amount_fen": 20000, "title": "罚款", "payer": "某店"}


@pytest.fixture
def receiver():
    """A console that hears the second time only, and keeps what it heard with its signature."""
    heard = queue.Queue()
    calls = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append(body)
            self.send_response(503 if len(calls) == 1 else 204)
            self.end_headers()
            if len(calls) > 1:
                heard.put((body, self.headers[HEADER]))

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/callback", heard, calls
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway():
    return TestClient(create_gateway(SECRET, FrozenClock(NOW)))


def post(gateway, path, document):
    body = json.dumps(document).encode()
    return gateway.post(
        path, content=body, headers={HEADER: sign(SECRET, body, NOW), "Content-Type": "application/json"}
    )


def test_a_payment_is_called_back_signed_and_until_it_is_heard(gateway, receiver):
    url, heard, calls = receiver
    assert post(gateway, "/orders", {**ORDER, "due_on": "2026-05-21", "callback": url}).status_code == 201
    paid = gateway.post("/orders/PAY-000001/pay", json={"amount_fen": 20000}).json()
    body, header = heard.get(timeout=20)
    verify(SECRET, body, header, NOW)
    event = json.loads(body)
    assert (event["txn_id"], event["order_id"], event["amount_fen"]) == (paid["txn_id"], "o-1", 20000)
    assert calls[0] == calls[1], "the retry tells the same event"


def test_an_order_placed_twice_is_one_and_with_other_contents_refused(gateway):
    first = {**ORDER, "due_on": "2026-05-21", "callback": "http://127.0.0.1:9/"}
    assert post(gateway, "/orders", first).status_code == 201
    assert post(gateway, "/orders", first).status_code == 201
    assert post(gateway, "/orders", {**first, "amount_fen": 1}).status_code == 409


def test_an_unsigned_order_is_refused(gateway):
    answer = gateway.post("/orders", json={**ORDER, "due_on": "2026-05-21", "callback": "http://127.0.0.1:9/"})
    assert (answer.status_code, answer.json()["code"]) == (403, "E_SIGNATURE")


@pytest.mark.parametrize(("phone", "state"), [("13800000001", "delivered"), ("13800000000", "failed")])
def test_a_message_is_reported_and_can_be_read_by_the_party(gateway, receiver, phone, state):
    url, heard, _ = receiver
    post(gateway, "/messages", {"message_id": "m-1", "phone": phone, "text": "请整改", "callback": url})
    assert json.loads(heard.get(timeout=20)[0])["state"] == state
    assert [m["text"] for m in gateway.get("/messages", params={"phone": phone}).json()] == ["请整改"]


@pytest.mark.parametrize(
    ("secret", "body", "late_s"), [(b"another", b"x", 0), (SECRET, b"y", 0), (SECRET, b"x", 301), (b"", b"x", 0)]
)
def test_a_foreign_an_altered_and_an_old_signature_are_refused(secret, body, late_s):
    header = sign(SECRET, b"x", NOW)
    with pytest.raises(Refused, match="E_SIGNATURE"):
        verify(secret, body, header, NOW + timedelta(seconds=late_s))
