"""What the violation detectors say of one source, and why not: the engine of `nonsite watch`.

It needs a street and a camera's view of the ground, nothing else: no database, no hub. With an evidence folder it seals
every alert there, on an authority of its own that it makes in that folder.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detectors import AlertMessage, DetectorRules, Explanation, IncidentStore, Watcher
from evidence import DeviceFacts, EvidenceStore, Sealed, Sealer, SealProfile, create_ca
from geofence import Street, StreetIndex, load_street
from models import load_network
from nonsite.camera import CameraHealth
from nonsite.closer import closer_look
from nonsite.dwell import DwellFootage
from nonsite.rules import detector_rules
from nonsite.sealing import Witness
from nonsite.settings import CameraCheckSettings, DeviceSettings, SourceSettings
from nonsite.streaming import clock_facts, everything, health_facts, source_spec
from nonsite.watching import Ground, Watching, model_facts
from notify import load_profile
from records import BadInput, Clock, Database, SystemClock, fault_of, read_yaml
from streams import Look, Network, Scheduler, Source, open_source

Tell = Callable[[str, dict[str, Any]], None]
_SOURCE_ID = "watched"


class WatchConfig(BaseModel):
    """What `nonsite watch` must know of a source; relative paths are relative to the file it stands in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    street: Path | dict[str, Any] = Field(description="street file, or its content")
    source: dict[str, Any] = Field(description="calibration or mount and track, as a source of `nonsite run` has them")
    profile: str | None = Field(None, description="law profile whose numbers hold; else `rules` gives all of them")
    rules: dict[str, Any] = Field(default_factory=dict, description="detector rules that differ from the profile")
    model: str = "street-n"


@dataclass(slots=True)
class WatchReport:
    """What came of it; `street_s` is the time from the first frame to the last, as the source tells it."""

    frames: int = 0
    street_s: float = 0.0
    alerts: list[AlertMessage] = field(default_factory=list)
    sealed: list[Sealed] = field(default_factory=list)
    explanations: list[Explanation] = field(default_factory=list)


def load_watch_config(path: Path | str) -> WatchConfig:
    """Read a watch configuration.

    Raises:
        BadInput: E_CONFIG naming the file, the field and the fault.
    """
    file = Path(path)
    config = read_yaml(file, WatchConfig, "E_CONFIG", "a watch configuration has street, source, and profile or rules")
    base = file.resolve().parent
    street = config.street if isinstance(config.street, dict) else base / config.street
    source = dict(config.source)
    source |= {name: str(base / source[name]) for name in ("track", "reference") if source.get(name)}
    model = str(base / config.model) if config.model.endswith((".yaml", ".onnx")) else config.model
    return config.model_copy(update={"street": street, "source": source, "model": model})


def watch(
    url: str,
    config: WatchConfig,
    *,
    tell: Tell,
    network: Network | None = None,
    clock: Clock | None = None,
    evidence: Path | None = None,
    sightings: bool = False,
) -> WatchReport:
    """Watch one source to its end.

    Args:
        url: file, folder of pictures, or http, https, rtsp URL.
        config: street and view of the ground.
        tell: called with ("alert" | "sighting" | "sealed" | "camera", document) as they come.
        network: instead of the configured one.
        clock: for ids and seals; the host's by default.
        evidence: folder that alerts are sealed in; none seals nothing.
        sightings: whether every located detection is told.

    Raises:
        BadInput: for a source, street, calibration or network that cannot be used.
    """
    clock = clock or SystemClock()
    settings = _source_settings(url, config)
    street = load_street(config.street)
    rules = rules_of(config)
    ground = Ground(settings, street)
    network = network or load_network(config.model)
    report = WatchReport()
    source = open_source(source_spec(settings), clock)
    try:
        incidents = IncidentStore(rules, clock, settings.id)
        watching = _watching(settings, source, ground, street, incidents, network, clock)
        seals = None if evidence is None else _Seals(evidence, watching, clock, report, tell)
        _run(watching, network, clock, report, seals, tell, sightings, incidents)
    finally:
        source.close()
    report.explanations = watching.watcher.explain()
    return report


def rules_of(config: WatchConfig) -> DetectorRules:
    """The profile's rules with the configuration's changes."""
    if config.profile is None:
        return DetectorRules.from_mapping(config.rules)
    return detector_rules(load_profile(config.profile)).changed(config.rules)


