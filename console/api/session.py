"""Sign-in for programs."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from console.access import SESSION_COOKIE, Parts, SignedIn
from console.errors import NotSignedIn
from console.pages.door import give_cookie
from console.users import OpenSession, sign_in, sign_out

router = APIRouter(prefix="/api", tags=["session"])


class Credentials(BaseModel):
    """Who wants in."""

    user: str = Field(description="Login name")
    password: str = Field(description="Password")


class SessionAnswer(BaseModel):
    """Who is in. Requests that change something send `csrf` as header X-CSRF-Token."""

    id: str
    user: str
    name: str
    roles: list[str]
    admin: bool
    csrf: str


def _answer(session: OpenSession) -> SessionAnswer:
    user = session.user
    return SessionAnswer(
        id=user.id, user=user.login, name=user.name, roles=sorted(user.roles), admin=user.admin, csrf=session.csrf
    )


@router.post("/session")
def open_session(given: Credentials, parts: Parts, response: Response) -> SessionAnswer:
    """Sign in; the answer sets the session's cookie."""
    session = sign_in(parts.database, parts.real_clock, given.user, given.password, parts.settings.session_hours)
    if session is None:
        raise NotSignedIn("E_CREDENTIALS", "wrong user or password", "check both")
    give_cookie(response, parts, session)
    return _answer(session)


@router.get("/session")
def current_session(session: SignedIn) -> SessionAnswer:
    """Who is signed in."""
    return _answer(session)


@router.delete("/session", status_code=204)
def close_session(parts: Parts, session: SignedIn) -> Response:
    """Sign out."""
    sign_out(parts.database, session.cookie_sha256)
    answer = Response(status_code=204)
    answer.delete_cookie(SESSION_COOKIE)
    return answer
