"""Sign-in, sign-out, the language switch and the way from the front door to one's own work."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.access import DESK_ROLES, LANGUAGE_COOKIE, SESSION_COOKIE, Parts, SignedIn, session_of
from console.i18n import LANGUAGES
from console.render import language_of, page
from console.services import Services
from console.users import OpenSession, sign_in, sign_out
from records import BadInput

router = APIRouter(include_in_schema=False)
YEAR_S = 365 * 86400


def give_cookie(answer: Response, parts: Services, session: OpenSession) -> None:
    """Hand the session's cookie over: its age counts in real seconds, whatever the domain's clock says."""
    answer.set_cookie(
        SESSION_COOKIE,
        session.cookie,
        max_age=round(parts.settings.session_hours * 3600),
        httponly=True,
        secure=parts.settings.secure_cookies,
        samesite="lax",
    )


def local_path(address: str) -> str:
    """`address` where it leads to a page of ours, else the front page (no open redirects)."""
    parts = urlsplit(address)
    ours = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address if ours else "/"


@router.get("/")
def front(session: Annotated[OpenSession | None, Depends(session_of)]) -> RedirectResponse:
    """To the work of whoever asks: operators to the wall, case workers to the desk."""
    if session is None:
        return RedirectResponse("/sign-in", 303)
    if session.user.roles & DESK_ROLES:
        return RedirectResponse("/desk", 303)
    return RedirectResponse("/wall" if session.user.roles or not session.user.admin else "/admin", 303)


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/") -> HTMLResponse:
    return page(request, "sign_in.html", problem="", login="", next=local_path(next))


@router.post("/sign-in")
def sign_in_form(
    request: Request,
    parts: Parts,
    login: Annotated[str, Form()],
    password: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    t = language_of(request)
    try:
        session = sign_in(parts.database, parts.real_clock, login, password, parts.settings.session_hours)
        problem = t("sign_in.wrong")
    except BadInput as locked:
        session, problem = None, f"{t('sign_in.locked')} ({locked.message})"
    if session is None:
        facts = {"problem": problem, "login": login, "next": local_path(next)}
        return page(request, "sign_in.html", status=401, **facts)
    answer = RedirectResponse(local_path(next), 303)
    give_cookie(answer, parts, session)
    return answer


@router.post("/sign-out")
def sign_out_form(parts: Parts, session: SignedIn) -> Response:
    sign_out(parts.database, session.cookie_sha256)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


@router.get("/language/{code}")
def switch_language(code: str, back: str = "/") -> Response:
    answer = RedirectResponse(local_path(back), 303)
    if code in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, code, max_age=YEAR_S, httponly=True, samesite="lax")
    return answer
