"""Settings: one YAML file says what a process watches, where it keeps things and whose law it follows."""

import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from records import BadInput
from streams import Mechanism

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ControlPoint(_Part):
    """A point seen in the picture and known on the map."""

    px: Annotated[tuple[float, float], Field(description="pixel, x right and y down")]
    lonlat: Annotated[tuple[float, float], Field(description="longitude, latitude in the street file's system")]


class MountSettings(_Part):
    """How a camera sits on a vehicle."""

    forward_m: float = 0.0
    right_m: float = 0.0
    height_m: float = Field(gt=0, description="above the ground")
    yaw_deg: float = Field(0.0, description="clockwise from the driving direction")
    pitch_deg: float = Field(0.0, description="downward is positive")
    f_px: float = Field(gt=0, description="focal length in pixels")
    gnss_system: Literal["CGCS2000", "WGS84"] = Field("WGS84", description="what the receiver is referred to")


class DeviceSettings(_Part):
    """The camera or vehicle as its evidence names it: place, make, and the reviews that make it evidence (APL 41)."""

    lon: float
    lat: float
    serial: str = ""
    model: str = ""
    firmware: str = ""
    installed: date | None = None
    legal_review_no: str = ""
    technical_review_no: str = ""
    verification_no: str = ""
    verification_valid_until: date | None = None
    site_publication_ref: str = ""
    maintenance_due: date | None = None


class SourceSettings(_Part):
    """A camera, vehicle, file or URL that yields frames."""

    id: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    url: str = Field(repr=False, description="file, folder of recordings or pictures, http(s):// or rtsp://")
    sub_url: str | None = Field(
        None, repr=False, description="smaller stream of the same camera: looked at, while the packets of url are kept"
    )
    kind: Literal["camera", "vehicle", "file"] = "camera"
    start: datetime | None = Field(None, description="capture time of the first frame of a file")
    image_size: tuple[int, int] | None = Field(None, description="width, height that the calibration refers to")
    calibration: tuple[ControlPoint, ...] = Field((), description="at least four ground control points")
    lens_distortion: bool = Field(False, description="fit the lens's distortion too, from at least six points")
    mount: MountSettings | None = None
    track: str | None = Field(None, description="NMEA, GPX or CSV track of a vehicle")
    track_columns: dict[str, str] = Field(default_factory=dict, description="CSV column names by meaning")
    watch: str = Field("keyframes", description="keyframes, all, or seconds between analysed frames")
    reference: str | None = Field(
        None, description="picture from when it was calibrated; without one a reference is learnt, and is not verified"
    )
    reference_since: datetime | None = Field(
        None, description="somebody went and looked: a reference learnt before this holds no more, nor what it found"
    )
    group: str | None = Field(None, description="sources that see the same ground share a group")
    device: DeviceSettings | None = Field(None, description="without it what the source sees cannot be sealed")


class ConsoleSettings(_Part):
    """Where the console listens."""

    host: str = "127.0.0.1"
    port: int = Field(8765, ge=0, le=65535)
    machine_tokens: Path | None = Field(None, description="YAML machine: token of those that send packages over HTTP")
    tiles: str | None = Field(
        None, description="optional tile server of your own, e.g. http://tiles.local/{z}/{x}/{y}.png"
    )


class KafkaSettings(_Part):
    """The brokers over which roles in processes of their own speak."""

    servers: tuple[str, ...] = Field(min_length=1, description="host:port of brokers")
    shares: int = Field(
        60, ge=1, description="parts that cameras are dealt out in: the most workers; settled when the topics are made"
    )
    replicas: int = Field(-1, ge=-1, description="copies of every message; -1: what the brokers have as default")
    tls: bool = Field(False, description="encrypted connections to brokers that show who they are")
    ca: Path | None = Field(None, description="PEM file of who vouches for the brokers; else whom the system trusts")
    certificate: Path | None = Field(None, description="PEM file by which this machine shows who it is")
    key: Path | None = None
    user: str | None = None
    password_file: Path | None = None
    mechanism: Mechanism = "SCRAM-SHA-512"
    strength: float | None = Field(
        None,
        gt=0,
        description="a worker's share of the cameras beside others'; without it, the networks it runs at once",
    )
    spool_mb: int = Field(256, ge=1, description="room on a worker's disk for what waits while the brokers are away")


