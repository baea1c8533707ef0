"""Small facts about leads that several pages show: the place in words, the picture on a card, today's counts."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from pathlib import Path

from console.overlay import read_json
from console.services import Services
from notify import CaseView, Filter, LeadView
from records import NonsiteError

WAITING = ("A1",)
HANDLING = ("A2", "A3", "A4", "A5", "A6")
CORRECTED, FILED, DISCARDED = ("A7",), ("FILED",), ("A8", "A9")
ENDED = (*CORRECTED, *FILED, *DISCARDED, "A10", "NOT_FILED", "UNIDENTIFIED", "NOT_FOUND_ON_SITE")
MOST_CARDS = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """What the wall's strip says."""

    waiting: int
    handling: int
    corrected: int
    filed: int
    discarded: int


def place_of(owner: LeadView | CaseView) -> str:
    """Where it is, in words; coordinates where nothing better is known."""
    if isinstance(owner, CaseView):
        return owner.place
    return owner.address or owner.shop_name or f"{owner.lon:.5f}, {owner.lat:.5f}"


def today_start(parts: Services) -> datetime:
    """The last local midnight."""
    local = parts.clock.now().astimezone(parts.street.timezone)
    return datetime.combine(local.date(), time(), parts.street.timezone)


def groups(parts: Services) -> dict[str, list[LeadView]]:
    """The wall's leads: those that wait (oldest last), those in hand, those that ended today."""
    midnight = today_start(parts)

    def newest(states: tuple[str, ...], entered: datetime | None = None) -> list[LeadView]:
        wanted = Filter(states=states, sealed_only=True, limit=MOST_CARDS, entered=entered, counted=False)
        return list(parts.chain.leads(wanted).items)

    return {"waiting": newest(WAITING), "handling": newest(HANDLING), "done": newest(ENDED, midnight)}


def group_of(lead: LeadView, midnight: datetime) -> str | None:
    """Where on the wall a lead belongs; None: nowhere, since its evidence is not sealed or it ended before today."""
    if not lead.packages:
        return None
    if lead.state in WAITING:
        return "waiting"
    if lead.state in HANDLING:
        return "handling"
    return "done" if lead.state in ENDED and lead.since >= midnight else None


def counts(parts: Services) -> Counts:
    """Today's figures."""
    midnight = today_start(parts)

    def now(states: tuple[str, ...]) -> int:
        return parts.chain.leads(Filter(states=states, sealed_only=True, limit=1)).total

    today = parts.chain.counts_since(ENDED, midnight)

    def ended(states: tuple[str, ...]) -> int:
        return sum(today.get(state, 0) for state in states)

    return Counts(
        waiting=now(WAITING),
        handling=now(HANDLING),
        corrected=ended(CORRECTED),
        filed=ended(FILED),
        discarded=ended(DISCARDED),
    )


def card_picture(parts: Services, lead: LeadView) -> str | None:
    """The address of the masked picture that stands for a lead; None where its package is not in this store."""
    first = min((one for one in lead.packages), key=lambda one: one.sealed_at, default=None)
    if first is None:
        return None
    try:
        path = _close_up(parts.evidence.path(first.package_id))
    except NonsiteError:
        return None
    return f"/api/evidence/{first.package_id}/files/{path}" if path else None


@lru_cache(maxsize=2000)
def _close_up(package: Path) -> str | None:
    """The close-up of a package, or its last picture; a sealed package does not change."""
    photos = read_json(package / "data/record.json").get("photos", [])
    close = [photo["path"] for photo in photos if photo["role"] == "close_up"]
    chosen: list[str] = close or [photo["path"] for photo in photos]
    return chosen[-1] if chosen else None
