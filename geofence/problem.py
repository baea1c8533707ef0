"""One fault of what should become a street."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a street file; `feature` is empty where the fault is the file's own."""

    feature: str
    field: str
    message: str

    def __str__(self) -> str:
        where = f"feature {self.feature}: " if self.feature else ""
        return f"{where}{self.field}: {self.message}"
