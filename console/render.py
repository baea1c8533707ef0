"""From facts to pages: the template environment and what every page is given."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from console import formats
from console.access import DESK_ROLES, LANGUAGE_COOKIE, WALL_ROLES
from console.i18n import LANGUAGES, Words, words
from console.overlay import labels_of
from console.services import Services
from records import parse_iso

HERE = Path(__file__).parent
STATIC = HERE / "static"
_environment = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def asset(path: str) -> str:
    """The address of a static file, with its hash, so that browsers keep it until it changes."""
    data = (STATIC / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(data).hexdigest()[:10]}"


_environment.globals["asset"] = asset
_environment.globals["labels_of"] = lambda photo: labels_of(photo.boxes)


def language_of(request: Request) -> Words:
    """The words in which this request is answered: the switch's cookie, else the installation's language."""
    parts: Services = request.app.state.services
    return words(request.cookies.get(LANGUAGE_COOKIE, parts.settings.default_language))


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A template filled for this request: its language, its user, the street's clock, and `facts`."""
    parts: Services = request.app.state.services
    t = language_of(request)
    zone = parts.street.timezone
    session = getattr(request.state, "session", None)
    now = parts.clock.now()

    def local(when: datetime | None, shape: str = "%Y-%m-%d %H:%M:%S") -> str:
        return formats.local_time(when, zone, shape)

    user = session.user if session else None
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    text = _environment.get_template(template).render(
        t=t,
        languages=LANGUAGES,
        request=request,
        settings=parts.settings,
        user=user,
        csrf=session.csrf if session else "",
        may_wall=bool(user and user.roles & WALL_ROLES),
        may_desk=bool(user and user.roles & DESK_ROLES),
        now=now,
        here=asked if request.method == "GET" else facts.get("base", "/"),  # a form's address is no page
        local=local,
        duration=lambda seconds: formats.duration(seconds, t),
        remaining=lambda due: formats.remaining(due, now, t),
        share_used=lambda start, due: formats.share_used(start, due, now),
        money=formats.money,
        moment=parse_iso,
        law=lambda text: formats.law(text, t),
        **facts,
    )
    return HTMLResponse(text, status)


def wants_page(request: Request) -> bool:
    """Whether whoever asks is a person with a browser (an answer in HTML) rather than a program (JSON)."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
