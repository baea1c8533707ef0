"""What a kind of paper is: series, title, template, and the fields that the law asks for (checked before issue)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ORGAN = {"organ.name": "", "organ.address": "", "organ.phone": "", "date": ""}
PARTY = {"party.name": "", "party.address": ""}


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper. `required`: source path -> the rule that asks for it; a gap is refused with `refusal`."""

    code: str
    series: str
    title: str
    en: str
    template: str
    required: Mapping[str, str]
    refusal: str = "E_DOCUMENT_FIELDS"

    def missing(self, source: Mapping[str, Any]) -> list[str]:
        """Required paths that the source leaves empty, each with its rule."""
        return [f"{path} ({law})" if law else path for path, law in self.required.items() if not _filled(source, path)]


def _filled(source: Mapping[str, Any], path: str) -> bool:
    value: Any = source
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return value not in (None, "", [], {})


LETTER = {**ORGAN, "addressee": "", "paragraphs": ""}
FORM = {**ORGAN, "rows": ""}
