"""What anybody may read, without an account: the disclosure page, published decisions, those that were withdrawn."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from console.access import AtDesk, Parts
from console.actors import actor_of
from notify import Disclosure, PublicRecord, Withdrawn

router = APIRouter(prefix="/api", tags=["public"])
Limit = Annotated[int, Query(ge=1, le=100)]


class Version(BaseModel):
    """A version of the disclosure page."""

    version: int
    at: datetime


@router.get("/public/disclosure")
def disclosure(parts: Parts, version: Annotated[int | None, Query(ge=1)] = None) -> Disclosure:
    """Powers, basis, standards, procedure, places of cameras, remedies; the newest version where none is named."""
    return parts.chain.disclosure(version)


@router.get("/public/disclosure/versions")
def versions(parts: Parts) -> list[Version]:
    """Every version, newest first."""
    return [Version(version=number, at=at) for number, at in parts.chain.disclosures()]


@router.get("/public/decisions")
def decisions(
    parts: Parts, limit: Limit = 50, offset: Annotated[int, Query(ge=0, le=10_000)] = 0
) -> list[PublicRecord]:
    """Published decisions, newest first: natural persons masked, none that was withdrawn or is past its last day."""
    return parts.chain.public_records(limit, offset)


@router.get("/public/withdrawals")
def withdrawals(parts: Parts, limit: Limit = 50) -> list[Withdrawn]:
    """Publications that were taken back, with the reason."""
    return parts.chain.withdrawn_records(limit)


@router.post("/disclosure", status_code=201)
def publish(parts: Parts, session: AtDesk) -> Disclosure:
    """Publish a new version where profile or registers changed; else the last one is answered."""
    return parts.chain.publish_disclosure(actor_of(session.user))
