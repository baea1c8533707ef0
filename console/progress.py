"""The seven links of the chain (domain 2.1a) as a person sees them: which are done, where things stand."""

from dataclasses import dataclass

FOUND, LOCKED, IDENTIFIED, WARNED, DECIDED, SERVED, PAID = WAY = (
    "found",
    "locked",
    "identified",
    "warned",
    "decided",
    "served",
    "paid",
)
_STANDS = {
    **dict.fromkeys(("A0", "A1", "A9", "MERGED"), FOUND),
    **dict.fromkeys(("A2", "A3", "A8"), LOCKED),
    **dict.fromkeys(("A4", "A10", "UNIDENTIFIED", "NOT_FOUND_ON_SITE"), IDENTIFIED),
    **dict.fromkeys(("A5", "A6", "A7", "FILED", "NOT_FILED"), WARNED),
    **dict.fromkeys(("B10", "B10N"), SERVED),
    **dict.fromkeys(("B11", "B12", "B12D", "B13", "B14", "B15", "B16", "B17"), PAID),
}
WELL_ENDED = frozenset({"A7", "B12", "B16", "B17"})


@dataclass(frozen=True, slots=True)
class Link:
    """One link; `look` is done, here, ended (well) or empty (not reached)."""

    name: str
    look: str


def way(state: str) -> list[Link]:
    """The seven links for a state; a case before its decision stands at the decision."""
    at = WAY.index(_STANDS.get(state, DECIDED))
    here = "ended" if state in WELL_ENDED else "here"
    return [Link(name, "done" if n < at else here if n == at else "") for n, name in enumerate(WAY)]
