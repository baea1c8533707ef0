"""The street for the map: published layers as GeoJSON."""

from typing import Any

from fastapi import APIRouter, Request

from console.access import Parts, Staff
from console.render import language_of

router = APIRouter(prefix="/api", tags=["street"])


@router.get("/street")
def street(request: Request, parts: Parts, session: Staff) -> dict[str, Any]:
    """A FeatureCollection in CGCS2000 longitude and latitude; `words` names the layers in the page's language."""
    features: dict[str, Any] = parts.street.features_geojson()
    return {**features, "words": language_of(request).starting("layer.")}
