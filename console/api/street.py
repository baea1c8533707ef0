"""The street for the map: layers in force, what holds at a time, a place explained, versions and their differences."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request

from console.access import Parts, Staff
from console.render import language_of
from console.streets import PublishedStreet, layers_of, states_at
from geofence import LonLat, check, difference, difference_geojson, history, version
from records import BadInput, parse_iso

router = APIRouter(prefix="/api/street", tags=["street"])


def published(request: Request) -> PublishedStreet:
    """The street in force, as this application keeps it."""
    found: PublishedStreet = request.app.state.street
    return found


@router.get("")
def street(request: Request, session: Staff) -> dict[str, Any]:
    """A FeatureCollection in CGCS2000 longitude and latitude; `words` names the layers in the page's language."""
    now = published(request).now()
    return {**now.features_geojson(), "words": language_of(request).starting("layer."), "version": now.version}


@router.get("/layers")
def layers(session: Staff) -> list[dict[str, Any]]:
    """What each layer's features look like and say."""
    return layers_of()


@router.get("/states")
def states(request: Request, session: Staff, at: str) -> dict[str, Any]:
    """Which features hold at a time (ISO 8601 with zone), and by which hour rule or term."""
    when = _time(at)
    now = published(request).now()
    return {"at": now.local(when).isoformat(), "version": now.version, "features": states_at(now, when)}


@router.get("/check")
def check_place(
    request: Request, session: Staff, lon: float, lat: float, at: str, accuracy_m: float = 0.0
) -> dict[str, Any]:
    """What is forbidden and allowed at a place at a time, and which zone, permit and hour decides."""
    found = check(published(request).index(), LonLat(lon, lat), _time(at), accuracy_m)
    words = found.en if language_of(request).language == "en" else found.zh
    return {**found.to_json(), "words": list(words)}


@router.get("/versions")
def versions(request: Request, parts: Parts, session: Staff) -> list[dict[str, Any]]:
    """Every publication, newest first."""
    name = published(request).now().name
    with parts.database.read() as found:
        return [
            {
                "version": one.version,
                "published_at": one.published_at,
                "publisher": one.publisher,
                "phase": one.phase and one.phase.value,
            }
            for one in history(found, name)
        ]


@router.get("/difference")
def changed(request: Request, parts: Parts, session: Staff, before: str, after: str) -> dict[str, Any]:
    """What changed from one version to another, by feature and field and for the map."""
    with parts.database.read() as found:
        changes = difference(version(found, before), version(found, after))
    return {
        "changes": [{**one.to_json(), "words": str(one)} for one in changes],
        "map": difference_geojson(changes),
    }


def _time(text: str) -> datetime:
    try:
        return parse_iso(text)
    except ValueError as error:
        raise BadInput("E_TIME", f"{text}: {error}", "as in 2026-06-03T18:00:00+08:00") from error
