"""The numbers that the detectors judge by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from detectors.violation import Violation
from records import BadInput


@dataclass(frozen=True, slots=True)
class DetectorRules:
    """Thresholds of the four detectors and of the incidents below them.

    The first block is the jurisdiction's (it comes from the law profile and has no defaults); the second is
    engineering. Durations in seconds, lengths in metres, sizes in pixels of the analysed frame, ratios in 0..1.
    """

    dwell_s: Mapping[Violation, float]
    min_overhang_m: float
    count_threshold: int
    clear_width_min_m: float
    ad_match_m: float
    unloading_s: float

    ad_min_views: int = 3
    """Views of a board that a fixed source needs; a moving one needs them from places `ad_baseline_m` apart."""
    ad_baseline_m: float = 2.0
    ad_sure_margin: float = 0.15
    """A board whose score lies mostly less than this above the threshold is left undecided: menus in a window, plates,
    posters look like one [given]."""
    ad_min_passes: int = 2
    """Passes of a moving source in which a board must have been seen without a licence."""
    ad_pass_gap_s: float = 20.0
    """A moving source that has not seen a board for so long sees it in another pass."""
    ad_keep_s: float = 86400.0
    """How long a board without a licence is remembered for the next pass of a moving source."""
    ad_size_ratio: float = 2.2
    """A board whose area differs by more than this factor is not of the licence's size class."""
    overhang_reach_m: float = 3.0
    """Goods whose near side lies farther beyond the frontage line than this belong to no shop."""
    free_standing_m: float = 2.5
    """A stall whose shop side lies at least this far beyond the line stands free."""
    contact_m: float = 0.9
    """A thing whose shop side lies within this of the line touches the frontage."""
    vendor_reach_m: float = 1.6
    vendor_ratio: float = 0.5
    """Share of observations in which a person stands by a composition that counts as a stall."""
    sure_margin: float = 0.35
    """A stall whose score lies less than this above the threshold is believed only with a vendor by it."""
    doubtful_vendor_ratio: float = 0.3
    unloading_reach_m: float = 2.0
    bike_link_m: float = 1.5
    """Bicycles nearer to each other than this are one group."""
    count_quantile: float = 0.75
    """Which of the counts in the window is believed: in a heap a network overlooks many and invents few."""
    cell_m: float = 1.5
    """Edge of the ground cells that incidents are keyed by, and the least reach of an association."""
    presence_ratio: float = 0.5
    """Share of the analysed frames, the place being observable, in which a thing must have been seen."""
    min_observations: int = 3
    hysteresis_s: float = 20.0
    """Window of what a thing looks like (count, vendor), and the time it may flicker while its dwell runs on."""
    hold_score_ratio: float = 0.6
    """What opened at the network's threshold is followed down to this share of it."""
    max_gap_s: float = 60.0
    """Seconds that a thing may go unseen while its place is in plain view."""
    max_occlusion_s: float = 330.0
    """Seconds that a thing may go unseen while something stands in front of it or the camera is away."""
    max_gap_vehicle_s: float = 240.0
    """Seconds between two passes of a moving source."""
    same_event_s: float = 1800.0
    """An alerted place that shows the same kind again within this time is the same event."""
    move_reach_m: float = 50.0
    move_gap_s: float = 600.0
    move_likeness: float = 0.8
    """A stall reappearing within this reach and time with at least this likeness of look is the same stall."""
    confirm_s: float = 3.0
    confirm_fps: float = 3.0
    confirm_ratio: float = 0.5
    confirm_retry_s: float = 6.0
    min_box_px: float = 14.0
    """A place whose expected box is lower than this is too far away to count as looked at."""
    explain_ratio: float = 0.3
    """Incidents whose dwell passed this share of the required one are explained when they raise no alert."""
    state_every_s: float = 10.0

    def __post_init__(self) -> None:
        missing = [kind.value for kind in Violation if kind not in self.dwell_s]
        if missing:
            raise BadInput("E_RULES", f"dwell_s: no value for {', '.join(missing)}", "give one for every kind")
        for field in fields(self):
            value = getattr(self, field.name)
            lowest = min(value.values()) if isinstance(value, Mapping) else value
            if not lowest >= 0:
                raise BadInput("E_RULES", f"{field.name}: {value} is below zero", "give zero or more")
        object.__setattr__(self, "dwell_s", MappingProxyType(dict(self.dwell_s)))

    def changed(self, values: Mapping[str, Any]) -> DetectorRules:
        """These rules with some values changed; `dwell_s` may name some kinds only.

        Raises:
            BadInput: E_RULES as `from_mapping`.
        """
        mine: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        dwell_s = {**self.dwell_s, **dict(values.get("dwell_s", {}))}
        return self.from_mapping({**mine, **values, "dwell_s": dwell_s})

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> DetectorRules:
        """Rules from a configuration's plain mapping.

        Raises:
            BadInput: E_RULES naming an unknown or missing key, or a value of the wrong type.
        """
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise BadInput("E_RULES", f"unknown rule {unknown[0]!r}", f"rules are: {', '.join(known)}")
        given = dict(values)
        try:
            given["dwell_s"] = {Violation(kind): float(value) for kind, value in dict(given["dwell_s"]).items()}
            for name in set(given) - {"dwell_s"}:
                given[name] = int(given[name]) if known[name].type == "int" else float(given[name])
            return cls(**given)
        except KeyError as error:
            raise BadInput("E_RULES", f"rule {error} is missing", "give it in the configuration") from error
        except (TypeError, ValueError) as error:
            raise BadInput("E_RULES", f"rules: {error}", "give numbers, and dwell_s per violation kind") from error
