"""Streets in the database: published versions, the one in force at a time, import and export."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Text, select, type_coerce
from sqlalchemy.orm import Session

from geofence.bulk import no_collection
from geofence.gis import Told, open_street
from geofence.layers import Phase
from geofence.street import Street
from geofence.streetfile import load_street
from geofence.tables import StreetPublicationRow, StreetVersionRow
from records import BadInput, iso, outbox_put

# The topic of published layers; workers keep the last message of every street as their local snapshot.
STREET_TOPIC = "nonsite.street"


@dataclass(frozen=True, slots=True)
class Publication:
    """One act of publishing.

    Args:
        phase: enforce where any zone of the version is enforced, warn where all only warn, none without such zones.
    """

    street: str
    version: str
    published_at: datetime
    publisher: str
    phase: Phase | None


def publish(session: Session, street: Street, publisher: str, at: datetime) -> Publication:
    """Make a street the one in force from `at` on, and tell it on `nonsite.street` when the unit of work ends.

    Publishing what is in force already changes nothing and tells nothing.

    Raises:
        BadInput: E_STREET_ORDER when a later publication of the street exists.
    """
    last = _last(session, street.name, None)
    if last is not None and last.version == street.version:
        return _publication(last)
    if last is not None and last.published_at > at:
        raise BadInput(
            "E_STREET_ORDER",
            f"street {street.name} was published at {iso(last.published_at)}, after {iso(at)}",
            "publish with the present time",
        )
    document = street.features_geojson()
    if session.get(StreetVersionRow, street.version) is None:
        kept = {**document, "features": sorted(document["features"], key=lambda feature: str(feature["id"]))}
        session.add(StreetVersionRow(version=street.version, street=street.name, geojson=kept))
        session.flush()  # the publication refers to it
    phase = _phase(street)
    row = StreetPublicationRow(
        street=street.name,
        version=street.version,
        published_at=at,
        publisher=publisher,
        phase=phase and phase.value,
    )
    session.add(row)
    session.flush()
    message = {
        **{"event_id": f"street:{row.id}", "street": street.name, "version": street.version},
        **{"published_at": iso(at), "publisher": publisher, "geojson": document},
    }
    outbox_put(session, STREET_TOPIC, street.name, message)
    return _publication(row)


def current(session: Session, name: str | None = None, at: datetime | None = None) -> Street | None:
    """The street in force now, or at a past time; none where none was published.

    Raises:
        BadInput: E_STREET when several streets are published and none is named.
    """
    if name is None:
        names = session.scalars(select(StreetPublicationRow.street).distinct()).all()
        if len(names) > 1:
            raise BadInput("E_STREET", f"{len(names)} streets are published", f"name one of {', '.join(sorted(names))}")
        if not names:
            return None
        name = names[0]
    last = _last(session, name, at)
    return None if last is None else version(session, last.version)


def first(session: Session, name: str) -> Street | None:
    """The street as it was published first; none where it never was."""
    oldest = select(StreetPublicationRow).where(StreetPublicationRow.street == name)
    oldest = oldest.order_by(StreetPublicationRow.published_at, StreetPublicationRow.id)
    row = session.scalars(oldest.limit(1)).first()
    return None if row is None else version(session, row.version)


def version(session: Session, wanted: str) -> Street:
    """A street as it was published under a version.

    Raises:
        BadInput: E_STREET_VERSION when there is no such version, or its content no longer has that hash.
    """
    text = session.scalar(select(type_coerce(StreetVersionRow.geojson, Text)).where(StreetVersionRow.version == wanted))
    if text is None:
        raise BadInput("E_STREET_VERSION", f"no street was published as {wanted}", "see the street's history")
    with no_collection():
        street = load_street(from_json(text, cache_strings="keys"))
        # Features lie in the store by id, as a version's text has them: its hash is the version.
        if hashlib.sha256(text.encode()).hexdigest()[:12] == wanted:
            return street.known_as(wanted)
        if street.version != wanted:
            raise BadInput(
                "E_STREET_VERSION", f"the content kept as {wanted} is now {street.version}", "restore it from a backup"
            )
        return street


def history(session: Session, name: str) -> list[Publication]:
    """Every publication of a street, newest first."""
    rows = session.scalars(
        select(StreetPublicationRow)
        .where(StreetPublicationRow.street == name)
        .order_by(StreetPublicationRow.published_at.desc(), StreetPublicationRow.id.desc())
    )
    return [_publication(row) for row in rows]


def import_street(
    session: Session, path: str | Path, publisher: str, at: datetime, told: Told | None = None
) -> Publication:
    """Check a street file of any kind and publish it; one with any fault publishes nothing (BadInput E_STREET_FILE)."""
    return publish(session, open_street(Path(path), told), publisher, at)


def export_geojson(session: Session, name: str | None = None, wanted: str | None = None) -> dict[str, Any]:
    """The GeoJSON of a version, or of the street in force; `load_street` reads it back to the same version.

    Raises:
        BadInput: E_STREET when nothing is published under that name, E_STREET_VERSION for an unknown version.
    """
    street = current(session, name) if wanted is None else version(session, wanted)
    if street is None:
        raise BadInput("E_STREET", f"no street {name or ''} is published".replace("  ", " "), "import one first")
    return street.features_geojson()


def _last(session: Session, name: str, at: datetime | None) -> StreetPublicationRow | None:
    query = select(StreetPublicationRow).where(StreetPublicationRow.street == name)
    if at is not None:
        query = query.where(StreetPublicationRow.published_at <= at)
    newest = query.order_by(StreetPublicationRow.published_at.desc(), StreetPublicationRow.id.desc())
    return session.scalars(newest.limit(1)).first()


def _phase(street: Street) -> Phase | None:
    phases = {getattr(feature.properties, "phase", None) for feature in street.layers.features} - {None}
    if not phases:
        return None
    return Phase.ENFORCE if Phase.ENFORCE in phases else Phase.WARN


def _publication(row: StreetPublicationRow) -> Publication:
    phase = None if row.phase is None else Phase(row.phase)
    return Publication(row.street, row.version, row.published_at, row.publisher, phase)
