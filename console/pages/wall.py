"""The command centre's wall: live alerts, the evidence of one, the map, and the steps open to whoever stands there."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from console.access import FormValues, OnWall, Parts
from console.actors import actor_of
from console.cameras import CameraBoard
from console.errors import status_of
from console.evidence_view import PackageView, package_view
from console.facts import card_picture, counts, group_of, groups, place_of, today_start
from console.render import language_of, page
from console.services import Services
from console.steps import Message, refused, taken
from console.users import User
from notify import MAY_LIFT, LeadView
from records import BadInput, NonsiteError

router = APIRouter(prefix="/wall", include_in_schema=False)


@router.get("")
def wall(request: Request, parts: Parts, session: OnWall, lead: str = "") -> HTMLResponse:
    shown = groups(parts)
    known = {one.id: one for many in shown.values() for one in many}
    first = lead if lead in known else next((one.id for one in shown["waiting"]), "")
    facts = _stage(parts, session.user, parts.chain.lead(first)) if first else {"chosen": None}
    return page(
        request,
        "wall.html",
        groups=shown,
        counts=counts(parts),
        cameras=_board(request).wrong(),
        **_silences(parts, session.user),
        cameras_after=request.app.state.live["cameras"].position,
        after=request.app.state.live["cases"].position,
        zone=str(parts.street.timezone),
        **_helpers(parts),
        **facts,
    )


@router.get("/counts")
def counts_strip(request: Request, parts: Parts, session: OnWall) -> HTMLResponse:
    return page(request, "wall_counts.html", counts=counts(parts))


@router.get("/cameras")
def cameras(request: Request, session: OnWall) -> HTMLResponse:
    """The cameras that something is wrong with."""
    return page(request, "wall_cameras.html", cameras=_board(request).wrong())


@router.get("/silences")
def silences(request: Request, parts: Parts, session: OnWall) -> HTMLResponse:
    """The places where a camera is silent because somebody found it wrong there."""
    return page(request, "wall_silences.html", **_silences(parts, session.user))


@router.post("/silences/{suppression_id}/lift")
def lift(request: Request, suppression_id: str, parts: Parts, session: OnWall, values: FormValues) -> HTMLResponse:
    """End one before its time; the list as it is then, whoever was faster."""
    with suppress(BadInput):  # it has ended already
        parts.chain.lift_suppression(actor_of(session.user), suppression_id)
    return page(request, "wall_silences.html", **_silences(parts, session.user))


@router.get("/leads/{lead_id}/card")
def card(request: Request, lead_id: str, parts: Parts, session: OnWall) -> Response:
    """One card, or 204 where the lead does not belong on the wall."""
    lead = parts.chain.lead(lead_id)
    group = group_of(lead, today_start(parts))
    if group is None:
        return Response(status_code=204)
    return page(request, "wall_card.html", lead=lead, group=group, **_helpers(parts))


@router.get("/leads/{lead_id}")
def stage(request: Request, lead_id: str, parts: Parts, session: OnWall) -> HTMLResponse:
    lead = parts.chain.lead(lead_id)
    return page(request, "wall_stage.html", **_helpers(parts), **_stage(parts, session.user, lead))


@router.post("/leads/{lead_id}/steps/{code}")
def take(request: Request, lead_id: str, code: str, parts: Parts, session: OnWall, values: FormValues) -> HTMLResponse:
    """Take a step and show the alert as it is now, or why not."""
    t, status, headers = language_of(request), 200, {}
    try:
        parts.chain.take(actor_of(session.user), lead_id, code, values)
        lead = parts.chain.lead(lead_id)
        message, headers = taken(t, lead), {"HX-Trigger": "nonsite:taken"}
    except NonsiteError as error:
        lead = parts.chain.lead(lead_id)
        message, status = refused(t, error), status_of(error)
    facts = _stage(parts, session.user, lead, message)
    answer = page(request, "wall_stage.html", status=status, **_helpers(parts), **facts)
    answer.headers.update(headers)
    return answer


def _stage(parts: Services, user: User, lead: LeadView, message: Message | None = None) -> dict[str, Any]:
    return {
        "chosen": lead,
        "package": _newest_package(parts, lead),
        "offers": parts.chain.steps(actor_of(user), lead.id),
        "message": message,
    }


def _silences(parts: Services, user: User) -> dict[str, Any]:
    return {"silences": parts.chain.suppressions(), "may_lift": actor_of(user).has(MAY_LIFT)}


def _newest_package(parts: Services, lead: LeadView) -> PackageView | None:
    for one in sorted(lead.packages, key=lambda package: package.sealed_at, reverse=True):
        try:
            return package_view(parts, one.package_id)
        except NonsiteError:
            continue  # sealed elsewhere and not yet here
    return None


def _board(request: Request) -> CameraBoard:
    board: CameraBoard = request.app.state.cameras
    return board


def _helpers(parts: Services) -> dict[str, Any]:
    return {"place_of": place_of, "picture_of": lambda lead: card_picture(parts, lead)}
