"""Calibrations of cameras in the database: one person proposes, another one puts it in force; every one is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from geofence.calibration import Calibration
from geofence.drafts import DraftState
from geofence.tables import CalibrationRow
from records import BadInput, Refused


@dataclass(frozen=True, slots=True)
class KeptCalibration:
    """A calibration that was proposed, and what became of it.

    Args:
        version: the hash of its points, picture size and lens; packages name it in their `calibration.json`.
        document: as `Calibration.to_json` gives it, with residuals, leave-one-out errors and covariance.
        picture_sha256: of the picture that its points were clicked in, which is kept with it.
        decided_by, decided_at: who put it in force or turned it down, and when.
    """

    id: int
    camera_id: str
    version: str
    document: dict[str, Any]
    picture_sha256: str
    author: str
    note: str
    proposed_at: datetime
    state: DraftState
    decided_by: str | None
    decided_at: datetime | None
    reason: str


def propose_calibration(
    session: Session, found: Calibration, picture: bytes, author: str, note: str, at: datetime
) -> KeptCalibration:
    """Put a camera's calibration, with the picture it was clicked in, before somebody else's eyes.

    Raises:
        BadInput: E_STREET_NOTE without a note, E_CALIBRATION_SAME when it is what is in force already.
    """
    if not note.strip():
        raise BadInput("E_STREET_NOTE", "the calibration says nothing of why", "write why it is made")
    now = calibration_in_force(session, found.camera_id)
    sha256 = hashlib.sha256(picture).hexdigest()
    if now is not None and (now.version, now.picture_sha256) == (found.version, sha256):
        raise BadInput("E_CALIBRATION_SAME", f"version {found.version} is in force already", "change a point first")
    row = CalibrationRow(
        camera_id=found.camera_id,
        version=found.version,
        document=found.to_json(),
        picture=picture,
        picture_sha256=sha256,
        author=author,
        note=note.strip(),
        proposed_at=at,
        state=DraftState.OPEN.value,
    )
    session.add(row)
    session.flush()
    return _kept(row)


def publish_calibration(session: Session, calibration_id: int, publisher: str, at: datetime) -> KeptCalibration:
    """Put a proposed calibration in force as somebody else than its author.

    Raises:
        BadInput: E_DRAFT when no such one waits.
        Refused: E_FOUR_EYES when the publisher is its author, E_CALIBRATION_STALE when another one of the camera came
            into force since it was proposed.
    """
    row = _open(session, calibration_id)
    if publisher == row.author:
        raise Refused("E_FOUR_EYES", f"{publisher} proposed calibration {row.id}", "another person publishes it")
    now = calibration_in_force(session, row.camera_id)
    if now is not None and now.decided_at is not None and now.decided_at > row.proposed_at:
        raise Refused(
            "E_CALIBRATION_STALE", f"calibration {now.id} of {row.camera_id} came into force since", "propose it anew"
        )
    row.state, row.decided_by, row.decided_at = DraftState.PUBLISHED.value, publisher, at
    session.flush()
    return _kept(row)


def reject_calibration(session: Session, calibration_id: int, by: str, reason: str, at: datetime) -> KeptCalibration:
    """Turn a proposed calibration down with a reason; its author withdraws it by the same way.

    Raises:
        BadInput: E_DRAFT when no such one waits, E_STREET_NOTE without a reason.
    """
    row = _open(session, calibration_id)
    if not reason.strip():
        raise BadInput("E_STREET_NOTE", "no reason is given", "say why it is turned down")
    state = DraftState.WITHDRAWN if by == row.author else DraftState.REJECTED
    row.state, row.decided_by, row.decided_at, row.reason = state.value, by, at, reason.strip()
    return _kept(row)


def calibrations(session: Session, camera_id: str | None = None) -> list[KeptCalibration]:
    """Every calibration ever proposed, of one camera or of all, newest first."""
    query = select(CalibrationRow).options(defer(CalibrationRow.picture)).order_by(CalibrationRow.id.desc())
    if camera_id is not None:
        query = query.where(CalibrationRow.camera_id == camera_id)
    return [_kept(row) for row in session.scalars(query)]


def kept_calibration(session: Session, calibration_id: int) -> tuple[KeptCalibration, bytes]:
    """One calibration and the picture that it was clicked in (BadInput E_DRAFT when there is none)."""
    row = session.get(CalibrationRow, calibration_id)
    if row is None:
        raise BadInput("E_DRAFT", f"there is no calibration {calibration_id}", "see the list of calibrations")
    return _kept(row), row.picture


def calibration_in_force(session: Session, camera_id: str) -> KeptCalibration | None:
    """The calibration of a camera that was put in force last; none where none ever was."""
    query = select(CalibrationRow).options(defer(CalibrationRow.picture))
    query = query.where(CalibrationRow.camera_id == camera_id, CalibrationRow.state == DraftState.PUBLISHED.value)
    row = session.scalars(query.order_by(CalibrationRow.decided_at.desc(), CalibrationRow.id.desc()).limit(1)).first()
    return None if row is None else _kept(row)


def _open(session: Session, calibration_id: int) -> CalibrationRow:
    row = session.get(CalibrationRow, calibration_id, with_for_update=True)
    if row is None or row.state != DraftState.OPEN.value:
        raise BadInput("E_DRAFT", f"no calibration {calibration_id} waits", "see the list of calibrations")
    return row


def _kept(row: CalibrationRow) -> KeptCalibration:
    said: dict[str, Any] = {
        **{"id": row.id, "camera_id": row.camera_id, "version": row.version, "document": row.document},
        **{"picture_sha256": row.picture_sha256, "author": row.author, "note": row.note},
        **{"proposed_at": row.proposed_at, "decided_by": row.decided_by, "decided_at": row.decided_at},
    }
    return KeptCalibration(**said, state=DraftState(row.state), reason=row.reason or "")
