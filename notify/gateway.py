"""The sandbox gateway: text messages and the collecting bank as one small program of its own.

    python -m notify.gateway --port 8700 --secret-file FILE [--clock FILE]

The program asks it to send a message (`POST /messages`) or to collect an amount (`POST /orders`), signed. It calls back
signed: a delivery report for every message, a payment for every `POST /payments` that a payer makes. A callback that is
not taken is tried again. Payers and phones are played by whoever asks `GET /messages` and `POST /payments`: this is a
sandbox, it sends nothing to anybody. Numbers that end in 0000 cannot be reached.
"""

import argparse
import json
import socket
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notify.signing import HEADER, check, sign
from records import BadInput, Clock, NonsiteError, Refused, iso, open_clock, uuid7

UNREACHABLE = "0000"
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Book:
    """What the gateway knows, by the caller's own ids; a repeated call changes nothing."""

    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class SandboxGateway(ThreadingHTTPServer):
    """The HTTP server; every callback leaves on a thread of its own."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], secret: bytes, clock: Clock) -> None:
        super().__init__(address, _Handler)
        self.secret, self.clock, self.book = secret, clock, Book()
        self.stopping = threading.Event()

    def take_message(self, data: dict[str, Any]) -> dict[str, Any]:
        """Accept a message {message_id, phone, text, callback}."""
        _need(data, "message_id", "phone", "text", "callback")
        with self.book.lock:
            if data["message_id"] in self.book.messages:
                return {"accepted": data["message_id"], "repeated": True}
            self.book.messages[data["message_id"]] = {**data, "at": iso(self.clock.now())}
        good = not str(data["phone"]).endswith(UNREACHABLE)
        report = {"message_id": data["message_id"], "status": "delivered" if good else "failed"}
        if not good:
            report["reason"] = "the number cannot be reached"
        self._call_back(data["callback"], report)
        return {"accepted": data["message_id"], "repeated": False}

    def take_order(self, data: dict[str, Any]) -> dict[str, Any]:
        """Accept an order {order_id, code, amount_fen, payer, due_on, callback}."""
        _need(data, "order_id", "code", "amount_fen", "callback")
        with self.book.lock:
            self.book.orders[data["order_id"]] = data
        return {"accepted": data["order_id"]}

    def take_payment(self, data: dict[str, Any]) -> dict[str, Any]:
        """A payer pays {code, amount_fen}: the money is booked and told. With its own txn_id it can be repeated."""
        _need(data, "code", "amount_fen")
        amount = data["amount_fen"]
        if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
            raise BadInput("E_AMOUNT", f"amount_fen {amount!r}", "a whole number of fen above 0")
        with self.book.lock:
            order = next((one for one in self.book.orders.values() if one["code"] == data["code"]), None)
            if order is None:
                raise BadInput("E_NOT_FOUND", f"no order with code {data['code']}")
            txn_id = str(data.get("txn_id") or uuid7(self.clock))
            payment = self.book.payments.setdefault(
                txn_id,
                {
                    "txn_id": txn_id,
                    "order_id": order["order_id"],
                    "amount_fen": amount,
                    "paid_at": iso(self.clock.now()),
                    "channel": str(data.get("channel") or "bank"),
                },
            )
        self._call_back(order["callback"], payment)
        return payment

    def _call_back(self, url: str, document: dict[str, Any]) -> None:
        threading.Thread(target=self._tell, args=(url, document), daemon=True).start()

    def _tell(self, url: str, document: dict[str, Any]) -> None:
        """Call back until it is taken; a refusal for good (4xx) ends it."""
        for wait_s in (*RETRY_S, None):
            now = self.clock.now()
            body = json.dumps({"at": iso(now), **document}, ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json", HEADER: sign(self.secret, body, now)}
            request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - the caller's own address
            try:
                with urllib.request.urlopen(request, timeout=30):  # noqa: S310
                    return
            except urllib.error.HTTPError as error:
                failure: OSError = error
                if 400 <= error.code < 500 and error.code not in (401, 403, 408, 409, 429):
                    wait_s = None
            except OSError as error:
                failure = error
            if wait_s is None or self.stopping.wait(wait_s):
                print(f"gateway: {url} did not take {document}: {failure}", file=sys.stderr)
                return


class _Handler(BaseHTTPRequestHandler):
    server: SandboxGateway

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        book, query = self.server.book, parse_qs(parts.query)
        if parts.path == "/":
            self._answer(200, {"program": "nonsite sandbox gateway", "now": iso(self.server.clock.now())})
        elif parts.path == "/messages":
            phone = query.get("phone", [None])[0]
            with book.lock:
                found = [one for one in book.messages.values() if phone is None or one["phone"] == phone]
            self._answer(200, {"messages": found})
        elif parts.path == "/orders":
            with book.lock:
                self._answer(200, {"orders": list(book.orders.values())})
        elif parts.path == "/payments":  # the bank's list of the day, to compare books with
            with book.lock:
                self._answer(200, {"payments": list(book.payments.values())})
        else:
            self._answer(404, {"code": "E_NOT_FOUND"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        calls = {"/messages": self.server.take_message, "/orders": self.server.take_order}
        try:
            if self.path in calls:
                check(self.server.secret, body, self.headers.get(HEADER, ""), self.server.clock.now())
                self._answer(202, calls[self.path](json.loads(body)))
            elif self.path == "/payments":
                self._answer(201, self.server.take_payment(json.loads(body)))
            else:
                self._answer(404, {"code": "E_NOT_FOUND"})
        except ValueError:
            self._answer(400, {"code": "E_JSON", "message": "the body is not JSON"})
        except NonsiteError as error:
            status = 401 if isinstance(error, Refused) else 422
            self._answer(status, {"code": error.code, "message": error.message})

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: messages carry names and numbers."""


def _need(data: dict[str, Any], *names: str) -> None:
    missing = [name for name in names if not data.get(name)]
    if missing:
        raise BadInput("E_FIELD", f"missing {', '.join(missing)}")


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted. Exit status 2 for a taken port or a missing secret."""
    parser = argparse.ArgumentParser(prog="python -m notify.gateway", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--clock", default=None, help="a shared clock file; else the host's clock")
    given = parser.parse_args(arguments)
    try:
        secret = given.secret_file.read_bytes().strip()
        server = SandboxGateway((given.host, given.port), secret, open_clock(given.clock))
    except OSError as error:
        where = given.secret_file if not isinstance(error, socket.error) or error.filename else f"port {given.port}"
        print(f"{where}: {error.strerror}", file=sys.stderr)
        return 2
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        server.stopping.set()
    return 0


if __name__ == "__main__":
    sys.exit(main())
