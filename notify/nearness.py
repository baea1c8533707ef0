"""What is near a place that belongs to no shop: words for people who must find it, never for who is liable."""

from sqlalchemy.orm import Session

from geofence import LonLat, StreetIndex, version
from records import BadInput

REACH_M = 15.0
_MOST = 16
_indexes: dict[str, StreetIndex] = {}  # by version, which is the hash of its content: alike in every database


def index_of(session: Session, layer_version: str) -> StreetIndex | None:
    """The street of a version of the layers; None where that version is not kept here."""
    try:
        index = _indexes.get(layer_version) or StreetIndex(version(session, layer_version))
    except BadInput:
        return None
    if len(_indexes) >= _MOST:
        _indexes.clear()
    _indexes[layer_version] = index
    return index


def near_text(session: Session, layer_version: str, lon: float, lat: float) -> str | None:
    """`示范路8号附近（约6米）` for a place in CGCS2000 degrees; None where no front line is within reach."""
    index = index_of(session, layer_version)
    if index is None:  # the layers of the alert are not published here: coordinates must do
        return None
    hit = index.frontage_near(LonLat(lon, lat), REACH_M)
    return f"{hit.address}附近（约{max(1, round(abs(hit.distance_m)))}米）" if hit else None
