"""Leads and cases for programs: lists, records, the steps offered to whoever asks, and taking one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from console.access import AtDesk, Parts, Staff
from console.actors import actor_of
from notify import CaseView, Filter, LeadView, Order, Outcome, StepOffer

router = APIRouter(prefix="/api", tags=["records"])
MOST = 500


class LeadList(BaseModel):
    """Part of a list of leads."""

    items: list[LeadView]
    total: int
    limit: int
    offset: int


class CaseList(BaseModel):
    """Part of a list of cases."""

    items: list[CaseView]
    total: int
    limit: int
    offset: int


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
    offset: Annotated[int, Query(ge=0)] = 0,
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
    )


Wanted = Annotated[Filter, Depends(wanted)]


@router.get("/alerts")
def leads(parts: Parts, session: Staff, filter: Wanted) -> LeadList:
    """Leads that the query lets through."""
    page = parts.chain.leads(filter)
    return LeadList(items=list(page.items), total=page.total, limit=page.limit, offset=page.offset)


@router.get("/alerts/{lead_id}")
def lead(lead_id: str, parts: Parts, session: Staff) -> LeadView:
    """One lead with its history, evidence, papers and terms."""
    return parts.chain.lead(lead_id)


@router.get("/alerts/{lead_id}/steps")
def lead_steps(lead_id: str, parts: Parts, session: Staff) -> list[StepOffer]:
    """What whoever asks may do now, with what stands in the way."""
    return parts.chain.steps(actor_of(session.user), lead_id)


@router.post("/alerts/{lead_id}/steps/{code}")
def take_lead_step(lead_id: str, code: str, given: StepValues, parts: Parts, session: Staff) -> Outcome:
    """Take a step. 409 with the code of what stands in the way, 400 for a field that cannot be used."""
    return parts.chain.take(actor_of(session.user), lead_id, code, given.values)


@router.get("/cases")
def cases(parts: Parts, session: AtDesk, filter: Wanted) -> CaseList:
    """Cases that the query lets through."""
    page = parts.chain.cases(filter)
    return CaseList(items=list(page.items), total=page.total, limit=page.limit, offset=page.offset)


@router.get("/cases/{case_id}")
def case(case_id: str, parts: Parts, session: AtDesk) -> CaseView:
    """One case with the lead it grew from."""
    return parts.chain.case(case_id)


@router.get("/cases/{case_id}/steps")
def case_steps(case_id: str, parts: Parts, session: AtDesk) -> list[StepOffer]:
    """What whoever asks may do now, with what stands in the way."""
    return parts.chain.steps(actor_of(session.user), case_id)


@router.post("/cases/{case_id}/steps/{code}")
def take_case_step(case_id: str, code: str, given: StepValues, parts: Parts, session: AtDesk) -> Outcome:
    """Take a step. 409 with the code of what stands in the way, 400 for a field that cannot be used."""
    return parts.chain.take(actor_of(session.user), case_id, code, given.values)
