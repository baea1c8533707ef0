"""A sandbox gateway for payments and text messages, as a program of its own.

`python -m notify.gateway --port P --secret-file F [--clock FILE]` stands in for the non-tax payment platform and the
operator's SMS gateway where neither can be had: it takes orders and messages, lets a party pay and read, and calls back
signed, again and again until it is heard. It keeps nothing: a restart forgets. Telephone numbers that end in 0000
cannot be delivered to, so that a failed notice can be tried.
"""

import argparse
import json
import secrets
import sys
import threading
import time
from collections import deque
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from notify.signing import HEADER, sign, verify
from records import Clock, Refused, iso, open_clock, parse_iso, uuid7

LATER = (401, 403, 408, 409, 425, 429)
RETRY_S = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Body):
    """What a party owes, under the code on the payment notice; amounts in fen."""

    order_id: str
    code: str = Field(pattern=r"^[A-Za-z0-9-]{6,40}$")
    amount_fen: int = Field(gt=0)
    title: str
    payer: str
    due_on: date
    callback: str


class Pay(_Body):
    """A party paying at a bank or on a telephone."""

    amount_fen: int = Field(gt=0)
    channel: str = "sandbox"


class Message(_Body):
    """A text message to a party."""

    message_id: str
    phone: str
    text: str
    callback: str


class Refund(_Body):
    """Money that goes back to whoever paid an order."""

    refund_id: str
    code: str
    amount_fen: int = Field(gt=0)
    reason: str
    callback: str


