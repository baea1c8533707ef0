"""Leads and cases for programs: lists, records, the steps offered to whoever asks, and taking one."""

from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from console.access import DESK_ROLES, STAFF_ROLES, AtDesk, Parts, SignedIn, Staff, allow
from console.actors import actor_of
from notify import CaseView, Filter, LeadView, Order, Outcome, Page, StepOffer

router = APIRouter(prefix="/api", tags=["records"])
MOST = 500
T = TypeVar("T")


class Listing(BaseModel, Generic[T]):
    """Part of a list of leads or cases."""

    items: list[T]
    total: int
    limit: int
    offset: int
    more: bool = Field(False, description="There are more than were counted")

    @classmethod
    def of(cls, page: Page[T]) -> Self:
        return cls(items=list(page.items), total=page.total, limit=page.limit, offset=page.offset, more=page.more)


class StepValues(BaseModel):
    """What is filled in for a step, by field name."""

    values: dict[str, Any] = Field(default_factory=dict)


def wanted(
    state: Annotated[list[str] | None, Query(description="State codes, e.g. A1")] = None,
    kind: Annotated[list[str] | None, Query(description="Violation kinds")] = None,
    source: Annotated[str | None, Query(description="Camera or vehicle")] = None,
    colour: Annotated[str | None, Query(pattern="^(green|yellow|red)$")] = None,
    text: Annotated[str, Query(max_length=100)] = "",
    sealed_only: bool = False,
    order: Order = Order.NEWEST,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    since: Annotated[AwareDatetime | None, Query(description="Raised or filed from here on")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Raised or filed before this")] = None,
) -> Filter:
    """The filter that a list's query means."""
    return Filter(
        states=tuple(state or ()),
        kinds=tuple(kind or ()),
        source_id=source,
        colour=colour,
        text=text,
        sealed_only=sealed_only,
        order=order,
        limit=limit,
        offset=offset,
        since=since,
        until=until,
    )


Wanted = Annotated[Filter, Depends(wanted)]


@router.get("/alerts")
def leads(parts: Parts, session: Staff, filter: Wanted) -> Listing[LeadView]:
    """Leads that the query lets through."""
    return Listing[LeadView].of(parts.chain.leads(filter))


@router.get("/alerts/{lead_id}")
def lead(lead_id: str, parts: Parts, session: Staff) -> LeadView:
    """One lead with its history, evidence, papers and terms."""
    return parts.chain.lead(lead_id)


@router.get("/cases")
def cases(parts: Parts, session: AtDesk, filter: Wanted) -> Listing[CaseView]:
    """Cases that the query lets through."""
    return Listing[CaseView].of(parts.chain.cases(filter))


@router.get("/cases/{case_id}")
def case(case_id: str, parts: Parts, session: AtDesk) -> CaseView:
    """One case with the lead it grew from."""
    return parts.chain.case(case_id)


_STAFF, _DESK = [Depends(allow(STAFF_ROLES))], [Depends(allow(DESK_ROLES))]


@router.get("/alerts/{owner_id}/steps", dependencies=_STAFF)
@router.get("/cases/{owner_id}/steps", dependencies=_DESK)
def steps(owner_id: str, parts: Parts, session: SignedIn) -> list[StepOffer]:
    """What whoever asks may do now, with what stands in the way."""
    return parts.chain.steps(actor_of(session.user), owner_id)


@router.post("/alerts/{owner_id}/steps/{code}", dependencies=_STAFF)
@router.post("/cases/{owner_id}/steps/{code}", dependencies=_DESK)
def take_step(owner_id: str, code: str, given: StepValues, parts: Parts, session: SignedIn) -> Outcome:
    """Take a step. 409 with the code of what stands in the way, 400 for a field that cannot be used."""
    return parts.chain.take(actor_of(session.user), owner_id, code, given.values)
