"""How facts read on a screen: local times, durations, money, distances. Pure functions, one per kind of fact."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.i18n import Words

_STATUTE = re.compile(r"([A-Z]{2,4}(?:-[A-Z]+\d*)?) (\d+(?:\(\d+\))?(?:[,-] ?\d+(?:\(\d+\))?)*)")


def local_time(when: datetime | None, zone: ZoneInfo, shape: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A moment on the street's clock; a dash where there is none."""
    return when.astimezone(zone).strftime(shape) if when else "—"


def duration(seconds: float | None, words: Words) -> str:
    """A length of time in its two largest units."""
    if seconds is None:
        return "—"
    left = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, size)
        if count or (unit == "second" and not parts):
            parts.append(words(f"unit.{unit}", n=count))
    return (" " if words.language == "en" else "").join(parts[:2])


def remaining(due: datetime | None, now: datetime, words: Words) -> str:
    """How long until a moment, or since it passed."""
    if due is None:
        return "—"
    left: timedelta = due - now
    text = duration(abs(left.total_seconds()), words)
    return words("time.left", text=text) if left >= timedelta(0) else words("time.over", text=text)


def money(fen: int | None) -> str:
    """An amount in fen as yuan."""
    return "—" if fen is None else f"¥{fen // 100:,}.{fen % 100:02d}"


def share_used(start: datetime, due: datetime, now: datetime) -> float:
    """The part of a period that has run, 0 to 1."""
    total = (due - start).total_seconds()
    return 1.0 if total <= 0 else min(1.0, max(0.0, (now - start).total_seconds() / total))


def law(text: str, words: Words) -> str:
    """A citation such as `APL 44, 45; PD 11` with the statutes' titles; other sources in words where they have any."""
    parts = [_STATUTE.fullmatch(part.strip()) for part in text.split(";")]
    if not text or not all(parts):
        return words.maybe(f"source.{text.replace(' ', '_')}", text) if text else ""
    cited = [words("law.article", title=words.maybe(f"law.{one[1]}", one[1]), n=one[2]) for one in parts if one]
    return words("app.comma").join(cited)
