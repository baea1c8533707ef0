"""One measured figure."""

from __future__ import annotations

from dataclasses import dataclass


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
