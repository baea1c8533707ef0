"""Drafts of a street: one person proposes, another one publishes (four eyes)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geofence.store import Publication, current, publish
from geofence.street import Street
from geofence.streetfile import load_street
from geofence.tables import StreetDraftRow
from records import BadInput, Refused


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposed version.

    Args:
        base: the version in force when it was proposed; none where there was none.
        version: its own, the hash of its content.
        reason: why it was rejected.
    """

    id: int
    street: str
    base: str | None
    version: str
    author: str
    note: str
    proposed_at: datetime
    state: DraftState
    decided_by: str | None
    decided_at: datetime | None
    reason: str


def propose(session: Session, street: Street, author: str, note: str, at: datetime) -> Draft:
    """Put a checked street before somebody else's eyes.

    Raises:
        BadInput: E_STREET_NOTE without a note, E_STREET_SAME when it is what is in force already.
    """
    if not note.strip():
        raise BadInput("E_STREET_NOTE", "the draft says nothing of why", "write what changes and by which act")
    now = current(session, street.name, at)
    if now is not None and now.version == street.version:
        raise BadInput("E_STREET_SAME", f"version {street.version} is in force already", "change something first")
    row = StreetDraftRow(
        street=street.name,
        base=None if now is None else now.version,
        version=street.version,
        geojson=street.features_geojson(),
        author=author,
        note=note.strip(),
        proposed_at=at,
        state=DraftState.OPEN.value,
    )
    session.add(row)
    session.flush()
    return _draft(row)


def publish_draft(session: Session, draft_id: int, publisher: str, at: datetime) -> Publication:
    """Publish a draft as somebody else than its author.

    Raises:
        BadInput: E_DRAFT when there is no such open draft.
        Refused: E_FOUR_EYES when the publisher is its author, E_STREET_STALE when another version came into force since
            it was proposed (what it would undo has not been looked at).
    """
    row = _open(session, draft_id)
    if publisher == row.author:
        raise Refused("E_FOUR_EYES", f"{publisher} proposed draft {draft_id}", "another person publishes it")
    now = current(session, row.street, at)
    if (now and now.version) != row.base:
        raise Refused(
            "E_STREET_STALE",
            f"draft {draft_id} was made on version {row.base}, but {now and now.version} is in force now",
            "propose it anew on the version in force",
        )
    done = publish(session, load_street(row.geojson), publisher, at)
    _decide(row, DraftState.PUBLISHED, publisher, at)
    return done


def reject_draft(session: Session, draft_id: int, by: str, reason: str, at: datetime) -> Draft:
    """Turn a draft down with a reason; its author withdraws it by the same way.

    Raises:
        BadInput: E_DRAFT when there is no such open draft, E_STREET_NOTE without a reason.
    """
    row = _open(session, draft_id)
    if not reason.strip():
        raise BadInput("E_STREET_NOTE", "no reason is given", "say why the draft is turned down")
    _decide(row, DraftState.WITHDRAWN if by == row.author else DraftState.REJECTED, by, at)
    row.reason = reason.strip()
    return _draft(row)


def drafts(session: Session, name: str, only_open: bool = True) -> list[Draft]:
    """The drafts of a street, newest first."""
    query = select(StreetDraftRow).where(StreetDraftRow.street == name).order_by(StreetDraftRow.id.desc())
    if only_open:
        query = query.where(StreetDraftRow.state == DraftState.OPEN.value)
    return [_draft(row) for row in session.scalars(query)]


def draft_street(session: Session, draft_id: int) -> tuple[Draft, Street]:
    """A draft and the street that it proposes (BadInput E_DRAFT when there is none)."""
    row = session.get(StreetDraftRow, draft_id)
    if row is None:
        raise BadInput("E_DRAFT", f"there is no draft {draft_id}", "see the list of drafts")
    return _draft(row), load_street(row.geojson)


def _open(session: Session, draft_id: int) -> StreetDraftRow:
    row = session.get(StreetDraftRow, draft_id, with_for_update=True)
    if row is None or row.state != DraftState.OPEN.value:
        raise BadInput("E_DRAFT", f"there is no open draft {draft_id}", "see the list of drafts")
    return row


def _decide(row: StreetDraftRow, state: DraftState, by: str, at: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state.value, by, at


def _draft(row: StreetDraftRow) -> Draft:
    said: dict[str, Any] = {
        **{"id": row.id, "street": row.street, "base": row.base, "version": row.version, "author": row.author},
        **{"note": row.note, "proposed_at": row.proposed_at, "decided_by": row.decided_by},
    }
    return Draft(**said, state=DraftState(row.state), decided_at=row.decided_at, reason=row.reason or "")
