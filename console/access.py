"""Who asks, and may they: dependencies that routes declare."""

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from console.errors import Forbidden, NotSignedIn
from console.security import SAFE_METHODS
from console.services import Services
from console.users import OpenSession, find_session

SESSION_COOKIE = "nonsite_session"
LANGUAGE_COOKIE = "nonsite_language"
CSRF_HEADER = "x-csrf-token"

# Codes of notify.Role. Dissuasion and triage are the wall's work, legal evidence and decisions the desk's.
WALL_ROLES = frozenset({"OPER", "AUX", "CLERK", "OFFICER", "SQUAD", "HEAD", "SUPER"})
DESK_ROLES = frozenset({"CLERK", "OFFICER", "SQUAD", "LEGAL", "HEAD", "PANEL", "CHAIR", "SUPER", "PRIV"})
STAFF_ROLES = WALL_ROLES | DESK_ROLES


def services_of(request: Request) -> Services:
    """The services that this application was made with."""
    found: Services = request.app.state.services
    return found


Parts = Annotated[Services, Depends(services_of)]


def session_of(request: Request, parts: Parts) -> OpenSession | None:
    """The session that the request's cookie names, or None."""
    if not hasattr(request.state, "session"):
        cookie = request.cookies.get(SESSION_COOKIE)
        request.state.session = find_session(parts.database, parts.real_clock, cookie) if cookie else None
    found: OpenSession | None = request.state.session
    return found


async def signed_in(request: Request, session: Annotated[OpenSession | None, Depends(session_of)]) -> OpenSession:
    """The session; NotSignedIn where there is none.

    Every request that changes something must carry the session's token, in the header or in its form: Forbidden E_CSRF.
    """
    if session is None:
        raise NotSignedIn
    if request.method not in SAFE_METHODS:
        token = request.headers.get(CSRF_HEADER)
        if token is None and _is_form(request):
            token = str((await request.form()).get("csrf", ""))
        if not hmac.compare_digest((token or "").encode(), session.csrf.encode()):
            raise Forbidden("E_CSRF", "the request's token is not this session's", "load the page again")
    return session


SignedIn = Annotated[OpenSession, Depends(signed_in)]


async def form_values(request: Request) -> dict[str, Any]:
    """The fields of a page's form without its token; a field that repeats becomes a list."""
    form = await request.form()
    return {name: (values if len(values := form.getlist(name)) > 1 else values[0]) for name in form if name != "csrf"}


FormValues = Annotated[dict[str, Any], Depends(form_values)]


def allow(roles: frozenset[str], *, admin: bool = False) -> Callable[[OpenSession], OpenSession]:
    """A dependency that lets only people with one of `roles` pass (or administrators, where `admin` says so)."""

    def check(session: SignedIn) -> OpenSession:
        if session.user.roles & roles or (admin and session.user.admin):
            return session
        raise Forbidden("E_ROLE", f"{session.user.login} has none of the roles {', '.join(sorted(roles)) or 'admin'}")

    return check


OnWall = Annotated[OpenSession, Depends(allow(WALL_ROLES))]
AtDesk = Annotated[OpenSession, Depends(allow(DESK_ROLES))]
Staff = Annotated[OpenSession, Depends(allow(STAFF_ROLES))]
Admin = Annotated[OpenSession, Depends(allow(frozenset(), admin=True))]


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "")
    return kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