def _run(
    watching: Watching,
    network: Network,
    clock: Clock,
    report: WatchReport,
    seals: "_Seals | None",
    tell: Tell,
    sightings: bool,
    incidents: IncidentStore,
) -> None:
    first: list[datetime] = []
    watcher = watching.watcher

    def on_look(look: Look) -> None:
        at = look.frame.captured_at
        first[:] = first or [at]
        report.frames += 1
        report.street_s = (at - first[0]).total_seconds()
        view = watching.ground.at(at)
        if view is None:
            return
        if not look.carried:
            watching.note(look.frame, list(look.detections))
        if watching.camera.look(look):
            tell("camera", watching.camera.message(at))
        if (why := watching.camera.unfit()) is not None:
            watcher.stand_by(why)
            return
        for raised in watcher.observe(look.frame, everything(look), view):
            report.alerts.append(raised.message)
            tell("alert", raised.message.model_dump(mode="json"))
            watching.raised(raised)
        watching.keep_footage(incidents)
        if sightings:
            for sighting in watcher.sightings():
                tell("sighting", sighting)
        if seals is not None:
            seals.due(watching.source.ring.newest)

    Scheduler([watching.source], [network], clock, hold_ratio=watcher.rules.hold_score_ratio).run(on_look)
    if seals is not None:
        seals.due(None)


class _Seals:
    """Seals the alerts of one source in a folder, with an authority of its own."""

    def __init__(self, folder: Path, watching: Watching, clock: Clock, report: WatchReport, tell: Tell) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput("E_OUT", f"{folder}: {error.strerror}", "name a folder that can be written") from error
        authority = create_ca(folder / "authority", clock)
        machine = Database(folder / "machine.db")
        machine.upgrade()
        store = EvidenceStore.open(folder / "evidence")
        profile = SealProfile("nonsite watch", "nonsite watch")
        self._sealer = Sealer(store, machine, "watch", authority.sealing_signer(), clock, profile)
        self._watching, self._clock, self._report, self._tell = watching, clock, report, tell
        watching.footage = DwellFootage(folder / "dwell", max(watching.watcher.rules.dwell_s.values()))

    def due(self, newest: datetime | None) -> None:
        """Seal the alerts whose post-roll has passed, all of them at the end."""
        one = self._watching
        for waiting in one.due(newest):
            alert = waiting.alert
            clock = clock_facts(False, self._clock.now(), one.source)
            health = health_facts(one.source, camera=one.camera.facts())
            sealed = self._sealer.seal(one.request(waiting, clock, health))
            one.sealed(alert)
            self._report.sealed.append(sealed)
            self._tell("sealed", {"alert_id": alert.id, "package_id": sealed.package_id, "path": str(sealed.path)})


def _source_settings(url: str, config: WatchConfig) -> SourceSettings:
    try:
        return SourceSettings.model_validate({"kind": "file", **config.source, "id": _SOURCE_ID, "url": url})
    except ValidationError as error:
        raise BadInput("E_CONFIG", f"source.{fault_of(error)}", "see a source of `nonsite run`") from error


def _watching(
    settings: SourceSettings,
    source: Source,
    ground: Ground,
    street: Street,
    incidents: IncidentStore,
    network: Network,
    clock: Clock,
) -> Watching:
    camera = CameraHealth(settings, ground, CameraCheckSettings.model_validate({}), clock.now())
    watcher = Watcher(
        settings.id,
        StreetIndex(street),
        incidents.rules,
        network,
        clock,
        incidents,
        lambda _topic, _key, _message: None,
        confirm=source.confirm,
        view_at=ground.at if ground.moving else None,
        moving=ground.moving,
        closer=closer_look(),
        doubt=camera.doubt,
    )
    return Watching(settings, source, ground, watcher, _witness(settings, street, network), camera)


def _witness(settings: SourceSettings, street: Street, network: Network) -> Witness:
    here = street.plane.origin
    device: DeviceSettings = settings.device or DeviceSettings(lon=here.lon, lat=here.lat)
    geofence = {**street.features_geojson(), "version": street.version}
    return Witness(DeviceFacts(id=settings.id, **device.model_dump()), model_facts(network), geofence)
