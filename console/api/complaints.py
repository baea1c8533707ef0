"""Complaints (诉件) and what whoever complained thought of the answer, for programs and hotline platforms."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from console.access import Parts, Staff
from console.actors import actor_of
from console.api.records import Listing
from notify import ComplaintView
from records import iso

router = APIRouter(prefix="/api/complaints", tags=["complaints"])


class Complaint(BaseModel):
    """A complaint as it was taken elsewhere. Who complained stays there."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(min_length=1, max_length=40, description="The platform, such as 12345")
    external_id: str = Field(min_length=1, max_length=80, description="Its number there; sent twice, it is one")
    text: str = Field(min_length=1, max_length=4000)
    place: str = Field(min_length=1, max_length=200)
    kind: str | None = Field(None, max_length=40, description="Violation kind, where known")
    lon: float | None = Field(None, ge=-180, le=180, description="CGCS2000 degrees")
    lat: float | None = Field(None, ge=-90, le=90)
    unit: str | None = Field(None, max_length=80, description="Squad or street that it is assigned to")
    received_at: AwareDatetime | None = None


class Action(BaseModel):
    """What is filled in: check {substantiated, within_power}, link {owner_id}, move {to}, reply {text}."""

    values: dict[str, Any] = Field(default_factory=dict)


class Answers(BaseModel):
    """The two answers of a survey."""

    result_satisfied: bool
    attitude_satisfied: bool


@router.get("")
def complaints(
    parts: Parts,
    session: Staff,
    state: Literal["open", "moved", "closed"] | None = None,
    hotspots: Annotated[bool, Query(description="Only spots that were complained of again and again")] = False,
    text: Annotated[str, Query(max_length=80, description="Number here or there")] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> Listing[ComplaintView]:
    """Complaints, newest first."""
    return Listing[ComplaintView].of(parts.chain.complaints(state, hotspots, limit, offset, text))


@router.post("", status_code=201)
def take(given: Complaint, parts: Parts, session: Staff) -> ComplaintView:
    """Take one in; its terms to pass it on and to answer run from when it was received."""
    received = iso(given.received_at) if given.received_at else None
    return parts.chain.take_complaint(actor_of(session.user), {**given.model_dump(), "received_at": received})


@router.get("/{complaint_id}")
def complaint(complaint_id: str, parts: Parts, session: Staff) -> ComplaintView:
    """One complaint."""
    return parts.chain.complaint(complaint_id)


@router.post("/{complaint_id}/survey", status_code=204)
def survey(complaint_id: str, given: Answers, parts: Parts, session: Staff) -> None:
    """Note a survey; a complaint is asked about once."""
    parts.chain.survey(actor_of(session.user), complaint_id, given.result_satisfied, given.attitude_satisfied)


@router.post("/{complaint_id}/{action}")
def act(
    complaint_id: str,
    action: Literal["contact", "check", "link", "move", "complete", "reply", "urge"],
    given: Action,
    parts: Parts,
    session: Staff,
) -> ComplaintView:
    """Do one thing about a complaint. 409 where it is closed or the thing was done."""
    return parts.chain.complaint_action(actor_of(session.user), complaint_id, action, given.values)
