"""What outlives the watch over a camera: on this machine's disk for a restart, in messages for another machine."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nonsite.camera_store import CameraStore, fingerprint_of, reference_of_json, reference_to_json
from nonsite.settings import SourceSettings
from records import iso, parse_iso
from streams import CameraState, Placement, Reference, SceneCheck

KEEP_S = 900.0
"""How often the latest picture in place is written down, for a start in the dark [given]."""


class CameraMemory:
    """Remembers what was found of one camera under its present calibration, and takes it up again.

    Args:
        check: what finds it.
        store: where this machine keeps it.
        source: the camera; its fingerprint names the calibration.
        learns: whether it learns its reference itself, being given none.
    """

    def __init__(self, check: SceneCheck, store: CameraStore, source: SourceSettings, *, learns: bool) -> None:
        self.learns = learns
        self._check, self._store, self._source_id = check, store, source.id
        self._fingerprint = fingerprint_of(source)
        self._kept: Reference | None = None
        self._kept_recent: datetime | None = None
        self._kept_night: tuple[Reference, Placement] | None = None
        self._recent_row: dict[str, Any] | None = None
        self._told: datetime | None = None

    def standing(self) -> dict[str, Any]:
        """What whoever watches this camera next must know."""
        check = self._check
        return {
            "fingerprint": self._fingerprint,
            "state": str(check.state),
            "reason": check.reason,
            "since": None if check.since is None else iso(check.since),
        }

    def learnt(self) -> dict[str, Any] | None:
        """The reference learnt here, for whoever watches this camera next; once, None where it is known to them."""
        reference, at = self._check.reference, self._check.learnt_at
        if not self.learns or reference is None or at is None or at == self._told:
            return None
        self._told = at
        return {
            "version": 1,
            "source_id": self._source_id,
            "fingerprint": self._fingerprint,
            "learnt_at": iso(at),
            "picture": reference_to_json(reference),
        }

    def keep_pictures(self, alarms: Mapping[str, datetime]) -> None:
        """Write down a reference just learnt, and now and then the latest picture in place."""
        check = self._check
        if self.learns and check.reference is not None and check.reference is not self._kept:
            self._kept = check.reference
            self._store.keep_picture("reference", check.reference.view.grey)
        if check.recent is None:
            return
        if check.night.known is not None and check.night.known is not self._kept_night:
            self._kept_night = check.night.known
            self._store.keep_picture("night", check.night.known[0].view.grey)
        latest, _, at = check.recent
        if self._kept_recent is None or (at - self._kept_recent).total_seconds() >= KEEP_S:
            self._kept_recent = at
            self._store.keep_picture("recent", latest.view.grey)
            self.keep_state(alarms)

    def keep_state(self, alarms: Mapping[str, datetime]) -> None:
        """Write down what was found; `alarms` says since when each kind has drifted."""
        check = self._check
        recent = None
        if check.recent is not None and check.recent[2] == self._kept_recent:
            recent = {"rows": check.recent[1].rows, "at": iso(check.recent[2])}
        self._recent_row = recent or self._recent_row
        self._store.keep_state(
            {
                **self.standing(),
                "learnt_at": None if check.learnt_at is None else iso(check.learnt_at),
                "lens": check.lens.to_json(),
                "recent": self._recent_row,
                "night": None if check.night.known is None else check.night.known[1].rows,
                "alarms": {name: iso(at) for name, at in alarms.items()},
            }
        )

    def restore(self, standing: Mapping[str, Any] | None) -> dict[str, datetime]:
        """Go on from what is kept under the same calibration, here or by another machine.

        Args:
            standing: what the other had as `standing`, with its `reference` as `learnt` told it.

        Returns:
            Since when each kind has drifted.
        """
        kept = self._store.state(self._fingerprint)
        told = standing if standing and standing.get("fingerprint") == self._fingerprint else {}
        if self.learns:
            self._take_reference(kept, told.get("reference"))
        if kept:
            self._take_pictures(kept)
        for one in (kept, told):
            if one and CameraState(one["state"]).stops:
                self._check.state, self._check.reason = CameraState(one["state"]), one["reason"]
                self._check.since = parse_iso(one["since"])
        return {name: parse_iso(at) for name, at in kept.get("alarms", {}).items()}

    def _take_reference(self, kept: Mapping[str, Any], told: Mapping[str, Any] | None) -> None:
        """The reference learnt last, here or elsewhere."""
        check = self._check
        if kept.get("learnt_at"):
            check.reference, check.learnt_at = self._store.picture("reference"), parse_iso(kept["learnt_at"])
            self._kept = check.reference
        if not told or told["fingerprint"] != self._fingerprint:
            return
        self._told = parse_iso(told["learnt_at"])
        if check.reference is None or check.learnt_at is None or check.learnt_at < self._told:
            reference = reference_of_json(told["picture"])
            if reference is not None:
                check.reference, check.learnt_at = reference, self._told

    def _take_pictures(self, kept: Mapping[str, Any]) -> None:
        check = self._check
        self._recent_row = kept.get("recent")
        latest = self._store.picture("recent") if self._recent_row else None
        if latest is not None and self._recent_row is not None and check.reference is not None:
            placement = Placement.of(self._recent_row["rows"], latest.view.size)
            check.recent = latest, placement, parse_iso(self._recent_row["at"])
        dark = self._store.picture("night") if kept.get("night") else None
        if dark is not None and check.reference is not None:
            check.night.known = self._kept_night = dark, Placement.of(kept["night"], dark.view.size)
        check.lens.restore(kept["lens"])
