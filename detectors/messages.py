"""The alert as it travels: a versioned message with its JSON Schema."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from detectors.violation import Violation

SCHEMA_VERSION: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(_Part):
    """One element of the violation, in data and in words."""

    code: str
    met: bool | None
    zh: str
    en: str
    value: float | int | str | None = None
    threshold: float | int | str | None = None


class SeenBox(_Part):
    """One box that the alert rests on; `box` is x1, y1, x2, y2 in pixels of the frame."""

    source_id: str
    frame_pts_s: float | None
    captured_at: datetime
    box: tuple[float, float, float, float]
    kind: str
    score: float


class UsedFrame(_Part):
    """A frame that was looked at before the alert was told."""

    source_id: str
    frame_pts_s: float | None
    captured_at: datetime


class ModelRef(_Part):
    """The network that saw it."""

    name: str
    sha256: str


class AlertMessage(_Part):
    """A0: a thing met every element of one violation kind.

    Positions are CGCS2000 degrees, times UTC. `opened` is when it was first seen there, `dwell_s` how long it has stood
    unlawfully, `footprint` its corners on the ground. `phase` is that of the zone: `warn` allows dissuasion only.
    `boxes` are those of the frame that raised it, `frames` that one and those that confirmed it.
    `stage` is `recheck`, with the alert it `answers`, where it was looked at again after a notice.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    id: str
    incident_id: str
    kind: Violation
    subkind: str
    source_id: str
    source_group: str
    lon: float
    lat: float
    accuracy_m: float
    footprint: tuple[tuple[float, float], ...]
    opened: datetime
    raised: datetime
    dwell_s: float
    shop_id: str | None = None
    shop_name: str | None = None
    phase: str | None = None
    zone_ids: tuple[str, ...] = ()
    layer_version: str
    reasons: tuple[Reason, ...]
    facts: dict[str, Any] = Field(default_factory=dict)
    count: int = 1
    boxes: tuple[SeenBox, ...] = ()
    frames: tuple[UsedFrame, ...] = ()
    model: ModelRef
    stage: Literal["first_seen", "recheck"] = "first_seen"
    answers: str | None = None

    @property
    def cell(self) -> str:
        """Ground cell of some 100 m, by which alerts are keyed on the bus."""
        return f"{int(self.lon * 1000)}:{int(self.lat * 1000)}"