class CameraCheckSettings(_Part):
    """How every camera is checked: its scene against the reference, its lens and its network against their history."""

    every_s: float = Field(60.0, gt=0, description="between two looks at a camera that lies in place")
    doubt_every_s: float = Field(10.0, gt=0, description="while one is in doubt")
    confirm_s: float = Field(20.0, ge=0, description="how long a shift must stand")
    blind_after_s: float = Field(60.0, ge=0, description="how long a blank picture must stand")
    lost_after_s: float = Field(300.0, ge=0, description="how long the scene may not be recognised")
    frozen_after_s: float = Field(300.0, gt=0, description="how long the picture may be the same to the last pixel")
    recover_s: float = Field(120.0, ge=0, description="how long all must be in place before it is believed again")
    soft_ratio: float = Field(0.6, gt=0, lt=1, description="share of the camera's own sharpness below which it is soft")
    soft_after_s: float = Field(900.0, ge=0)
    hidden_share: float = Field(0.3, gt=0, le=1, description="share of the scene that must be hidden")
    hidden_after_s: float = Field(3600.0, gt=0)
    drift_bound: float = Field(2.0, gt=0, description="robust deviations from the camera's own history")
    history_days: int = Field(42, ge=14, description="days of detections and scores by hour that are kept")
    folder: Path | None = Field(
        None, description="learnt references and history; default: cameras in the data folder; workers may share it"
    )


class ShadowSettings(_Part):
    """A candidate network that looks at a share of the frames beside the present one."""

    model: str = Field(description="network of the registry, or path of a card")
    share: float = Field(0.1, gt=0, le=1, description="of the analysed frames of every source [given]")
    max_mb: int = Field(64, ge=1, description="room for the lines about frames on which the two differ [given]")


class HealthSettings(_Part):
    """Where worker and hub answer /healthz, /readyz and /metrics; the console does so at its own address."""

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535, description="0 takes a free one, named in the role's status file")


class SignerSettings(_Part):
    """The sealing key in a hardware module behind PKCS #11 (extra [hsm])."""

    module: Path = Field(description="the vendor's PKCS #11 library")
    token: str = Field(description="label of the token")
    key: str = Field(description="label of the private key")
    pin_file: Path = Field(description="file with the user PIN, readable by nonsite alone")
    certificate: Path = Field(description="PEM with the sealing certificate, leaf first")


class AnchorSettings(_Part):
    """How often the logs' checkpoint is signed and stamped, and where outside it is left."""

    every_s: float = Field(3600.0, gt=0, le=86400, description="what is younger than a checkpoint nothing vouches for")
    places: tuple[str, ...] = Field(
        (), description="outside our control: folders (mounted shares), https:// addresses that take PUT, s3://bucket"
    )


class KeepingSettings(_Part):
    """How long evidence is kept, and where its second copy lies. Days that nobody stated are kept for good."""

    no_penalty_days: int | None = Field(None, ge=30, description="confirmed, and ended without a penalty")
    case_file_days: int | None = Field(None, ge=30, description="part of a case file, from the decision on")
    copy_to: str | None = Field(None, description="second copy: a folder, or s3://bucket/prefix with Object Lock")
    footage_mb: int = Field(8192, ge=64, description="room for footage that waits beside the evidence")


class Settings(_Part):
    """Everything one process needs to know; unknown keys are refused."""

    data: Path = Field(description="folder for database, evidence, keys and logs")
    database: str | None = Field(None, description="SQLAlchemy URL; default: an SQLite file in the data folder")
    clock: str | None = Field(None, description="shared clock file; default: the host's clock")
    clock_follows_sources: bool = Field(False, description="recorded sources step the shared clock as they play")
    machine: str = "machine-1"
    profile: str = "pudong"
    street: Path
    model: str = "street-n"
    runtime: Literal["onnx", "openvino"] = Field(
        "onnx", description="what computes the network: onnx, or openvino (extra [openvino])"
    )
    shadow: ShadowSettings | None = Field(None, description="a candidate that looks beside the model, alerting nobody")
    organ: str = "pudong"
    brands: Path | None = Field(None, description="YAML with the liveries of bike operators, instead of the usual ones")
    registers: Path | None = Field(None, description="YAML with organs, officers, devices, shops to load at start")
    users: Path | None = Field(None, description="YAML with the people who may sign in, to load at start")
    sources: tuple[SourceSettings, ...] = ()
    console: ConsoleSettings = Field(default_factory=lambda: ConsoleSettings.model_validate({}))
    authority: Path | None = Field(None, description="folder with CA, sealing key and time authority certificates")
    tsa_url: str | None = None
    tsa_urls: tuple[str, ...] = Field((), description="further time authorities, asked in order where the first fails")
    tsa_ca: Path | None = Field(None, description="PEM with the roots of outside time authorities; default: the local")
    signer: SignerSettings | None = Field(None, description="default: the software key in the authority folder")
    sm2_key: Path | None = Field(None, description="SM2 key (PEM): every seal is then doubled in national cryptography")
    ca: Path | None = Field(None, description="PEM with the roots of sealing certificates; default: the local")
    keeping: KeepingSettings = Field(default_factory=lambda: KeepingSettings.model_validate({}))
    anchor: AnchorSettings = Field(default_factory=lambda: AnchorSettings.model_validate({}))
    gateway_url: str | None = None
    gateway_secret: Path | None = None
    staff_channels: Path | None = Field(None, description="YAML of role: [apprise addresses]; keep it secret")
    kafka: KafkaSettings | None = Field(None, description="for worker, hub and console as processes of their own")
    health: HealthSettings = Field(default_factory=lambda: HealthSettings.model_validate({}))
    camera_check: CameraCheckSettings = Field(default_factory=lambda: CameraCheckSettings.model_validate({}))
    hub_url: str | None = Field(None, description="console of the hub, to which a patrol vehicle sends over HTTP")
    hub_token: Path | None = Field(None, description="file with the token that the hub knows this machine by")
    public_url: str | None = Field(None, description="address that links in messages carry")

    @property
    def database_url(self) -> str:
        return self.database or str(self.data / "nonsite.db")


