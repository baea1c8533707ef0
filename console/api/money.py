"""Money: the collecting agent's statements, and refunds."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from console.access import AtDesk, Parts
from console.actors import actor_of
from notify import Reconciliation
from records import BadInput

router = APIRouter(prefix="/api", tags=["money"])


class Transfer(BaseModel):
    """How a refund was paid."""

    reference: str = Field(min_length=1, max_length=80, description="Number of the transfer")


@router.post("/payments/statements")
async def statement(
    request: Request, parts: Parts, session: AtDesk, day: Annotated[date, Query(description="Local day")]
) -> Reconciliation:
    """Hold a statement (CSV in UTF-8: txn_id,code,amount_yuan,paid_at,channel) of a day against the books.

    What was never told of is taken in; what differs, is unknown or is missing is answered. 400 E_STATEMENT names a line
    that cannot be read; then nothing of the statement was taken.
    """
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError:
        raise BadInput("E_STATEMENT", "the statement is not UTF-8") from None
    return await run_in_threadpool(parts.chain.reconcile, actor_of(session.user), day, text)


@router.post("/refunds/{refund_id}")
def refund(refund_id: str, given: Transfer, parts: Parts, session: AtDesk) -> dict[str, Any]:
    """Note that a refund was paid another way than through the gateway."""
    return parts.chain.record_refund(actor_of(session.user), refund_id, given.reference)
