"""The cast of a scene: what its events bring to the stage, to the street file and to the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from benchmarks.truth_parts.layout import Street
from benchmarks.truth_parts.spec import Event, Permit, SceneSpec
from benchmarks.truth_parts.truths import Point, Span, Truth, hull, permitted, stretches
from models.scenes.actors import Actor
from models.scenes.district import Area, Hours, Licence
from models.scenes.items import actor_items

KERBSIDE_M = 1.3
"""Metres from the kerb at which stalls stand."""
_SOLID = frozenset({"stall", "goods", "furniture", "bicycle", "motorcycle"})
Ground = tuple[float, float, float, float]


@dataclass(slots=True)
class Happening:
    """All that the events of a scene come to."""

    actors: list[Actor] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)


class Cast:
    """What the acts of one scene work with; `dwell_s` is each kind's, `start` second 0, `id` the act's now."""

    def __init__(
        self,
        spec: SceneSpec,
        street: Street,
        rng: Random,
        start: datetime,
        dwell_s: dict[str, float],
        overhang_m: float,
    ) -> None:
        self.spec, self.street, self.rng, self.overhang_m = spec, street, rng, overhang_m
        self.made, self.id = Happening(), ""
        self._start, self._dwell_s = start, dwell_s

    def tell(
        self, event: Event, kind: str, places: Sequence[tuple[float, Point]], span: Span, permit: Permit | None,
        margin_m: float | None, actors: tuple[str, ...], lawful: str | None = None,
    ) -> None:  # fmt: skip
        """Note a truth for every stretch in which the thing stands unlawfully for its dwell, else one lawful truth."""
        why = event.lawful or lawful
        wrong: list[Span] = []
        if why is None:
            covers = permit is not None and permit.margin_m >= 0
            wrong = stretches(span, lambda s: not (covers and permit is not None and permitted(permit, self._at(s))))
        due = [one for one in wrong if one[1] - one[0] >= self._dwell_s[kind]]
        for k, (start, end) in enumerate(due):
            name = self.id if len(due) == 1 else f"{self.id}+{k}"
            self.made.truths.append(Truth(name, kind, False, "", tuple(places), start, end, margin_m, actors))
        if not due:
            why = why or ("准许时段内" if permit else "停留短于认定时长")
            self.made.truths.append(Truth(self.id, kind, True, why, tuple(places), *span, margin_m, actors))

    def span(self, event: Event) -> Span:
        return event.since_s, self.spec.seconds if event.until_s is None else event.until_s

    def y(self, event: Event, from_kerb_m: float) -> float:
        return (self.street.kerb + from_kerb_m) * (-1 if event.south else 1)

    def seed(self) -> int:
        return self.rng.randrange(99_999)

    def _at(self, second: float) -> datetime:
        return self._start + timedelta(seconds=second)


def ground_of(actors: Sequence[Actor], second: float) -> Ground:
    """What actors cover of the ground: x0, y0, x1, y1 in street metres; people apart."""
    return hull([one.ground for actor in actors for one in actor_items(actor, second) if one.kind in _SOLID])


def hours_of(permit: Permit) -> Hours:
    return Hours.model_validate({"days": permit.days, "from": permit.since, "to": permit.until})