def load_settings(path: Path | str) -> Settings:
    """Settings from a YAML file; relative paths in it are relative to the file, `${NAME}` is the environment's NAME.

    Raises BadInput naming the file, the field and the fault.
    """
    file = Path(path)
    try:
        raw = yaml.safe_load(file.read_text())
    except OSError as error:
        raise BadInput("E_CONFIG", f"{file}: {error.strerror}", "name an existing YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput("E_CONFIG", f"{file}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise BadInput("E_CONFIG", f"{file}: expected a mapping of settings")
    try:
        settings = Settings.model_validate(_with_environment(raw, file))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput("E_CONFIG", f"{file}: {field}: {first['msg']}", "see configs/default.yaml") from error
    return _absolute(settings, file.resolve().parent)


def _with_environment(value: Any, file: Path) -> Any:
    """`value` with every `${NAME}` in its texts replaced: what differs from machine to machine, and what is secret."""

    def read(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in os.environ:
            raise BadInput("E_CONFIG", f"{file}: ${{{name}}} is not in the environment", f"set {name}")
        return os.environ[name]

    if isinstance(value, dict):
        return {key: _with_environment(one, file) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_environment(one, file) for one in value]
    return _VARIABLE.sub(read, value) if isinstance(value, str) else value


def _absolute(settings: Settings, base: Path) -> Settings:
    def place(value: str | None) -> str | None:
        return value if value is None or "://" in value else str(base / value)

    changes: dict[str, Any] = {
        "data": base / settings.data,
        "street": base / settings.street,
        "brands": settings.brands and base / settings.brands,
        "registers": settings.registers and base / settings.registers,
        "users": settings.users and base / settings.users,
        "authority": base / (settings.authority or settings.data / "authority"),
        "tsa_ca": settings.tsa_ca and base / settings.tsa_ca,
        "ca": settings.ca and base / settings.ca,
        "sm2_key": settings.sm2_key and base / settings.sm2_key,
        "signer": settings.signer
        and settings.signer.model_copy(
            update={
                "pin_file": base / settings.signer.pin_file,
                "certificate": base / settings.signer.certificate,
            }
        ),
        "anchor": settings.anchor.model_copy(
            update={"places": tuple(str(place(one)) for one in settings.anchor.places)}
        ),
        "keeping": settings.keeping.model_copy(update={"copy_to": place(settings.keeping.copy_to)}),
        "gateway_secret": settings.gateway_secret and base / settings.gateway_secret,
        "staff_channels": settings.staff_channels and base / settings.staff_channels,
        "hub_token": settings.hub_token and base / settings.hub_token,
        "console": settings.console.model_copy(
            update={"machine_tokens": settings.console.machine_tokens and base / settings.console.machine_tokens}
        ),
        "kafka": settings.kafka
        and settings.kafka.model_copy(
            update={
                name: base / file
                for name in ("ca", "certificate", "key", "password_file")
                if (file := getattr(settings.kafka, name)) is not None
            }
        ),
        "camera_check": settings.camera_check.model_copy(
            update={"folder": base / (settings.camera_check.folder or settings.data / "cameras")}
        ),
        "clock": place(settings.clock),
        "sources": tuple(
            source.model_copy(
                update={
                    "url": place(source.url),
                    "track": place(source.track),
                    "reference": place(source.reference),
                }
            )
            for source in settings.sources
        ),
    }
    return settings.model_copy(update=changes)