class Caller:
    """Calls back in order, each until it is answered with 2xx; one thread, so nothing overtakes."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._secret, self._clock = secret, clock
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._more = threading.Condition()
        threading.Thread(target=self._run, name="callbacks", daemon=True).start()

    def tell(self, url: str, message: dict[str, Any]) -> None:
        with self._more:
            self._waiting.append((url, json.dumps(message, ensure_ascii=False).encode()))
            self._more.notify()

    def _run(self) -> None:
        with httpx.Client(timeout=10.0, trust_env=False) as client:
            while True:
                with self._more:
                    self._more.wait_for(lambda: bool(self._waiting))
                    url, body = self._waiting.popleft()
                self._until_heard(client, url, body)

    def _until_heard(self, client: httpx.Client, url: str, body: bytes) -> None:
        tries = 0
        while not self._heard(client, url, body):
            time.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
            tries += 1

    def _heard(self, client: httpx.Client, url: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", HEADER: sign(self._secret, body, self._clock.now())}
        try:
            answer = client.post(url, content=body, headers=headers)
        except httpx.TransportError as error:
            sys.stderr.write(f"gateway: {url}: {error}; trying again\n")
            return False
        if not answer.is_success:
            sys.stderr.write(f"gateway: {url}: HTTP {answer.status_code}; trying again\n")
        # What the receiver will never take is not sent for ever; a refused signature may only have been late.
        return answer.is_success or (400 <= answer.status_code < 500 and answer.status_code not in LATER)


class Books:
    """Orders, payments and messages as the gateway knows them; kept in memory only."""

    def __init__(self, secret: bytes, clock: Clock) -> None:
        self._clock, self._caller = clock, Caller(secret, clock)
        self._orders: dict[str, Order] = {}
        self._payments: dict[str, list[dict[str, Any]]] = {}
        self._messages: dict[str, dict[str, Any]] = {}
        self._refunds: dict[str, Refund] = {}

    def order(self, code: str) -> Order:
        if code not in self._orders:
            raise HTTPException(404, f"no order {code}")
        return self._orders[code]

    def place(self, order: Order) -> None:
        """Take an order; the same one again changes nothing."""
        if self._orders.setdefault(order.code, order) != order:
            raise HTTPException(409, f"order {order.code} exists with other contents")

    def cancel(self, code: str) -> None:
        """Take an order back; one that is gone already is gone. What was paid of it stays in the statement."""
        self._orders.pop(code, None)

    def refund(self, body: Refund) -> None:
        """Pay money back and tell of it; the same refund again changes nothing."""
        if body.refund_id in self._refunds:
            return
        paid = sum(one["amount_fen"] for one in self._payments.get(body.code, []))
        back = sum(one.amount_fen for one in self._refunds.values() if one.code == body.code)
        if body.amount_fen > paid - back:
            raise HTTPException(409, f"{paid - back} fen of {body.code} can be paid back")
        self._refunds[body.refund_id] = body
        reference = f"RF{secrets.token_hex(6).upper()}"
        self._caller.tell(body.callback, {"refund_id": body.refund_id, "reference": reference})

    def statement(self, day: date) -> str:
        """The payments of a UTC+8 day as the file that is reconciled with."""
        lines = ["txn_id,code,amount_yuan,paid_at,channel"]
        for code, payments in self._payments.items():
            for one in payments:
                if (parse_iso(one["paid_at"]) + timedelta(hours=8)).date() == day:
                    yuan = f"{one['amount_fen'] // 100}.{one['amount_fen'] % 100:02d}"
                    lines.append(f"{one['txn_id']},{code},{yuan},{one['paid_at']},{one['channel']}")
        return "\n".join(lines) + "\n"

    def shown(self, code: str) -> dict[str, Any]:
        """An order and what was paid of it."""
        order = self.order(code).model_dump(mode="json", exclude={"callback"})
        return {**order, "payments": self._payments.get(code, [])}

    def pay(self, code: str, body: Pay) -> dict[str, Any]:
        """Note a payment and tell of it."""
        owed, now = self.order(code), self._clock.now()
        txn = {"txn_id": f"TX{now:%Y%m%d}{secrets.token_hex(6).upper()}", "amount_fen": body.amount_fen}
        paid = {
            **txn,
            "paid_at": iso(now),
            "channel": body.channel,
            "receipt_number": f"E{secrets.randbelow(10**10):010d}",
        }
        self._payments.setdefault(code, []).append(paid)
        event = {"event_id": f"pay:{txn['txn_id']}", "order_id": owed.order_id, "code": code}
        self._caller.tell(owed.callback, {**event, **paid})
        return paid

    def send(self, body: Message) -> None:
        """Deliver a message (or not, to an empty number) and report; the same one again changes nothing."""
        if body.message_id in self._messages:
            return
        empty, at = body.phone.endswith("0000"), iso(self._clock.now())
        report = {"state": "failed", "reason": "空号"} if empty else {"state": "delivered", "reason": ""}
        self._messages[body.message_id] = {**body.model_dump(exclude={"callback"}), "at": at, **report}
        event = {"event_id": uuid7(self._clock), "message_id": body.message_id, "at": at}
        self._caller.tell(body.callback, {**event, **report})

    def messages_to(self, phone: str) -> list[dict[str, Any]]:
        return [message for message in self._messages.values() if message["phone"] == phone]


def create_gateway(secret: bytes, clock: Clock) -> FastAPI:
    """The gateway as an ASGI application; `secret` is shared with nonsite."""
    app = FastAPI(title="nonsite sandbox gateway", docs_url=None, redoc_url=None)
    books = Books(secret, clock)

    async def signed(request: Request) -> None:
        verify(secret, await request.body(), request.headers.get(HEADER), clock.now())

    @app.exception_handler(Refused)
    async def _refused(_request: Request, error: Refused) -> JSONResponse:
        return JSONResponse({"code": error.code, "message": error.message}, 403)

    @app.post("/orders", status_code=201)
    async def place(body: Order, request: Request) -> dict[str, str]:
        await signed(request)
        books.place(body)
        return {"code": body.code}

    @app.post("/orders/{code}/cancel")
    async def cancel(code: str, request: Request) -> dict[str, str]:
        await signed(request)
        books.cancel(code)
        return {"code": code}

    @app.get("/orders/{code}")
    def show(code: str) -> dict[str, Any]:
        return books.shown(code)

    @app.post("/orders/{code}/pay", status_code=201)
    def pay(code: str, body: Pay) -> dict[str, Any]:
        return books.pay(code, body)

    @app.post("/refunds", status_code=202)
    async def refund(body: Refund, request: Request) -> dict[str, str]:
        await signed(request)
        books.refund(body)
        return {"refund_id": body.refund_id}

    @app.get("/statement")
    def statement(day: date) -> PlainTextResponse:
        return PlainTextResponse(books.statement(day), media_type="text/csv; charset=utf-8")

    @app.post("/messages", status_code=202)
    async def send(body: Message, request: Request) -> dict[str, str]:
        await signed(request)
        books.send(body)
        return {"message_id": body.message_id}

    @app.get("/messages")
    def read(phone: Annotated[str, "the telephone whose messages are read"]) -> list[dict[str, Any]]:
        return books.messages_to(phone)

    return app


def main(arguments: list[str] | None = None) -> int:
    """Serve until ended; the line `ready` goes to standard output once the port is bound."""
    parser = argparse.ArgumentParser(prog="python -m notify.gateway", description=create_gateway.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--clock", help="shared clock file")
    options = parser.parse_args(arguments)
    try:
        secret = options.secret_file.read_bytes().strip()
    except OSError as error:
        sys.stderr.write(f"gateway: {options.secret_file}: {error.strerror}\n")
        return 2
    app = create_gateway(secret, open_clock(options.clock))
    print(f"ready on {options.host}:{options.port}", flush=True)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
