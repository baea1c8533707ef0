"""Changing the street: try a document or a file, propose it, publish or turn down what another proposed, calibrate."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, UploadFile
from pydantic import BaseModel, Field

from console.access import Parts, allow
from console.api.street import published
from console.calibrating import worked_out
from console.streets import preview, preview_file
from console.users import OpenSession
from geofence import (
    CoordSystem,
    Draft,
    difference,
    difference_geojson,
    draft_street,
    drafts,
    propose,
    publish_draft,
    reject_draft,
)
from records import BadInput, append

router = APIRouter(prefix="/api/street", tags=["street"])

PROPOSE_ROLES = frozenset({"CLERK", "OFFICER", "SQUAD"})
PUBLISH_ROLES = frozenset({"SQUAD", "HEAD"})
Proposer = Annotated[OpenSession, Depends(allow(PROPOSE_ROLES | PUBLISH_ROLES, admin=True))]
may_publish = allow(PUBLISH_ROLES, admin=True)
Publisher = Annotated[OpenSession, Depends(may_publish)]
AUDIT = "audit"


class DraftBody(BaseModel):
    """A whole street as it should become, and why."""

    document: dict[str, Any]
    note: str = Field(max_length=2000)


class ReasonBody(BaseModel):
    """Why a draft is turned down."""

    reason: str = Field(max_length=2000)


class PointBody(BaseModel):
    """A control point: pixel and place."""

    px: tuple[float, float]
    lonlat: tuple[float, float]


class CalibrationBody(BaseModel):
    """Control points as far as they are clicked."""

    camera_id: str = Field("", max_length=80)
    image_size: tuple[int, int]
    points: list[PointBody] = Field(max_length=60)
    system: CoordSystem = CoordSystem.CGCS2000
    distortion: bool = False


@router.post("/try")
def try_document(request: Request, session: Proposer, document: dict[str, Any]) -> dict[str, Any]:
    """A dry run: every fault of a document, or everything that it would change, drawn for the map. Nothing is kept."""
    return preview(published(request).now(), document).to_json()


@router.post("/try-file")
def try_file(
    request: Request, session: Proposer, file: UploadFile, system: CoordSystem | None = None
) -> dict[str, Any]:
    """The dry run of a file: GeoJSON, YAML, GeoPackage, or Shapefiles in a zip."""
    return preview_file(published(request).now(), file.filename or "", file.file, system).to_json()


@router.get("/drafts")
def open_drafts(request: Request, parts: Parts, session: Proposer) -> list[Draft]:
    """Drafts that wait for somebody else's eyes, newest first."""
    with parts.database.read() as found:
        return drafts(found, published(request).now().name)


@router.get("/drafts/{draft_id}")
def one_draft(request: Request, draft_id: int, parts: Parts, session: Proposer) -> dict[str, Any]:
    """A draft and what it changes against the version in force."""
    with parts.database.read() as found:
        draft, proposed = draft_street(found, draft_id)
    changes = difference(published(request).now(), proposed)
    return {
        "draft": draft,
        "mine": draft.author == session.user.login,
        "changes": [{**one.to_json(), "words": str(one)} for one in changes],
        "map": difference_geojson(changes),
        "document": proposed.features_geojson(),
    }


@router.post("/drafts")
def propose_draft(request: Request, parts: Parts, session: Proposer, body: DraftBody) -> Draft:
    """Put a checked document before somebody else's eyes; 400 E_STREET_FILE with its first fault."""
    found = preview(published(request).now(), body.document)
    if found.street is None:
        raise BadInput("E_STREET_FILE", str(found.problems[0]), f"{len(found.problems)} faults; nothing was kept")
    with parts.database.session() as unit:
        draft = propose(unit, found.street, session.user.login, body.note, parts.clock.now())
        _audit(unit, parts, "street_proposed", draft.id, session, {"version": draft.version, "base": draft.base})
        return draft


@router.post("/drafts/{draft_id}/publish")
def publish(draft_id: int, parts: Parts, session: Publisher) -> dict[str, Any]:
    """Publish what another proposed: 409 E_FOUR_EYES for one's own, E_STREET_STALE where the street has moved on."""
    with parts.database.session() as unit:
        done = publish_draft(unit, draft_id, session.user.login, parts.clock.now())
        _audit(unit, parts, "street_published", draft_id, session, {"version": done.version})
    return {"version": done.version, "published_at": done.published_at, "publisher": done.publisher}


@router.post("/drafts/{draft_id}/reject")
def reject(draft_id: int, parts: Parts, session: Proposer, body: ReasonBody) -> Draft:
    """Turn a draft down with a reason, or withdraw one's own; others' are a publisher's to turn down."""
    with parts.database.session() as unit:
        draft, _ = draft_street(unit, draft_id)
        if draft.author != session.user.login:
            may_publish(session)
        draft = reject_draft(unit, draft_id, session.user.login, body.reason, parts.clock.now())
        _audit(unit, parts, f"street_{draft.state.value}", draft_id, session, {"version": draft.version})
        return draft


@router.post("/calibration")
def calibration(request: Request, session: Proposer, body: CalibrationBody) -> dict[str, Any]:
    """What control points come to so far: residuals, leave-one-out errors, ellipses, zones in the picture. Nothing is
    kept: the settings' lines that say the same come with the answer."""
    points = [(one.px, one.lonlat) for one in body.points]
    street = published(request).now()
    return worked_out(street, body.camera_id or "camera", body.image_size, points, body.system, body.distortion)


def _audit(unit: Any, parts: Parts, what: str, draft_id: int, session: OpenSession, fact: dict[str, Any]) -> None:
    append(unit, AUDIT, what, f"street-draft-{draft_id}", {"actor": session.user.login, **fact}, parts.clock)
