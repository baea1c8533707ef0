"""A scene ready to be drawn and watched: its script, its truths, and what goes wrong with its sources."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from benchmarks.truth_parts.cast import Cast
from benchmarks.truth_parts.events import play
from benchmarks.truth_parts.layout import district, masts, patrol, street_of, weathers
from benchmarks.truth_parts.spec import SceneSpec, Split, load_families
from benchmarks.truth_parts.truths import LOCAL, Truth
from detectors import DetectorRules, Violation
from models import scenes
from models.scenes import Script, dump_script
from models.scenes.day_events import passers_by
from nonsite.rules import detector_rules
from notify import load_profile

DWELL_S = {
    Violation.STALL: 30.0,
    Violation.OUT_OF_STORE: 30.0,
    Violation.OUTDOOR_AD: 10.0,
    Violation.BIKE_CLUTTER: 30.0,
}
"""Dwells of the scenes' own profile: minutes scaled, so that a scene is over in two."""
UNLOADING_S = 60.0
SIZE = (1280, 720)


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene. `kinds` are those of its incidents; `key` names its pictures, however they came about."""

    name: str
    family: str
    seed: int
    fps: float
    script: Script
    truths: tuple[Truth, ...]
    away_s: tuple[tuple[float, float], ...]
    restarts_s: tuple[float, ...]
    key: str

    @property
    def sources(self) -> list[str]:
        return self.script.sources

    def at(self, second: float) -> datetime:
        return self.script.start + timedelta(seconds=second)


@cache
def rules() -> DetectorRules:
    """The demo profile's rules with the dwells of the scenes."""
    given = detector_rules(load_profile("demo"))
    return given.changed({"dwell_s": {kind.value: s for kind, s in DWELL_S.items()}, "unloading_s": UNLOADING_S})


def load_scenes(split: Split) -> list[Scene]:
    """Every scene of a split."""
    return [build(spec, family.family) for family in load_families(split) for spec in family.scenes]


def build(spec: SceneSpec, family: str) -> Scene:
    """The scene of a description; the same description gives the same scene."""
    rng = Random(f"truth:{spec.name}:{spec.seed}")
    start = datetime.fromisoformat(spec.local_start).replace(tzinfo=LOCAL).astimezone(UTC)
    street = street_of(spec, rng)
    dwell_s = {kind.value: seconds for kind, seconds in DWELL_S.items()}
    happening = play(Cast(spec, street, rng, start, dwell_s, rules().min_overhang_m))
    weather, changes = weathers(spec, rng)
    life = passers_by(rng, spec.seconds, happening.actors)
    walkers = [one for one in life if one.type == "walker"]
    driven = [one for one in life if one.type != "walker"]
    script = Script(
        name=spec.name,
        family=family,
        start=start,
        duration_s=spec.seconds,
        district=district(spec, street, rng, happening.areas, happening.licences),
        cameras=masts(spec, street, rng),
        vehicles=patrol(spec),
        weather=weather,
        weather_changes=changes,
        actors=[*happening.actors, *walkers[: spec.walkers], *driven[: spec.cars]],
    )
    key = hashlib.sha256(f"{dump_script(script)}{spec.seed}{spec.fps}{SIZE}{_generator()}".encode()).hexdigest()[:20]
    return Scene(
        spec.name, family, spec.seed, spec.fps, script, tuple(happening.truths), spec.away_s, spec.restarts_s, key
    )  # fmt: skip


@cache
def _generator() -> str:
    """Hash of the scene generator's own code: another generator draws other pictures."""
    digest = hashlib.sha256()
    for file in sorted(Path(scenes.__path__[0]).glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def described(scene: Scene) -> str:
    """A scene's truths as JSON, for a report."""
    return json.dumps({"scene": scene.name, "truths": [asdict(one) for one in scene.truths]}, ensure_ascii=False)
