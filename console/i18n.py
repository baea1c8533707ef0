"""Words on the screen: one dictionary file per language, the same keys in each."""

from functools import cache
from pathlib import Path

import yaml

from records import NonsiteError

LANGUAGES = {"zh-CN": "中文", "en": "English"}
_FOLDER = Path(__file__).parent / "locales"


class Words:
    """The texts of one language. `words("wall.title", n=3)` fills {n}; an unknown key is a programming error."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        text = self._texts[key]
        return text.format(**values) if values else text

    def either(self, zh: str, en: str) -> str:
        """The one of two given texts that this language wants; Chinese where the other is empty."""
        return en if self.language == "en" and en else zh

    def of(self, thing: object, stem: str) -> str:
        """`thing.<stem>_zh` or `thing.<stem>_en`."""
        return self.either(str(getattr(thing, f"{stem}_zh", "")), str(getattr(thing, f"{stem}_en", "")))

    def maybe(self, key: str, otherwise: str) -> str:
        """The text under `key`, or `otherwise`: for codes that others may add to, such as detail names of facts."""
        return self._texts.get(key, otherwise)

    def problem(self, error: NonsiteError) -> str:
        """What an error says in this language: its own words where it has both, else ours for its code."""
        if isinstance(en := getattr(error, "en", None), str):
            return self.either(error.message, en)
        return self.maybe(f"error.{error.code}", error.message)

    def starting(self, prefix: str) -> dict[str, str]:
        """The texts under one prefix, without it; for scripts that need a few."""
        return {key.removeprefix(prefix): text for key, text in self._texts.items() if key.startswith(prefix)}

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)


@cache
def words(language: str) -> Words:
    """The dictionary of `language`; Chinese for one we do not have."""
    chosen = language if language in LANGUAGES else "zh-CN"
    tree = yaml.safe_load((_FOLDER / f"{chosen}.yaml").read_text("utf-8"))
    return Words(chosen, dict(_flat(tree, "")))


def _flat(tree: dict[str, object], prefix: str) -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in tree.items():
        flat += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(f"{prefix}{key}", str(value))]
    return flat
