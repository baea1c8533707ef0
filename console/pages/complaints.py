"""Complaints (诉件) on the screen: the queue, taking one in, and one with what was done and what may be done."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.access import FormValues, Parts, Staff
from console.actors import actor_of
from console.errors import status_of
from console.render import language_of, page
from console.services import Services
from console.steps import Message, refilled, refused
from detectors import Violation
from notify import Role
from records import NonsiteError, uuid7

router = APIRouter(prefix="/complaints", include_in_schema=False)
PAGE_ROWS = 25
STATES = ("open", "moved", "closed")
WORKERS = frozenset({Role.OPER, Role.CLERK, Role.OFFICER, Role.SQUAD})
_ASKED = ("source", "external_id", "text", "place", "kind", "unit")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the queue's form asks for; `state` empty means open ones, `all` means all."""

    text: str
    state: str
    hotspots: bool
    page: int

    def with_page(self, number: int) -> str:
        given = {"q": self.text, "state": self.state, "hotspots": "true" if self.hotspots else "", "page": str(number)}
        return f"/complaints?{urlencode({key: value for key, value in given.items() if value})}"


def asked(
    q: Annotated[str, Query(max_length=80)] = "",
    state: Annotated[str, Query(pattern="^(open|moved|closed|all)?$")] = "",
    hotspots: bool = False,
    page: Annotated[int, Query(ge=1, le=400)] = 1,
) -> Asked:
    return Asked(q.strip(), state, hotspots, page)


@router.get("")
def queue(request: Request, parts: Parts, session: Staff, query: Annotated[Asked, Depends(asked)]) -> HTMLResponse:
    return _queue(request, parts, session.user, query)


def _queue(
    request: Request,
    parts: Services,
    user: Any,
    query: Asked,
    message: Message | None = None,
    given: dict[str, Any] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The queue; `given`: what was filled in for a new one that was refused."""
    everything = query.state == "all" or (query.text and not query.state)
    wanted = None if everything else query.state or "open"
    offset = (query.page - 1) * PAGE_ROWS
    found = parts.chain.complaints(wanted, query.hotspots, PAGE_ROWS, offset, query.text)
    return page(
        request,
        "complaints.html",
        status=status,
        base="/complaints",
        query=query,
        items=found.items,
        total=f"{found.total}+" if found.more else found.total,
        pages=max(1, -(-found.total // PAGE_ROWS)),
        states=STATES,
        kinds=list(Violation),
        may_work=bool(user.roles & WORKERS),
        message=message,
        given=given or dict.fromkeys(_ASKED, ""),
        filling=given is not None,
        after=request.app.state.live["cases"].position,
    )


@router.post("")
def take(request: Request, parts: Parts, session: Staff, values: FormValues) -> Response:
    """Take one in by hand, as somebody at the desk or on the telephone tells it."""
    given = {name: str(values.get(name) or "").strip() for name in _ASKED}
    own = given["external_id"] or uuid7(parts.clock)  # told here, it has no number of another platform
    try:
        made = parts.chain.take_complaint(
            actor_of(session.user), {**{name: value or None for name, value in given.items()}, "external_id": own}
        )
    except NonsiteError as error:
        message = refused(language_of(request), error)
        return _queue(request, parts, session.user, Asked("", "", False, 1), message, given, status_of(error))
    return RedirectResponse(f"/complaints/{made.id}", 303)


@router.get("/{complaint_id}")
def record(request: Request, complaint_id: str, parts: Parts, session: Staff, done: str = "") -> HTMLResponse:
    t = language_of(request)
    message = Message("ok", t("complaint.taken")) if done else None
    return _record(request, parts, session.user, complaint_id, message)


@router.post("/{complaint_id}/steps/{code}")
def act(request: Request, complaint_id: str, code: str, parts: Parts, session: Staff, values: FormValues) -> Response:
    actor = actor_of(session.user)
    try:
        if code == "survey":
            answers = [str(values.get(name)) == "true" for name in ("result_satisfied", "attitude_satisfied")]
            parts.chain.survey(actor, complaint_id, *answers)
        else:
            parts.chain.complaint_action(actor, complaint_id, code, values)
    except NonsiteError as error:
        message = refused(language_of(request), error)
        return _record(request, parts, session.user, complaint_id, message, (code, values), status_of(error))
    return RedirectResponse(f"/complaints/{complaint_id}?done=1", 303)


def _record(
    request: Request,
    parts: Services,
    user: Any,
    complaint_id: str,
    message: Message | None = None,
    filled: tuple[str, dict[str, Any]] | None = None,
    status: int = 200,
) -> HTMLResponse:
    chain = parts.chain
    one = chain.complaint(complaint_id)
    offers = chain.complaint_steps(actor_of(user), complaint_id)
    return page(
        request,
        "complaint.html",
        status=status,
        base=f"/complaints/{complaint_id}",
        one=one,
        lead=chain.lead(one.lead_id) if one.lead_id else None,
        case=chain.case(one.case_id) if one.case_id else None,
        terms=sorted(chain.deadlines(complaint_id), key=lambda term: (term.state != "open", term.due)),
        offers=refilled(offers, *filled) if filled else offers,
        opened_step=filled[0] if filled else "",
        message=message,
    )
