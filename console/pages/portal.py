"""The party's own matter: evidence, papers, terms, what it may do, what it owes. Opened by a signed link and the code
on the party's telephone, no account.

The link's token is in every address here and known to nobody else, so it is also what shows that a form is the party's.
Before its code a link shows the organ and the last four digits of the number that the code goes to, nothing more.
"""

import io
from dataclasses import dataclass
from typing import Annotated

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.access import FormValues, Parts
from console.api.portal import Key, cookie_of, given_key, masked_file, own_document
from console.errors import NotFound, status_of
from console.evidence_view import PackageView, package_view
from console.progress import way
from console.render import language_of, page
from console.services import Services
from console.steps import Message, refilled, refused
from notify import PartyView
from records import NonsiteError, Refused

router = APIRouter(prefix="/portal/{token}", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class NowCard:
    """The one thing that matters to the party now; `look` colours it."""

    name: str
    look: str


_NOW = {
    "A5": NowCard("correct", "pay"),
    "A6": NowCard("rechecking", ""),
    "A7": NowCard("corrected", "good"),
    "B5": NowCard("answer", "pay"),
    "B10": NowCard("decided", "pay"),
    "B10N": NowCard("no_penalty", "good"),
    **dict.fromkeys(("B12", "B16", "B17"), NowCard("settled", "good")),
    **dict.fromkeys(("A8", "A9", "A10", "NOT_FILED", "TERMINATED", "REVOKED", "B10X"), NowCard("ended", "good")),
}


def now_card(view: PartyView) -> NowCard:
    """What to tell first: something to pay, to correct, to answer, or that the organ is at work."""
    if view.payment and view.payment.balance_fen > 0 and view.state in ("B11", "B12D", "B13", "B14", "B15"):
        return NowCard("pay", "pay")
    return _NOW.get(view.state, NowCard("handling", ""))


@router.get("")
def matter(request: Request, token: str, parts: Parts, done: str = "") -> HTMLResponse:
    t = language_of(request)
    try:
        key = parts.chain.link_key(token, given_key(request, token))
    except Refused as error:
        if error.code != "E_CODE_NEEDED":
            raise
        message = Message("bad", t("door.ended")) if given_key(request, token) else None
        return _door(request, token, parts, message)
    said = {"step": "portal.taken", "paid": "portal.payment_sent"}.get(done)
    return _show(request, token, key, parts, Message("ok", t(said)) if said else None)


@router.post("/code")
def send_code(request: Request, token: str, parts: Parts) -> HTMLResponse:
    try:
        parts.chain.send_link_code(token)
    except NonsiteError as error:
        return _door_refused(request, token, parts, error)
    return _door(request, token, parts, Message("ok", language_of(request)("door.sent")))


@router.post("/open")
def open_link(request: Request, token: str, parts: Parts, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    try:
        opened = parts.chain.open_link(token, code)
    except NonsiteError as error:
        return _door_refused(request, token, parts, error)
    answer = RedirectResponse(f"/portal/{token}", 303)
    secure = parts.settings.secure_cookies
    answer.set_cookie(
        cookie_of(token), opened.key, path=f"/portal/{token}", httponly=True, secure=secure, samesite="lax"
    )
    return answer


@router.post("/steps/{code}")
def take(request: Request, token: str, key: Key, code: str, parts: Parts, values: FormValues) -> Response:
    try:
        parts.chain.portal_take(key, code, values)
    except NonsiteError as error:
        if error.code == "E_LINK":
            raise
        message = refused(language_of(request), error)
        return _show(request, token, key, parts, message, (code, values), status_of(error))
    return RedirectResponse(f"/portal/{token}?done=step", 303)


@router.post("/pay")
def pay(token: str, key: Key, parts: Parts) -> Response:
    """Pay what is owed at the collecting agent; the case moves on when the agent has told of it."""
    view = parts.chain.portal(key)
    if parts.pay is None:
        raise Refused("E_NO_PAYMENT_WAY", "online payment is not connected", "pay with the payment code")
    if view.payment is None or view.payment.balance_fen <= 0:
        raise Refused("E_NOTHING_OWED", "nothing is owed", "")
    parts.pay(view.payment.code, view.payment.balance_fen)
    return RedirectResponse(f"/portal/{token}?done=paid", 303)


@router.get("/pay.svg")
def payment_code(key: Key, parts: Parts) -> Response:
    """The payment code as a QR picture."""
    view = parts.chain.portal(key)
    if view.payment is None:
        raise NotFound("payment")
    picture = io.BytesIO()
    segno.make(view.payment.code, error="m").save(picture, kind="svg", scale=4, border=1)
    return Response(picture.getvalue(), media_type="image/svg+xml")


@router.get("/evidence/{package_id}/files/{name:path}")
def file(request: Request, key: Key, package_id: str, name: str, parts: Parts) -> Response:
    return masked_file(request, parts, key, package_id, name)


@router.get("/documents/{document_id}.pdf")
def document(key: Key, document_id: str, parts: Parts) -> Response:
    return own_document(parts, key, document_id)


def _door_refused(request: Request, token: str, parts: Services, error: NonsiteError) -> HTMLResponse:
    if error.code == "E_LINK":
        raise error
    return _door(request, token, parts, refused(language_of(request), error), status_of(error))


def _door(
    request: Request, token: str, parts: Services, message: Message | None = None, status: int = 200
) -> HTMLResponse:
    """The page that asks for the code."""
    door = parts.chain.link_door(token)
    answer = page(request, "portal_door.html", status=status, door=door, base=f"/portal/{token}", message=message)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _show(
    request: Request,
    token: str,
    key: str,
    parts: Services,
    message: Message | None = None,
    filled: tuple[str, dict[str, object]] | None = None,
    status: int = 200,
) -> HTMLResponse:
    view = parts.chain.portal(key)
    offers = parts.chain.portal_steps(key)
    answer = page(
        request,
        "portal.html",
        status=status,
        view=view,
        base=f"/portal/{token}",
        offers=refilled(offers, *filled) if filled else offers,
        opened_step=filled[0] if filled else "",
        packages=_packages(parts, view),
        now_card=now_card(view),
        way=way(view.state),
        message=message,
        can_pay=parts.pay is not None,
    )
    answer.headers["Referrer-Policy"] = "no-referrer"  # the address is half of the key
    return answer


def _packages(parts: Services, view: PartyView) -> list[PackageView]:
    found = []
    for one in view.packages:
        try:
            found.append(package_view(parts, one.package_id))
        except NonsiteError:
            continue  # sealed elsewhere and not yet here
    return found
