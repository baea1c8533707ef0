"""Who may sign in, and as what."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.access import STAFF_ROLES, Admin, FormValues, Parts
from console.errors import status_of
from console.render import page
from console.users import add_user, set_password, set_user, users
from records import BadInput

router = APIRouter(prefix="/admin", include_in_schema=False)


def _show(request: Request, parts: Parts, problem: BadInput | None = None) -> HTMLResponse:
    with parts.database.read() as look:
        people = users(look)
    status = status_of(problem) if problem else 200
    return page(request, "admin.html", status=status, people=people, roles=sorted(STAFF_ROLES), problem=problem)


def _roles(values: dict[str, Any]) -> list[str]:
    given = values.get("roles", [])
    roles = [given] if isinstance(given, str) else [str(one) for one in given]
    if unknown := set(roles) - STAFF_ROLES:
        raise BadInput("E_ROLE_UNKNOWN", f"no role {', '.join(sorted(unknown))}", "choose from the list")
    return roles


@router.get("")
def people_page(request: Request, parts: Parts, session: Admin) -> HTMLResponse:
    return _show(request, parts)


@router.post("/users")
def create(request: Request, parts: Parts, session: Admin, values: FormValues) -> Response:
    try:
        with parts.database.session() as work:
            add_user(
                work,
                parts.real_clock,
                str(values.get("login", "")),
                str(values.get("name", "")),
                str(values.get("password", "")),
                _roles(values),
                user_id=str(values.get("user_id", "")).strip() or None,
                admin=values.get("admin") == "true",
            )
    except BadInput as problem:
        return _show(request, parts, problem)
    return RedirectResponse("/admin", 303)


@router.post("/users/{user_id}")
def change(request: Request, user_id: str, parts: Parts, session: Admin, values: FormValues) -> Response:
    """Roles, on or off, and a new password where one is given; nobody can lock himself out."""
    own = user_id == session.user.id
    try:
        with parts.database.session() as work:
            set_user(
                work,
                user_id,
                roles=_roles(values),
                admin=own or values.get("admin") == "true",
                active=own or values.get("active") == "true",
            )
            if password := str(values.get("password", "")):
                set_password(work, user_id, password)
    except BadInput as problem:
        return _show(request, parts, problem)
    return RedirectResponse("/admin", 303)
