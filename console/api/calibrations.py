"""Cameras' calibrations: proposed with the picture they were clicked in, put in force by another person, all kept."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import Field, ValidationError

from console.access import Parts
from console.api.street import published
from console.api.street_desk import AUDIT, CalibrationBody, Proposer, Publisher, ReasonBody, may_publish
from console.calibrating import PICTURE_BYTES, made, usable_picture, worked_out
from console.users import OpenSession
from geofence import (
    Calibration,
    CoordSystem,
    KeptCalibration,
    calibration_in_force,
    calibrations,
    kept_calibration,
    propose_calibration,
    publish_calibration,
    reject_calibration,
)
from records import BadInput, append

router = APIRouter(prefix="/api/street/calibrations", tags=["street"])


class ProposalBody(CalibrationBody):
    """A whole calibration, of which camera and why."""

    camera_id: str = Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=80)
    note: str = Field(max_length=2000)


@router.get("")
def every(parts: Parts, session: Proposer, camera_id: str | None = None) -> list[dict[str, Any]]:
    """Every calibration ever proposed, of one camera or of all, newest first; `in_force` marks what judges."""
    with parts.database.read() as found:
        rows = calibrations(found, camera_id)
        judging = [calibration_in_force(found, name) for name in {row.camera_id for row in rows}]
    ids = {one.id for one in judging if one is not None}
    return [{**_told(row), "in_force": row.id in ids} for row in rows]


@router.get("/{calibration_id}")
def one(request: Request, calibration_id: int, parts: Parts, session: Proposer) -> dict[str, Any]:
    """A calibration with its points, and what they come to: residuals, zones in the picture, error ellipses."""
    with parts.database.read() as found:
        kept, _ = kept_calibration(found, calibration_id)
    calibration = Calibration.from_json(kept.document)
    points = [(point.px, point.lonlat.to(CoordSystem.CGCS2000)) for point in calibration.points]
    pairs = [(px, (place.lon, place.lat)) for px, place in points]
    size, distorts = calibration.image_size, bool(calibration.pose.k1)
    street = published(request).now()
    return {
        "calibration": _told(kept),
        "mine": kept.author == session.user.login,
        "image_size": size,
        "distortion": distorts,
        "points": [{"px": px, "lonlat": place} for px, place in pairs],
        "found": worked_out(street, kept.camera_id, size, pairs, CoordSystem.CGCS2000, distorts),
    }


@router.get("/{calibration_id}/picture")
def picture(calibration_id: int, parts: Parts, session: Proposer) -> Response:
    """The picture that its points were clicked in."""
    with parts.database.read() as found:
        _, content = kept_calibration(found, calibration_id)
    kind = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})


@router.post("")
def propose(
    request: Request, parts: Parts, session: Proposer, picture: UploadFile, calibration: Annotated[str, Form()]
) -> dict[str, Any]:
    """Put a calibration before somebody else's eyes: its picture and, as JSON text, a `ProposalBody`. 400
    E_CALIBRATION, E_REFERENCE where the points or the picture are of no use."""
    try:
        body = ProposalBody.model_validate_json(calibration)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_REQUEST", f"{field}: {first['msg']}", "see /api/openapi.json") from error
    content = picture.file.read(PICTURE_BYTES + 1)
    usable_picture(content, body.image_size)
    points = [(point.px, point.lonlat) for point in body.points]
    street = published(request).now()
    found = made(street, body.camera_id, body.image_size, points, body.system, body.distortion)
    with parts.database.session() as unit:
        kept = propose_calibration(unit, found, content, session.user.login, body.note, parts.clock.now())
        _audit(unit, parts, "calibration_proposed", kept, session)
    return _told(kept)


@router.post("/{calibration_id}/publish")
def publish(calibration_id: int, parts: Parts, session: Publisher) -> dict[str, Any]:
    """Put in force what another proposed: 409 E_FOUR_EYES for one's own, E_CALIBRATION_STALE where one came first."""
    with parts.database.session() as unit:
        kept = publish_calibration(unit, calibration_id, session.user.login, parts.clock.now())
        _audit(unit, parts, "calibration_published", kept, session)
    return _told(kept)


@router.post("/{calibration_id}/reject")
def reject(calibration_id: int, parts: Parts, session: Proposer, body: ReasonBody) -> dict[str, Any]:
    """Turn a calibration down with a reason, or withdraw one's own; others' are a publisher's to turn down."""
    with parts.database.session() as unit:
        kept, _ = kept_calibration(unit, calibration_id)
        if kept.author != session.user.login:
            may_publish(session)
        kept = reject_calibration(unit, calibration_id, session.user.login, body.reason, parts.clock.now())
        _audit(unit, parts, f"calibration_{kept.state.value}", kept, session)
    return _told(kept)


def _told(kept: KeptCalibration) -> dict[str, Any]:
    """A calibration without its long document, with what that says of its quality."""
    said = asdict(kept)
    document = said.pop("document")
    return {**said, "residual_px": document["residual_px"], "left_out_rms_m": document["left_out_rms_m"]}


def _audit(unit: Any, parts: Parts, what: str, kept: KeptCalibration, session: OpenSession) -> None:
    fact = {"actor": session.user.login, "camera": kept.camera_id, "version": kept.version}
    append(unit, AUDIT, what, f"calibration-{kept.id}", {**fact, "picture": kept.picture_sha256}, parts.clock)
