"""Calibrations that were put in force in the console: they go before the points of the settings."""

from pathlib import Path

import structlog
from sqlalchemy.orm import Session

from geofence import Calibration, CoordSystem, calibration_in_force, kept_calibration
from nonsite.settings import ControlPoint, Settings, SourceSettings
from records import Database

log = structlog.get_logger("calibration")


def calibrated(settings: Settings, database: Database, pictures: Path | None = None) -> Settings:
    """The settings with every standing camera calibrated as the console last put in force; where it never did, the
    settings' own points hold.

    What was learnt of the camera's looks before is forgotten: the picture of the calibration is the new reference where
    a folder for `pictures` is shared with whoever watches, else one is learnt anew.
    """
    with database.read() as session:
        sources = tuple(_calibrated(session, source, pictures) for source in settings.sources)
    return settings.model_copy(update={"sources": sources})


def may_be_calibrated(source: SourceSettings, settings: Settings) -> bool:
    """Whether a camera that the settings give no points may have some in the console: there is a database already."""
    there = settings.database is not None or Path(settings.database_url).exists()
    return there and not source.calibration and source.mount is None


def _calibrated(session: Session, source: SourceSettings, pictures: Path | None) -> SourceSettings:
    kept = None if source.mount is not None else calibration_in_force(session, source.id)
    if kept is None:
        return source
    found = Calibration.from_json(kept.document)
    places = [(point.px, point.lonlat.to(CoordSystem.CGCS2000)) for point in found.points]
    log.info("calibrated in the console", source=source.id, version=kept.version, by=kept.decided_by)
    return source.model_copy(
        update={
            "calibration": tuple(ControlPoint(px=px, lonlat=(place.lon, place.lat)) for px, place in places),
            "image_size": found.image_size,
            "lens_distortion": bool(found.pose.k1),
            "reference": None if pictures is None else str(_picture(session, kept.id, pictures / source.id)),
            "reference_since": kept.decided_at,
        }
    )


def _picture(session: Session, calibration_id: int, folder: Path) -> Path:
    """The picture of a calibration as a file, by its hash."""
    kept, picture = kept_calibration(session, calibration_id)
    path = folder / f"calibrated-{kept.picture_sha256[:12]}"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".fresh")
        fresh.write_bytes(picture)
        fresh.replace(path)
    return path
