"""Machines that have no bus, such as a patrol vehicle: their alerts are taken once they are durable, and told on by the
hub; where their cameras are to be silent they ask."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from console.access import Parts
from console.machines import Machine
from evidence import LOGS, absorb
from records import BadInput, outbox_put
from streams import encoded

router = APIRouter(prefix="/api/machine", tags=["machines"])
TOPICS = frozenset({"nonsite.alerts", LOGS})  # evidence comes whole, by PUT /api/evidence


class MachineEvent(BaseModel):
    """A message as it would go on the bus."""

    model_config = ConfigDict(extra="forbid")

    topic: str
    key: str = Field(min_length=1, max_length=200)
    message: dict[str, Any]


class Taken(BaseModel):
    """The message is in the hub's database and will be told on; sending it again is harmless."""

    taken: bool


@router.get("/suppressions")
def suppressions(parts: Parts, machine: Machine) -> dict[str, list[dict[str, Any]]]:
    """The places where cameras are silent now, for machines that hear no commands."""
    return {"suppressions": [one.to_json() for one in parts.chain.suppressions()]}


@router.post("/events", status_code=202)
def take(given: MachineEvent, parts: Parts, machine: Machine) -> Taken:
    """Take one message of a machine. 400 E_TOPIC for a topic that machines do not write.

    400 E_BUS_MESSAGE for what no bus carries. Rows of its own log are absorbed at once, in their order: 409 E_LOG_GAP,
    E_LOG_FORKED.
    """
    if given.topic not in TOPICS:
        raise BadInput("E_TOPIC", f"topic {given.topic!r}", f"one of {', '.join(sorted(TOPICS))}")
    if given.topic == LOGS:
        absorb(parts.database, given.message, parts.clock, machine)
        return Taken(taken=True)
    encoded(given.topic, given.message)  # refused here, where its machine hears of it, and not by the bus later on
    with parts.database.session() as session:
        outbox_put(session, given.topic, given.key, given.message)
    return Taken(taken=True)
