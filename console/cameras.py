"""How the cameras are, as the workers tell it: what the wall shows of those that something is wrong with."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from records import parse_iso

if TYPE_CHECKING:
    from streams import Event


@dataclass(frozen=True, slots=True)
class CameraAlarm:
    """One thing that is wrong with a camera, in both languages; with `stops` it raises no alerts."""

    code: str
    text_zh: str
    text_en: str
    since: datetime
    stops: bool


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera as it was told last."""

    id: str
    state: str
    at: datetime
    since: datetime | None
    shift_px: float | None
    reference: str
    alarms: tuple[CameraAlarm, ...]

    @classmethod
    def of(cls, message: dict[str, Any]) -> "CameraView":
        alarms = tuple(
            CameraAlarm(one["code"], one["zh"], one["en"], parse_iso(one["since"]), bool(one["stops"]))
            for one in message["alarms"]
        )
        since = message["since"]
        return cls(
            message["source_id"],
            message["state"],
            parse_iso(message["at"]),
            None if since is None else parse_iso(since),
            message["shift_px"],
            message["reference"],
            alarms,
        )


class CameraBoard:
    """The last word on every camera; fed by the live topic's events, in their order."""

    def __init__(self) -> None:
        self._cameras: dict[str, CameraView] = {}
        self._lock = Lock()

    def take(self, event: "Event") -> dict[str, Any]:
        """Note an event of `nonsite.health`; what an open page learns of it."""
        camera = CameraView.of(event.message)
        with self._lock:
            self._cameras[camera.id] = camera
        return {"id": camera.id, "state": camera.state}

    def all(self) -> list[CameraView]:
        """Every camera, by id."""
        with self._lock:
            return sorted(self._cameras.values(), key=lambda camera: camera.id)

    def wrong(self) -> list[CameraView]:
        """Those that something is wrong with; first those that raise no alerts for it."""
        alarmed = [camera for camera in self.all() if camera.alarms]
        return sorted(alarmed, key=lambda camera: (not any(alarm.stops for alarm in camera.alarms), camera.id))
