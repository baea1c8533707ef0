"""The law of one jurisdiction as data: profiles of dated values, each with its source and how sure it is.

A profile inherits from another; what it does not set it takes from there. A value that is null or absent stops the step
that needs it (`E_PROFILE_INCOMPLETE`); nothing falls back silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from notify.law_keys import Key, key_of, required_keys
from notify.refusals import Barred
from records import BadInput

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MARKS = ("verified", "from memory", "configured", "test", "demo")


@dataclass(frozen=True, slots=True)
class LawValue:
    """One value of the law: what, from where, how sure, and between which days."""

    key: str
    value: Any
    source: str
    mark: str
    profile: str
    since: date | None = None
    until: date | None = None

    def in_force(self, day: date | None) -> bool:
        """Whether it holds on `day`; without a day the newest holds."""
        if day is None:
            return self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Missing:
    """A key that a profile leaves open, and the steps that stop for it."""

    key: str
    needed_for: str
    source: str


@dataclass(frozen=True)
class Profile:
    """All values of one jurisdiction, resolved through `lineage` (itself first, the base last)."""

    name: str
    title_zh: str
    title_en: str
    lineage: tuple[str, ...]
    deployable: bool
    values: Mapping[str, tuple[LawValue, ...]]

    def find(self, key: str, on: date | None = None) -> LawValue | None:
        """The entry of `key` in force on a day, null values included; None where there is none."""
        return next((entry for entry in self.values.get(key, ()) if entry.in_force(on)), None)

    def get(self, key: str, on: date | None = None) -> Any:
        """The value of `key` on a day. Raises Refused `E_PROFILE_INCOMPLETE` where it is null or absent."""
        found = self.find(key, on)
        if found is None or found.value is None:
            why = found.source if found else "no entry"
            day = f" on {on.isoformat()}" if on else ""
            raise Barred(
                "E_PROFILE_INCOMPLETE",
                f"辖区配置{self.name}缺少{key}{day}（{why}）",
                f"profile {self.name}: {key} is unknown{day} ({why})",
                "load the value with its source into the profile",
            )
        return found.value

    def known(self, key: str, on: date | None = None) -> bool:
        """Whether `key` has a value on that day."""
        found = self.find(key, on)
        return found is not None and found.value is not None

    def text(self, key: str, on: date | None = None) -> str:
        return str(self.get(key, on))

    def number(self, key: str, on: date | None = None) -> int:
        return int(self.get(key, on))

    @cached_property
    def matters(self) -> tuple[str, ...]:
        """The matters (kind, or kind.subkind) that the profile describes."""
        named = [key for key in self.values if key.startswith("matters.") and key.endswith(".name")]
        return tuple(sorted(key[len("matters.") : -len(".name")] for key in named))

    @cached_property
    def is_trial(self) -> bool:
        """Whether any value is of a test or a demo; papers then say that they bind nobody."""
        return any(entry.mark in ("test", "demo") for entries in self.values.values() for entry in entries)

    def overlaid(self, name: str, values: Mapping[str, Any], mark: str = "test") -> "Profile":
        """A profile that inherits this one and fills `values` (dotted key: value), for tests and trials."""
        fresh = dict(self.values)
        for key, value in values.items():
            _known_key(key, name)
            fresh[key] = (LawValue(key, value, mark, mark, name),)
        return Profile(name, self.title_zh, self.title_en, (name, *self.lineage), self.deployable, fresh)


def law_folder() -> Path:
    """The folder of the profiles: beside this package, in the source tree and in an installed wheel alike."""
    return Path(__file__).resolve().parent.parent / "configs" / "law"


def load_profile(name: str, folder: Path | None = None) -> Profile:
    """Read a profile and what it inherits. Raises BadInput naming file, key and fault."""
    base = folder or law_folder()
    lineage: list[dict[str, Any]] = []
    wanted: str | None = name
    while wanted is not None:
        if any(one["name"] == wanted for one in lineage):
            raise BadInput("E_PROFILE", f"profile {name} inherits itself through {wanted}")
        lineage.append(_read(base / f"{wanted}.yaml", wanted))
        wanted = lineage[-1].get("inherits")
    values: dict[str, tuple[LawValue, ...]] = {}
    for one in reversed(lineage):
        values.update(_leaves(one["values"], one["name"]))
    top = lineage[0]
    _ranges(values)
    return Profile(
        name=name,
        title_zh=top["title"]["zh"],
        title_en=top["title"]["en"],
        lineage=tuple(one["name"] for one in lineage),
        deployable=bool(top.get("deployable", True)),
        values=values,
    )


def _ranges(values: Mapping[str, tuple[LawValue, ...]]) -> None:
    """Refuse a fine whose minimum lies above its maximum on any day on which both are known."""
    for key, entries in values.items():
        for low in entries if key.endswith(".min_yuan") else ():
            for high in values.get(f"{key[: -len('min_yuan')]}max_yuan", ()):
                day = low.since or high.since
                both = low.in_force(day) and high.in_force(day) and None not in (low.value, high.value)
                if both and low.value > high.value:
                    raise BadInput("E_PROFILE", f"profile {low.profile}: {key} is above its maximum")


def check(profile: Profile) -> list[Missing]:
    """What the profile must still know before every step of the chain can be taken, in key order."""
    missing = []
    for key, needed_for in required_keys(profile.matters):
        entries = profile.values.get(key, ())
        if not entries:
            missing.append(Missing(key, needed_for, "no entry"))
        missing += [
            Missing(key + (f" from {entry.since}" if entry.since else ""), needed_for, entry.source)
            for entry in entries
            if entry.value is None and entry.until is None
        ]
    return missing


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # noqa: S506 - a safe loader, the C one where it is there
    except FileNotFoundError:
        there = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml") if p.stem != "sources")) or "none"
        raise BadInput("E_PROFILE", f"{path}: no such law profile", f"there are: {there}") from None
    except (OSError, yaml.YAMLError) as error:
        raise BadInput("E_PROFILE", f"{path}: {' '.join(str(error).split())}", "mend the YAML") from error
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        raise BadInput("E_PROFILE", f"{path}: a profile has name, title and values")
    unknown = set(data) - {"name", "title", "inherits", "deployable", "values"}
    if unknown or data.get("name") != name or set(data.get("title", {})) != {"zh", "en"}:
        raise BadInput("E_PROFILE", f"{path}: name must be {name}, title needs zh and en; unknown: {sorted(unknown)}")
    return data


def _leaves(node: dict[str, Any], profile: str, prefix: str = "") -> dict[str, tuple[LawValue, ...]]:
    found: dict[str, tuple[LawValue, ...]] = {}
    for part, child in node.items():
        key = f"{prefix}{part}"
        if isinstance(child, dict) and "value" not in child:
            found.update(_leaves(child, profile, f"{key}."))
        elif isinstance(child, dict | list):
            entries = child if isinstance(child, list) else [child]
            found[key] = _dated(tuple(_leaf(key, entry, profile) for entry in entries))
        else:
            raise BadInput("E_PROFILE", f"profile {profile}: {key}: a value needs value, source and mark")
    return found


def _dated(entries: tuple[LawValue, ...]) -> tuple[LawValue, ...]:
    """The entries of one key by their days. Raises BadInput where two hold on one day, or one ends before it begins."""
    ordered = sorted(entries, key=lambda entry: entry.since or date.min)
    for entry in ordered:
        if entry.since and entry.until and entry.until < entry.since:
            raise BadInput("E_PROFILE", f"profile {entry.profile}: {entry.key} ends before it begins")
    for earlier, later in pairwise(ordered):
        if earlier.until is None or later.since is None or later.since <= earlier.until:
            raise BadInput("E_PROFILE", f"profile {later.profile}: {later.key}: two values hold on one day")
    return entries


def _leaf(key: str, entry: Any, profile: str) -> LawValue:
    where = f"profile {profile}: {key}"
    if not isinstance(entry, dict) or not {"value", "source", "mark"} <= set(entry):
        raise BadInput("E_PROFILE", f"{where}: a value needs value, source and mark")
    unknown = set(entry) - {"value", "source", "mark", "from", "until"}
    if unknown:
        raise BadInput("E_PROFILE", f"{where}: unknown {', '.join(sorted(unknown))}")
    if entry["mark"] not in MARKS:
        raise BadInput("E_PROFILE", f"{where}: mark {entry['mark']!r}", f"one of {', '.join(MARKS)}")
    spec = _known_key(key, profile)
    if entry["value"] is not None and not spec.accepts(entry["value"]):
        raise BadInput("E_PROFILE", f"{where}: {entry['value']!r} is not {spec.form}")
    days = [entry.get(name) for name in ("from", "until")]
    if any(day is not None and not isinstance(day, date) for day in days):
        raise BadInput("E_PROFILE", f"{where}: from and until are days", "as in 2024-01-01")
    return LawValue(key, entry["value"], str(entry["source"]), entry["mark"], profile, *days)


def _known_key(key: str, profile: str) -> Key:
    spec = key_of(key)
    if spec is None:
        raise BadInput("E_PROFILE", f"profile {profile}: unknown key {key}", "see notify/law_keys.py")
    return spec
