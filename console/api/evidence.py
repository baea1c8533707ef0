"""Evidence: what a package holds, its files masked by default, its checks, and packages coming in from machines."""

import mimetypes
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel

from console.access import DESK_ROLES, Parts, Staff, allow
from console.evidence_view import CLIPS, PICTURES, MaskedCopies, Views, package_file, package_view
from console.machines import Machine
from console.ranges import ranged
from console.services import Services
from evidence import Action, CustodyEntry, Purpose, admit, receive
from records import BadInput, Refused, iso

router = APIRouter(prefix="/api/evidence", tags=["evidence"])
PRIVATE = {"Cache-Control": "private, max-age=600"}  # masked copies of sealed bytes do not change


class BoxAnswer(BaseModel):
    """A seen thing, in pixels of the photo; `main`: the alert is about it."""

    kind: str
    score: float
    box: tuple[float, float, float, float]
    main: bool


class LineAnswer(BaseModel):
    """An edge of a street feature, in pixels of the photo."""

    layer: str
    name: str
    points: list[tuple[float, float]]


class PhotoAnswer(BaseModel):
    """One photograph and what is drawn over it."""

    path: str
    role: str
    width: int
    height: int
    captured_at: str
    boxes: list[BoxAnswer]
    lines: list[LineAnswer]


class PackageAnswer(BaseModel):
    """One sealed package."""

    id: str
    stage: str
    alert_id: str
    sealed_at: str
    seal_sha256: str
    stamped: bool
    photos: list[PhotoAnswer]
    clips: list[str]
    files: list[dict[str, Any]]


class ReceivedAnswer(BaseModel):
    """How far an upload has come."""

    next_offset: int
    complete: bool


@router.get("/{package_id}")
def show(package_id: str, parts: Parts, session: Staff) -> PackageAnswer:
    """What a package holds; boxes and street lines per photograph."""
    view = package_view(parts, package_id)
    photos = [
        PhotoAnswer(
            path=photo.path,
            role=photo.role,
            width=photo.width,
            height=photo.height,
            captured_at=iso(photo.captured_at),
            boxes=[
                BoxAnswer(kind=one.kind, score=one.score, box=(one.x1, one.y1, one.x2, one.y2), main=one.main)
                for one in photo.boxes
            ],
            lines=[LineAnswer(layer=one.layer, name=one.name, points=list(one.points)) for one in photo.lines],
        )
        for photo in view.photos
    ]
    return PackageAnswer(
        id=view.id,
        stage=view.stage,
        alert_id=view.alert_id,
        sealed_at=iso(view.sealed_at),
        seal_sha256=view.seal_sha256,
        stamped=view.stamped,
        photos=photos,
        clips=list(view.clips),
        files=list(view.files),
    )


@router.get("/{package_id}/verification")
def check(package_id: str, parts: Parts, session: Staff) -> dict[str, Any]:
    """Every check on the package, made now."""
    return parts.verification(package_id).to_json()


@router.get("/{package_id}/custody")
def history(package_id: str, parts: Parts, session: Staff) -> list[dict[str, Any]]:
    """Who looked at the package unmasked, exported or judged it, when and why."""
    parts.evidence.path(package_id)
    return parts.custody.history(package_id)


@router.get("/{package_id}/files/{name:path}", response_class=Response)
def file(
    request: Request,
    package_id: str,
    name: str,
    parts: Parts,
    session: Staff,
    unmasked: Annotated[bool, Query(description="The sealed original instead of the masked copy")] = False,
    purpose: Annotated[Purpose | None, Query(description="Why an unmasked original is looked at")] = None,
    reason: Annotated[str, Query(max_length=400, description="In words, beside the purpose")] = "",
) -> Response:
    """One file. Pictures and clips come masked; an original needs a purpose, which is logged before any byte leaves.

    Originals are the desk's to look at, with their purpose: 403 for whoever works at the wall alone.
    """
    path = package_file(parts, package_id, name)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    seen, who = path.suffix in PICTURES | CLIPS, session.user.id
    if seen and unmasked:
        allow(DESK_ROLES)(session)
        note_unmasked(parts, package_id, name, who, purpose, reason)
        return ranged(request, path.read_bytes(), kind)
    views: Views = request.app.state.views
    views.note(parts, package_id, who)
    if seen:
        masked: MaskedCopies = request.app.state.masked
        copy_kind = "video/mp4" if path.suffix in CLIPS else "image/jpeg"
        return ranged(request, masked.get(parts, package_id, name, who), copy_kind, PRIVATE)
    return ranged(request, path.read_bytes(), kind)


def note_unmasked(parts: Services, package_id: str, name: str, who: str, purpose: Purpose | None, reason: str) -> None:
    """Log a look at an original before it happens. Raises Refused E_NO_REASON without a purpose."""
    if purpose is None:
        raise Refused("E_NO_REASON", f"{name} of {package_id}: no purpose given", "add purpose=review, case, court, …")
    unit = parts.settings.organ
    entry = CustodyEntry.about(
        parts.evidence.path(package_id), Action.VIEW_UNMASKED, who, unit, purpose, reason, file=name
    )
    parts.custody.note(entry)


@router.put("/{package_id}")
async def upload(
    request: Request,
    package_id: str,
    parts: Parts,
    machine: Machine,
    x_seal_sha256: Annotated[str, Header(pattern="^[0-9a-f]{64}$")],
    content_range: Annotated[str, Header()] = "",
) -> ReceivedAnswer:
    """Take a sealed package from another machine: a tar stream, in one piece or in chunks (`Content-Range`).

    Send on from `next_offset` until `complete`. A package that is there already with the same seal is complete at once;
    with another seal it is refused (409). A machine sends what it sealed itself.
    """
    chunk = await request.body()
    offset, total = _place_of(content_range, len(chunk))

    def take() -> ReceivedAnswer:
        got = receive(parts.evidence, package_id, x_seal_sha256, chunk, offset=offset, total=total, machine=machine)
        if got.complete:
            admit(parts.evidence, parts.database, package_id)
        return ReceivedAnswer(next_offset=got.next_offset, complete=got.complete)

    return await run_in_threadpool(take)


def _place_of(content_range: str, size: int) -> tuple[int, int]:
    """(offset, total) of a chunk from `bytes 0-99/200`; the whole where there is no such header."""
    if not content_range:
        return 0, size
    try:
        span, total = content_range.removeprefix("bytes ").split("/")
        return int(span.split("-")[0]), int(total)
    except ValueError as error:
        raise BadInput("E_RANGE", f"Content-Range {content_range!r}", "bytes FIRST-LAST/TOTAL") from error
