"""One measured figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure; `wanted` and `met` are none where none is set."""

    name: str
    value: float | None
    unit: str
    wanted: str | None = None
    met: bool | None = None


def wanted(name: str, value: float | None, unit: str, most: float | None = None, least: float | None = None) -> Figure:
    """A figure held against what is wanted of it: at most `most`, or at least `least`; none measured is not met."""
    if most is not None:
        return Figure(name, value, unit, f"<= {most:g}", value is not None and value <= most)
    assert least is not None
    return Figure(name, value, unit, f">= {least:g}", value is not None and value >= least)


def tell(figures: Sequence[Figure], as_json: bool) -> int:
    """Print the figures; the exit status: 1 where one that is wanted was not met."""
    if as_json:
        print(json.dumps({"figures": [asdict(figure) for figure in figures]}, indent=1))
    else:
        for figure in figures:
            value = "-" if figure.value is None else f"{figure.value:,.3f}"
            verdict = "" if figure.met is None else f"  wanted {figure.wanted}: {'met' if figure.met else 'NOT met'}"
            print(f"{figure.name:46} {value:>12} {figure.unit}{verdict}")
    return int(any(figure.met is False for figure in figures))
