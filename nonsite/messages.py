"""Every message of the bus as a model: what the topics' JSON Schemas are published from."""

import json
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors import AlertMessage, Suppression
from evidence import EvidenceMessage, LogMessage
from nonsite.settings import SourceSettings
from records import BadInput, fault_of
from streams import TOPICS, CameraState, topics


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CameraMessage(_Message):
    """A camera that some worker is to watch. Key: `group/camera`; cameras of one group go to one worker."""

    version: Literal[1] = 1
    camera: SourceSettings

    @property
    def key(self) -> str:
        """Where it lies on the bus."""
        return key_of(self.camera)

    def to_json(self) -> dict[str, Any]:
        """As it lies on the bus."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"version": 1}


class StreetMessage(_Message):
    """Street layers were published. Key: street."""

    event_id: str
    street: str = Field(description="name of the street")
    layer_version: str = Field(alias="version", description="content hash of the layers")
    published_at: datetime
    publisher: str
    geojson: dict[str, Any] = Field(description="the whole street, as `nonsite street export` writes it")


class CameraStanding(_Message):
    """What was found of a camera, under the calibration that `fingerprint` names."""

    fingerprint: str
    state: CameraState
    reason: str
    since: datetime | None


class IncidentsMessage(_Message):
    """The open incidents of a camera group, from which whoever takes the cameras over goes on. Key: group."""

    version: Literal[1]
    group: str
    at: datetime
    machine: str = Field(description="who watched")
    origin: tuple[float, float] = Field(description="lon, lat of the plane that metres are in")
    incidents: list[dict[str, Any]] = Field(description="see detectors.incident.Incident")
    suppressions: list[Suppression] = Field([], description="places where a camera of the group is silent")
    unsealed: list[AlertMessage] = Field(description="alerts that were told and whose package is still to be sealed")
    answered: list[str] = Field(description="alerts whose second look was told")
    cameras: dict[str, CameraStanding] = Field({}, description="what was found of the group's cameras, by id")


class Place(_Message):
    """Where to look, CGCS2000 degrees."""

    lon: float
    lat: float
    footprint: list[tuple[float, float]] | None


class CommandMessage(_Message):
    """The chain asks a camera to look again at the place of an alert, not before `due`. Key: camera."""

    event_id: str
    command: Literal["recapture"]
    alert_id: str
    source_id: str
    place: Place
    kind: str
    due: datetime
    at: datetime
    alert: dict[str, Any] = Field(description="the AlertMessage")


class SuppressMessage(_Message):
    """An operator found a camera wrong at a place: it raises no alert of that kind there for a time. Key: camera."""

    event_id: str
    command: Literal["suppress"]
    source_id: str
    at: datetime
    suppression: Suppression


class LiftMessage(_Message):
    """A suppression ends before its time. Key: camera."""

    event_id: str
    command: Literal["lift"]
    source_id: str
    at: datetime
    suppression_id: str
    by: str


class RecheckMessage(_Message):
    """The answer to a re-capture."""

    event: Literal["recheck"]
    event_id: str
    alert_id: str
    result: Literal["cleared", "still", "undecided"]
    package_id: str
    at: datetime
    message: AlertMessage


class CaseMessage(_Message):
    """A lead or case took a step, or a complaint did: ids and states, nothing personal. Key: its id."""

    event_id: str
    id: str
    subject: Literal["lead", "case", "complaint"]
    kind: str
    state: str
    came_from: str | None = Field(alias="from")
    step: str
    at: datetime


class CameraAlarm(_Message):
    """One thing that is wrong with a camera, in words; with `stops` it raises no alerts until that is lifted."""

    code: str
    zh: str
    en: str
    since: datetime
    stops: bool


class HealthMessage(_Message):
    """How a camera is: told when that changes. Key: camera."""

    version: Literal[1]
    source_id: str
    at: datetime
    state: CameraState
    since: datetime | None
    shift_px: float | None = Field(description="how far the scene lay off when it was last found, farthest point")
    reference: Literal["given", "learnt, not verified", "none"]
    alarms: list[CameraAlarm]


class ReferenceMessage(_Message):
    """The picture that a camera's later ones are laid against, as a worker learnt it. Key: `group/camera`."""

    version: Literal[1]
    source_id: str
    fingerprint: str = Field(description="the calibration that it was learnt under")
    learnt_at: datetime
    picture: str = Field(description="PNG in base64: grey, 480 pixels wide")


class DeadLetter(_Message):
    """A message that a group could not digest. Key: topic."""

    topic: str
    key: str
    id: str = Field(description="where it lay on the bus")
    group: str
    error: str
    message: dict[str, Any]


_MODELS: dict[str, tuple[type[BaseModel], ...]] = {
    topics.CAMERAS: (CameraMessage,),
    topics.STREET: (StreetMessage,),
    topics.INCIDENTS: (IncidentsMessage,),
    topics.COMMANDS: (CommandMessage, SuppressMessage, LiftMessage),
    topics.ALERTS: (AlertMessage, RecheckMessage),
    topics.EVIDENCE: (EvidenceMessage,),
    topics.LOGS: (LogMessage,),
    topics.CASES: (CaseMessage,),
    topics.HEALTH: (HealthMessage,),
    topics.REFERENCES: (ReferenceMessage,),
    topics.DEADLETTER: (DeadLetter,),
}


def schema_of(topic: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a topic's messages. Every message also bears `schema`, the topic's name."""
    about = TOPICS[topic]
    parts = [model.model_json_schema() for model in _MODELS[topic]]
    for part in parts:
        part.pop("additionalProperties", None)  # the bus adds `schema` and `version`; readers ignore what is new
        part["properties"] |= {"schema": {"const": topic}}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic,
        "$comment": f"version {about.version}; key: {about.key}; {'compacted' if about.compacted else 'a log'}",
    }
    if len(parts) == 1:
        return {**parts[0], **head}
    defs = {name: one for part in parts for name, one in part.pop("$defs", {}).items()}
    return {**head, "anyOf": parts, "$defs": defs}


def group_of(camera: SourceSettings) -> str:
    """Cameras that see the same ground share a group and go to one worker; one that shares none is its own."""
    return camera.group or camera.id


def key_of(camera: SourceSettings) -> str:
    """The key of what is told of one camera among its group: `group/camera`."""
    return f"{group_of(camera)}/{camera.id}"


def need_message(topic: str, message: dict[str, Any]) -> None:
    """BadInput E_MESSAGE, naming the field, where a message is not what its topic carries.

    Who reads records need not ask again: one with a kind that nobody knows would break every page that lists it.
    """
    try:
        json.dumps(message, allow_nan=False)
    except ValueError as error:
        raise BadInput("E_MESSAGE", f"{topic}: {error}", "plain values only") from error
    plain = {name: value for name, value in message.items() if name not in ("schema", "version")}
    faults = []
    for model in _MODELS[topic]:
        try:
            model.model_validate(plain)
            return
        except ValidationError as error:
            first = error.errors()[0]
            faults.append(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    raise BadInput("E_MESSAGE", f"{topic}: {faults[0]}", "docs/schemas says what it carries")


def camera_of(message: dict[str, Any]) -> SourceSettings:
    """The camera of a message; BadInput E_CAMERA naming the field at fault."""
    try:
        return CameraMessage.model_validate(message).camera
    except ValidationError as error:
        raise BadInput("E_CAMERA", fault_of(error), "publish it anew from the hub's settings") from error
