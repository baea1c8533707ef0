"""The web application: routes, live topics, security, and refusals as pages or JSON."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DataError, StatementError
from starlette.exceptions import HTTPException

from console import api, pages
from console.cameras import CameraBoard
from console.errors import NotFound, NotSignedIn, status_of
from console.evidence_view import MaskedCopies, Views
from console.live import LiveTopic
from console.pages.door import local_path
from console.render import STATIC, language_of, page, wants_page
from console.security import SAFE_METHODS, SecurityLayer, content_policy, tile_origin
from console.services import Services
from console.streets import PublishedStreet
from records import BadInput, NonsiteError
from streams import topics

if TYPE_CHECKING:
    from streams import Event

log = logging.getLogger(__name__)
_UNUSABLE = (UnicodeEncodeError, OverflowError)
_TOLD = ("subject", "id", "kind", "state", "step", "at", "package_id", "alert_id", "stage", "status")


class StaticFolder(StaticFiles):
    """Static files: addresses that carry a hash are kept for good, the rest is asked for again each time."""

    async def get_response(self, path: str, scope: Any) -> Response:
        answer = await super().get_response(path, scope)
        hashed = b"v=" in scope.get("query_string", b"") or path.endswith(".woff2")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if hashed else "no-cache"
        return answer


def create_app(services: Services) -> FastAPI:
    """The console over `services`; an ASGI application for any server."""
    app = FastAPI(
        title="nonsite",
        version=_version(),
        description="Leads, cases, evidence and documents of non-site enforcement.",
        docs_url=None,  # the stock page loads its scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,  # it would lead to whatever host the request names
        lifespan=_lifespan,
    )
    app.state.services = services
    app.state.live = {}
    app.state.cameras = CameraBoard()
    app.state.masked = MaskedCopies()
    app.state.views = Views()
    app.state.street = PublishedStreet(services.database, services.clock, services.street)
    for module in (*pages.MODULES, *api.MODULES):
        app.include_router(module.router)
    app.mount("/static", StaticFolder(directory=STATIC), name="static")
    app.add_exception_handler(NonsiteError, _refusal)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(RequestValidationError, _bad_request)
    for kind in (*_UNUSABLE, StatementError):
        app.add_exception_handler(kind, _unusable)
    app.add_exception_handler(Exception, _fault)
    policy = content_policy(tile_origin(services.settings.tile_url))
    app.add_middleware(SecurityLayer, policy=policy, upload_limit=services.settings.upload_limit_mb << 20)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    board: CameraBoard = app.state.cameras
    followed = (
        ("cases", topics.CASES, _told),
        ("evidence", topics.EVIDENCE, _told),
        ("cameras", topics.HEALTH, board.take),
    )
    for name, topic, tell in followed:
        live = LiveTopic(services.bus, topic, tell)
        await live.start()
        app.state.live[name] = live
    yield
    app.state.live.clear()


def _told(event: "Event") -> dict[str, Any]:
    """What a page may learn from an event: which record changed and how, never names, places or texts."""
    return {key: event.message[key] for key in _TOLD if event.message.get(key) is not None}


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, NonsiteError)
    if isinstance(error, NotSignedIn) and wants_page(request) and request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/sign-in?next={quote(_way_back(request))}", 303)
    if error.code == "E_CODE_NEEDED" and wants_page(request):  # a party whose key has ended: back to its door
        return RedirectResponse("/".join(request.url.path.split("/")[:3]), 303)
    answer = _answer(request, status_of(error), error)
    if isinstance(error, NotSignedIn) and request.headers.get("hx-request") == "true":
        answer.headers["HX-Redirect"] = f"/sign-in?next={quote(_way_back(request))}"
    return answer


def _way_back(request: Request) -> str:
    """The page that somebody whose session has ended goes on with: of a form or a part of a page, that page."""
    asked = request.url
    if request.method not in SAFE_METHODS or request.headers.get("hx-request") == "true":
        came_from = urlsplit(request.headers.get("referer", ""))
        if came_from.netloc != asked.netloc:
            return "/"
        return came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return asked.path + (f"?{asked.query}" if asked.query else "")


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 404 and request.method in SAFE_METHODS and path.endswith("/") and wants_page(request):
        return RedirectResponse(local_path(path.rstrip("/")), 303)
    if error.status_code == 404:
        return await _refusal(request, NotFound(f"page {request.url.path}"))
    return _answer(request, error.status_code, NonsiteError(f"E_HTTP_{error.status_code}", str(error.detail)))


async def _bad_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return _answer(request, 422, BadInput("E_REQUEST", f"{place}: {first['msg']}", "see /api/openapi.json"))


async def _unusable(request: Request, error: Exception) -> Response:
    """What no column can hold or no calendar reach: half a character, a zero byte, a number of thirty digits."""
    cause = getattr(error, "orig", error)
    if isinstance(error, StatementError) and not isinstance(error, DataError) and not isinstance(cause, _UNUSABLE):
        return await _fault(request, error)
    log.warning("%s %s: a value that cannot be used: %s", request.method, request.url.path, cause)
    problem = BadInput("E_VALUE", f"a value that cannot be used: {str(cause)[:200]}", "write it anew")
    return _answer(request, 400, problem)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    fault = NonsiteError("E_FAULT", "an error of the program; it is in its log", "tell the administrator")
    return _answer(request, 500, fault)


def _answer(request: Request, status: int, error: NonsiteError) -> Response:
    if not wants_page(request):
        return JSONResponse({"code": error.code, "message": error.message, "hint": error.hint}, status)
    t = language_of(request)
    facts = {"code": error.code, "text": t.problem(error)}
    if request.headers.get("hx-request") == "true":
        return page(request, "parts/problem.html", status=status, **facts)
    heading = t.maybe(f"problem.{status}", t("problem.other"))
    return page(request, "problem.html", status=status, heading=heading, **facts)


def _version() -> str:
    try:
        return version("nonsite")
    except PackageNotFoundError:
        return "0"
