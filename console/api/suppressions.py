"""Places where a camera is silent because an operator found it wrong there: which hold, and ending one early."""

from fastapi import APIRouter

from console.access import OnWall, Parts
from console.actors import actor_of
from notify import SuppressionView

router = APIRouter(prefix="/api/suppressions", tags=["suppressions"])


@router.get("")
def suppressions(parts: Parts, session: OnWall) -> list[SuppressionView]:
    """Those that hold now, the one that ends first first."""
    return parts.chain.suppressions()


@router.delete("/{suppression_id}")
def lift(suppression_id: str, parts: Parts, session: OnWall) -> SuppressionView:
    """End one before its time. 404 where none such holds, 409 E_ROLE for whoever may not."""
    return parts.chain.lift_suppression(actor_of(session.user), suppression_id)
