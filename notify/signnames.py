"""How alike what a camera read on a sign and a name in a register are, by characters and, with the extra `[pinyin]`,
by sound.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec

from rapidfuzz import fuzz

LEAST = 0.6  # below this share two names are taken for different ones
_SOUND = 0.95  # a name that only sounds alike is a little less like it than one that reads alike
_SHORT = 3  # characters from which on a name may be looked for inside a longer text
_JUNK = re.compile(r"[^0-9A-Za-z\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Likeness:
    """The share (0-1) in which two names agree, and whether only their sound does."""

    share: float
    by_sound: bool


@cache
def pinyin_there() -> bool:
    """Whether the extra `[pinyin]` is installed; without it names are compared by their characters alone."""
    return find_spec("pypinyin") is not None


def likeness(text: str, name: str, sound: bool = True) -> Likeness | None:
    """How like a register's `name` the read `text` is, which may say more than the name; None where it is not.

    `sound`: compare sounds even where no character agrees (costly over a whole city's register).
    """
    read, kept = _JUNK.sub("", text).lower(), _JUNK.sub("", name).lower()
    if not read or not kept:
        return None
    share = _share(read, kept)
    if pinyin_there() and (sound or set(read) & set(kept)):
        spoken = _SOUND * _share(_spoken(read), _spoken(kept))
        if spoken > share + 0.01:
            return Likeness(round(spoken, 3), True) if spoken >= LEAST else None
    return Likeness(round(share, 3), False) if share >= LEAST else None


def _share(read: str | tuple[str, ...], kept: str | tuple[str, ...]) -> float:
    """Of characters, or of whole syllables: mian is not half of mi an."""
    whole = fuzz.ratio(read, kept)
    inside = 0.9 * fuzz.partial_ratio(read, kept) if len(kept) >= _SHORT and len(read) >= len(kept) else 0.0
    return float(max(whole, inside)) / 100


@lru_cache(maxsize=50_000)
def _spoken(text: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(text))
