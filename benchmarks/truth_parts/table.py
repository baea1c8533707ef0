"""The arms side by side: a table for people, figures for machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.figure import Figure, wanted
from benchmarks.truth_parts.scoring import SEEN_APART_M, Matched, Tally, percentile
from detectors import Violation

OURS = "ours"
DAY_S = 86_400.0
RECALL, PRECISION, DWELL_INTERVALS, PLACE_M, UNDECIDABLE, OF_BEST = 0.98, 0.97, 1.0, 0.5, 0.05, 0.1
LEAST_SCENES = 60
KINDS = tuple(kind.value for kind in Violation)


@dataclass(slots=True)
class Arm:
    """One arm's tallies, by kind and by family."""

    name: str
    by_kind: dict[str, Tally] = field(default_factory=dict)
    by_family: dict[str, Tally] = field(default_factory=dict)

    def add(self, family: str, tallies: Mapping[str, Tally]) -> None:
        for kind, tally in tallies.items():
            self.by_kind.setdefault(kind, Tally()).add(tally)
            self.by_family.setdefault(family, Tally()).add(tally)

    @property
    def total(self) -> Tally:
        whole = Tally()
        for tally in self.by_kind.values():
            whole.add(tally)
        return whole


def recall(tally: Tally) -> float | None:
    return len(tally.matched) / tally.wanted if tally.wanted else None


def precision(tally: Tally) -> float | None:
    told = len(tally.matched) + len(tally.false) + len(tally.repeated)
    return len(tally.matched) / told if told else None


def places(tally: Tally) -> list[float]:
    """Errors of place within the distance at which they are asked for, metres."""
    return [one.place_error_m for one in tally.matched if one.distance_m <= SEEN_APART_M]


def intervals(matched: Iterable[Matched]) -> list[float]:
    """Errors of the dwell in analysed intervals."""
    return [one.dwell_error_s / one.interval_s for one in matched]


def figures(arms: Sequence[Arm], scenes: int, camera_s: float) -> list[Figure]:
    """Everything measured; what is wanted is wanted of our arm."""
    mine = next(arm for arm in arms if arm.name == OURS)
    total = mine.total
    things = total.wanted + total.undecidable + total.lawful
    out = [
        wanted("scenes", float(scenes), "scenes", least=LEAST_SCENES),
        wanted("recall", recall(total), "of unlawful incidents", least=RECALL),
        wanted("precision", precision(total), "of alerts", least=PRECISION),
        wanted("repeated", float(len(total.repeated)), "alerts", most=0),
        wanted("dwell_error_p95", percentile(intervals(total.matched), 0.95), "looks apart", most=DWELL_INTERVALS),
        wanted("place_error_p95_30m", percentile(places(total), 0.95), "m", most=PLACE_M),
        wanted("undecidable", total.undecidable / max(things, 1), "of things", most=UNDECIDABLE),
    ]  # fmt: skip
    others = [arm.total.errors for arm in arms if arm is not mine]
    if others:
        share = total.errors / min(others) if min(others) else None
        out.append(wanted("errors_of_best_baseline", share, "of its errors", most=OF_BEST))
    for arm in arms:
        out += _detail(arm, camera_s)
    return out


def _detail(arm: Arm, camera_s: float) -> list[Figure]:
    out = []
    for label, tally in [*sorted(arm.by_kind.items()), *sorted(arm.by_family.items()), ("all", arm.total)]:
        name = f"{arm.name}.{label}"
        out += [
            Figure(f"{name}.wanted", tally.wanted, "incidents"),
            Figure(f"{name}.missed", len(tally.missed), "incidents"),
            Figure(f"{name}.false", len(tally.false), "alerts"),
            Figure(f"{name}.repeated", len(tally.repeated), "alerts"),
            Figure(f"{name}.undecidable", tally.undecidable, "things"),
            Figure(f"{name}.delay_p50", percentile([one.delay_s for one in tally.matched], 0.5), "s"),
            Figure(f"{name}.delay_p95", percentile([one.delay_s for one in tally.matched], 0.95), "s"),
            Figure(f"{name}.dwell_error_p95", percentile([one.dwell_error_s for one in tally.matched], 0.95), "s"),
            Figure(f"{name}.place_error_p95", percentile(places(tally), 0.95), "m"),
            Figure(f"{name}.false_per_camera_day", len(tally.false) * DAY_S / camera_s, "alerts"),
        ]
    return out


def side_by_side(arms: Sequence[Arm], camera_s: float) -> str:
    """The arms in one table, kind by kind, then our errors family by family."""
    head = ("arm", "kind", "incidents", "missed", "false", "repeated", "undecid.", "delay p50/p95 s", "dwell err p95 s",
            "place err p95 m", "false/cam-day")  # fmt: skip
    rows: list[tuple[str, ...]] = [head]
    for arm in arms:
        for kind in (*KINDS, "all"):
            tally = arm.total if kind == "all" else arm.by_kind.get(kind, Tally())
            rows.append(_row(arm.name, kind, tally, camera_s))
    families: list[tuple[str, ...]] = [("arm", *sorted(arms[0].by_family))]
    for arm in arms:
        found = [arm.by_family[name] for name in families[0][1:]]
        families.append((arm.name, *(f"{len(t.missed)}/{len(t.false)}/{len(t.repeated)} of {t.wanted}" for t in found)))
    turned = [tuple(column) for column in zip(*families, strict=True)]
    return f"{_markdown(rows)}\n\nmissed/false/repeated of incidents, by family:\n\n{_markdown(turned)}"


def _row(arm: str, kind: str, tally: Tally, camera_s: float) -> tuple[str, ...]:
    delays = [one.delay_s for one in tally.matched]
    dwell = percentile([one.dwell_error_s for one in tally.matched], 0.95)
    return (
        arm, kind, str(tally.wanted), str(len(tally.missed)), str(len(tally.false)), str(len(tally.repeated)),
        str(tally.undecidable), f"{_number(percentile(delays, 0.5))}/{_number(percentile(delays, 0.95))}",
        _number(dwell), _number(percentile(places(tally), 0.95), 2), _number(len(tally.false) * DAY_S / camera_s),
    )  # fmt: skip


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _markdown(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])
