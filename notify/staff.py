"""News to staff: who has something to do now hears of it by its number; no name, place or number of any party leaves.

The channels are apprise's (WeCom, DingTalk, Feishu, e-mail, webhooks, …), named per role in the settings.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import select

from notify.states import State
from notify.table import steps_from
from notify.tables import LeadRow
from notify.tables_desk import StaffNewsRow
from records import BadInput

if TYPE_CHECKING:
    from notify.engine import Engine
    from notify.moment import Moment

MAX_ATTEMPTS = 20
log = structlog.get_logger(__name__)


class AppriseChannel:
    """A `StaffChannel` over apprise. `urls`: role -> apprise addresses. Raises BadInput where apprise is not installed
    or cannot read an address; addresses hold secrets and are never shown."""

    def __init__(self, urls: Mapping[str, Sequence[str]]) -> None:
        try:
            import apprise
        except ImportError:
            raise BadInput("E_STAFF_CHANNEL", "apprise is not installed", "pip install 'nonsite[staff]'") from None
        self._senders: dict[str, Any] = {}
        for role, addresses in urls.items():
            sender = apprise.Apprise()
            for n, address in enumerate(addresses):
                if not sender.add(address):
                    raise BadInput("E_STAFF_CHANNEL", f"channel {n + 1} of {role} cannot be read", "see apprise's list")
            self._senders[role] = sender

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(self._senders)

    def tell(self, role: str, title: str, text: str) -> None:
        if not self._senders[role].notify(body=text, title=title):
            raise OSError(f"no channel of {role} took the message")


def queue_news(m: "Moment", target: State) -> None:
    """After a step that moved a record: a line for every role whose main step it now waits for.

    Number, state and address of the record only: what is told to a chat group is told to its operator too.
    """
    channel = m.tools.staff
    if channel is None:
        return
    owner = m.owner
    roles = {role.value for step in steps_from(target) if step.primary for role in step.roles} & channel.roles
    page = f"{m.public_url.rstrip('/')}/desk/{'leads' if isinstance(owner, LeadRow) else 'cases'}/{owner.id}"
    for role in sorted(roles):
        text = f"{owner.number} {target.zh} {page}"
        m.session.add(StaffNewsRow(role=role, owner_id=owner.id, text=text, created=m.now, sent_at=None))


def tell_staff(engine: "Engine", limit: int = 200) -> int:
    """Send what waits, oldest first; the count sent. What no channel took is tried again, 20 times in all."""
    channel = engine.tools.staff
    if channel is None:
        return 0
    with engine.database.read() as session:
        waiting = select(StaffNewsRow).where(StaffNewsRow.sent_at.is_(None), StaffNewsRow.attempts < MAX_ATTEMPTS)
        found = list(session.scalars(waiting.order_by(StaffNewsRow.id).limit(limit)))
    sent = 0
    for row in found:
        try:
            channel.tell(row.role, "nonsite", row.text)
            taken = True
        except OSError as error:
            log.warning("a staff channel did not take a message", role=row.role, reason=str(error))
            taken = False
        with engine.database.session() as session:
            fresh = session.get_one(StaffNewsRow, row.id)
            fresh.attempts += 1
            fresh.sent_at = engine.clock.now() if taken else None
        sent += taken
    return sent
