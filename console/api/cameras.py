"""How the cameras are."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from console.access import Staff
from console.cameras import CameraBoard

router = APIRouter(prefix="/api", tags=["cameras"])


class AlarmAnswer(BaseModel):
    """One thing that is wrong with a camera."""

    code: str
    zh: str
    en: str
    since: datetime
    stops: bool = Field(description="The camera raises no alerts until this is lifted")


class CameraAnswer(BaseModel):
    """One camera as its worker told of it last."""

    id: str
    state: str = Field(description="unproven, in_place, unsure, moved, blind or frozen")
    at: datetime
    since: datetime | None
    shift_px: float | None = Field(description="How far its scene lay off the reference, farthest point")
    reference: str = Field(description="given; learnt, not verified; none")
    alarms: list[AlarmAnswer]


@router.get("/cameras")
def cameras(request: Request, session: Staff) -> list[CameraAnswer]:
    """Every camera that a worker has told of since its bus keeps state."""
    board: CameraBoard = request.app.state.cameras
    return [
        CameraAnswer(
            id=one.id,
            state=one.state,
            at=one.at,
            since=one.since,
            shift_px=one.shift_px,
            reference=one.reference,
            alarms=[
                AlarmAnswer(code=a.code, zh=a.text_zh, en=a.text_en, since=a.since, stops=a.stops) for a in one.alarms
            ],
        )
        for one in board.all()
    ]
