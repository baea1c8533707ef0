"""Places where cameras are silent: a rejection that says the camera is wrong there keeps it from asking again.

Which reasons say that, and for how long, is the profile's (`detection.suppress_minutes`); every other reason leaves the
camera as it is. The hub keeps the places; cameras hear of them through `nonsite.commands`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, String, select
from sqlalchemy.orm import Mapped, mapped_column

from notify.actors import Actor, Role
from notify.moment import Moment
from notify.refusals import Barred
from notify.tables import ID
from records import BadInput, Base, Json, UtcDateTime, append, iso, outbox_put, uuid7

if TYPE_CHECKING:
    from notify.engine import Engine

_AUDIT = "audit"
_TOPIC = "nonsite.commands"
MAY_LIFT = frozenset({Role.OPER, Role.SQUAD, Role.HEAD})


class SuppressionRow(Base):
    """One place at which one camera is silent about one kind; `id` is the lead that was rejected."""

    __tablename__ = "suppressions"
    __table_args__ = (Index("ix_suppressions_until", "until"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    footprint: Mapped[Any] = mapped_column(Json)
    accuracy_m: Mapped[float]
    heights: Mapped[Any | None] = mapped_column(Json)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(40))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(80))


@dataclass(frozen=True, slots=True)
class SuppressionView:
    """A place at which a camera is silent: `footprint` in CGCS2000 degrees, `heights` of a board in metres."""

    id: str
    source_id: str
    kind: str
    footprint: tuple[tuple[float, float], ...]
    accuracy_m: float
    heights: tuple[float, float] | None
    since: datetime
    until: datetime
    by: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it lies on the bus (`detectors.Suppression`)."""
        plain = {name: getattr(self, name) for name in ("id", "source_id", "kind", "accuracy_m", "by", "reason")}
        ring, heights = [list(point) for point in self.footprint], self.heights and list(self.heights)
        return {**plain, "footprint": ring, "heights": heights, "since": iso(self.since), "until": iso(self.until)}


def suppress(m: Moment, reason: str) -> None:
    """Silence the lead's camera about this kind on the ground of its alert, where the reason asks for it."""
    key = f"detection.suppress_minutes.{reason}"
    footprint = m.lead.message.get("footprint")
    if not m.profile.known(key) or not footprint or m.session.get(SuppressionRow, m.lead.id) is not None:
        return
    until = m.now + timedelta(minutes=m.profile.number(key))
    if until <= m.now:
        return
    row = SuppressionRow(
        id=m.lead.id,
        source_id=m.lead.source_id,
        kind=m.lead.kind,
        footprint=footprint,
        accuracy_m=float(m.lead.message.get("accuracy_m") or 0.0),
        heights=_heights(m.lead.message),
        since=m.now,
        until=until,
        by=m.actor.name,
        reason=reason,
    )
    m.session.add(row)
    m.body["silent_until"] = iso(until)
    command = {"event_id": uuid7(m.clock), "command": "suppress", "source_id": row.source_id, "at": iso(m.now)}
    outbox_put(m.session, _TOPIC, row.source_id, {**command, "suppression": _view(row).to_json()})


def active(engine: "Engine") -> list[SuppressionView]:
    """Those that hold now, the one that ends first first."""
    now = engine.clock.now()
    query = select(SuppressionRow).where(SuppressionRow.until > now, SuppressionRow.lifted_at.is_(None))
    with engine.database.read() as session:
        return [_view(row) for row in session.scalars(query.order_by(SuppressionRow.until, SuppressionRow.id))]


def lift(engine: "Engine", actor: Actor, suppression_id: str) -> SuppressionView:
    """End one before its time. Raises BadInput `E_NOT_FOUND` where none such holds, Refused `E_ROLE`."""
    if not actor.has(MAY_LIFT):
        who = "、".join(sorted(role.zh for role in MAY_LIFT))
        codes = ", ".join(sorted(MAY_LIFT))
        raise Barred(
            "E_ROLE", f"解除静默由{who}办理", f"to lift a suppression is for {codes}", "sign in with that role"
        )
    now = engine.clock.now()
    with engine.database.session() as session:
        row = session.get(SuppressionRow, suppression_id, with_for_update=True)
        if row is None or row.lifted_at is not None or row.until <= now:
            raise BadInput("E_NOT_FOUND", f"no suppression {suppression_id} holds now")
        row.lifted_at, row.lifted_by = now, actor.name
        append(session, _AUDIT, "lift_suppression", row.id, {"actor": actor.id, "source": row.source_id}, engine.clock)
        command = {"event_id": uuid7(engine.clock), "command": "lift", "source_id": row.source_id, "at": iso(now)}
        outbox_put(session, _TOPIC, row.source_id, {**command, "suppression_id": row.id, "by": actor.name})
        return _view(row)


def _view(row: SuppressionRow) -> SuppressionView:
    return SuppressionView(
        id=row.id,
        source_id=row.source_id,
        kind=row.kind,
        footprint=tuple((float(lon), float(lat)) for lon, lat in row.footprint),
        accuracy_m=row.accuracy_m,
        heights=(row.heights[0], row.heights[1]) if row.heights else None,
        since=row.since,
        until=row.until,
        by=row.by,
        reason=row.reason,
    )


def _heights(message: Mapping[str, Any]) -> list[float] | None:
    board = (message.get("facts") or {}).get("board")
    return [board["bottom_m"], round(board["bottom_m"] + board["height_m"], 2)] if board else None
