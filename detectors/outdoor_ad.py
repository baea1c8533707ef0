"""OUTDOOR_AD 违规户外广告: an outdoor advertisement or sign that no licence covers.

Elements (domain.md 3.3):
    SIGN        a board is seen, and the network is mostly sure of it;
    FIXED_SIGN  it is fixed, not borne by a vehicle or a stall;
    AD_AREA     it hangs where outdoor advertisements need a licence;
    NO_LICENCE  no licence in term matches it by place on the wall, facing and size class (a shop's own lawful sign has
                one like every other);
    VIEWS       it was seen often enough; by a moving camera from separate places;
    PASSES      a moving camera alone saw it without a licence in separate passes.
What might still be a licensed board within the error of its place is left undecided; so is what covers several licensed
signs that stand nearer together than its place is known to: from so far off they look like one.
Sub-kinds: BANNER_OR_A_BOARD stands on the ground or is a long strip; SIGN_OFF_SPEC is a shop's own sign in another size
than its licence says, AD_OFF_PLAN another's board in another size, AD_NO_LICENCE has none. DAMAGED_OR_UNLIT is for a
clerk's eye: boxes do not show it. What the sign says is read off the confirming pictures (`closer`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from detectors.boxes import Box, area, hull, overlap
from detectors.ground import Ground
from detectors.judgement import Element, Judgement
from detectors.matching import board_rectangle
from detectors.observations import Thing
from detectors.sightings import BoardPlace
from detectors.violation import Violation
from geofence import LicenceHit

_FACING_DEG = 45.0
_SURE_SHARE = 0.5
_INSIDE_SHARE = 0.7
_STEP_OUT_M = 0.5
_SEARCH_M = 10.0


def judge_board(thing: Thing, ground: Ground, at: datetime) -> Judgement:
    """Judge a board; its place is the foot of the wall below it, or where it stands."""
    facing = _outwards(thing.board)
    foot = (thing.xy[0] + facing[0] * _STEP_OUT_M, thing.xy[1] + facing[1] * _STEP_OUT_M)
    facts = ground.index.facts([foot], at, 0.0)
    ruling = facts.ads
    in_area, phase = _area(thing, ground, at, foot)
    covered, licence, held = _licence(thing, ground, at)
    shop = thing.board.wall if thing.board and thing.board.on_shop else None
    views_needed = ground.rules.ad_min_views
    elements: tuple[Element, ...] = (
        Element("SIGN", True if thing.sure_share >= _SURE_SHARE else None, round(thing.sure_share, 2), _SURE_SHARE),
        Element("FIXED_SIGN", thing.carrier_share < 0.5, thing.carrier),
        Element("AD_AREA", in_area, ", ".join(zone.name for zone in ruling.zones) or None),
        Element("NO_LICENCE", None if covered is None else not covered, licence, ground.rules.ad_match_m),
        Element("VIEWS", True if thing.views >= views_needed else None, thing.views, views_needed),
    )
    if thing.passes is not None:
        enough = True if thing.passes >= ground.rules.ad_min_passes else None
        elements = (*elements, Element("PASSES", enough, thing.passes, ground.rules.ad_min_passes))
    return Judgement(
        Violation.OUTDOOR_AD,
        _subkind(thing.board, held),
        elements,
        exempt="LICENCE" if covered else None,
        shop_id=shop.shop_id if shop else None,
        shop_name=shop.shop_name if shop else None,
        phase=phase,
        zone_ids=tuple(zone.id for zone in ruling.zones),
        facts={**facts.to_json(), "board": _board_json(thing.board), "licence_holder": licence},
    )


def _area(thing: Thing, ground: Ground, at: datetime, foot: tuple[float, float]) -> tuple[bool | None, str | None]:
    """Whether a licence is needed where the board hangs, and the phase there.

    None where its place, known to so many metres along its wall (or all around, where it stands on the ground), lies
    across the area's edge, or the area's hours cannot be known; `warn` where any of it may lie where only that is done.
    """
    if thing.board is None:
        rulings = [ground.index.facts([foot], at, thing.accuracy_m).ads]
        answers = {None if rulings[0].undecided else bool(rulings[0].zones)}
    else:
        along, reach = thing.board.wall.along, (-thing.accuracy_m, 0.0, thing.accuracy_m)
        places = [(foot[0] + along[0] * step, foot[1] + along[1] * step) for step in reach]
        rulings = [facts.ads for facts in ground.index.facts_many(places, at)]
        answers = {None if ruling.undecided and not ruling.zones else bool(ruling.zones) for ruling in rulings}
    phases = [ruling.phase.value for ruling in rulings if ruling.phase]
    return answers.pop() if len(answers) == 1 else None, max(phases, default=None)  # warn before enforce


def _licence(thing: Thing, ground: Ground, at: datetime) -> tuple[bool | None, str | None, str | None]:
    """(covered: yes, no, or undecided; whose licence is in question; who holds one here, be it in another size)."""
    if thing.board is None:
        return False, None, None
    undecided: str | None = None
    held: str | None = None
    signs: list[Box] = []
    reach_m = max(ground.rules.ad_match_m + thing.accuracy_m, _SEARCH_M)
    for licence in ground.index.licences_near(thing.xy, reach_m, at=at):
        if not licence.in_force or not _faces(licence, thing.board):
            continue
        distance_m, fits = _compare(licence, thing.board, ground.rules.ad_size_ratio)
        if fits and distance_m <= ground.rules.ad_match_m:
            return True, licence.holder, licence.holder
        if fits and distance_m <= ground.rules.ad_match_m + thing.accuracy_m:
            undecided = licence.holder
        if held is None and distance_m <= ground.rules.ad_match_m:
            held = licence.holder
        signs.append(_licensed(licence, thing.board))
        if undecided is None and _several(signs, thing.board, thing.accuracy_m):
            undecided = licence.holder
    return (None if undecided else False), undecided, held


def _compare(licence: LicenceHit, board: BoardPlace, size_ratio: float) -> tuple[float, bool]:
    """(metres between the middles on the wall, whether the board is of the licence's size class).

    A board that lies within the licensed rectangle is part of it, however small, and its distance is 0.
    """
    allowed = _licensed(licence, board)
    seen = board_rectangle(board)
    bigger = area(seen) / max(area(allowed), 1e-6)
    if bigger <= 1 and overlap(seen, allowed) >= _INSIDE_SHARE * area(seen):
        return 0.0, True
    across = (seen[0] + seen[2]) / 2 - (allowed[0] + allowed[2]) / 2
    up = (seen[1] + seen[3]) / 2 - (allowed[1] + allowed[3]) / 2
    return math.hypot(across, up), 1 / size_ratio <= bigger <= size_ratio


def _licensed(licence: LicenceHit, board: BoardPlace) -> Box:
    """(along, bottom, along, top) of a licensed board on the line of a board's wall, as `board_rectangle` has it."""
    along = board.wall.along
    centre = licence.xy[0] * along[0] + licence.xy[1] * along[1]
    half = licence.width_m / 2
    return (centre - half, licence.bottom_m, centre + half, licence.bottom_m + licence.height_m)


def _several(signs: Sequence[Box], board: BoardPlace, accuracy_m: float) -> bool:
    """Whether a board, known to `accuracy_m` metres, may be licensed signs side by side: it shows two or more, hardly
    anything beyond them, and no gap between them so wide that it would be seen."""
    low, bottom, high, top = seen = board_rectangle(board)
    shown = sorted(one for one in signs if overlap(one, seen))
    if len(shown) < 2 or any(right[0] - left[2] > accuracy_m for left, right in pairwise(shown)):
        return False
    around = hull(shown)
    return max(around[0] - low, around[1] - bottom, high - around[2], top - around[3]) <= accuracy_m


def _faces(licence: LicenceHit, board: BoardPlace) -> bool:
    turn = abs((licence.facing_deg - board.wall.facing_deg + 180.0) % 360.0 - 180.0)
    return turn <= _FACING_DEG


def _outwards(board: BoardPlace | None) -> tuple[float, float]:
    """Unit vector from the wall to its public side; nothing for what stands on the ground."""
    if board is None:
        return 0.0, 0.0
    along = board.wall.along
    return -along[1], along[0]


def _subkind(board: BoardPlace | None, held: str | None) -> str:
    """By form, and by who holds a licence at the place (None for nobody)."""
    if board is None or board.width_m > 5 * board.height_m:
        return "BANNER_OR_A_BOARD"
    if held is None:
        return "AD_NO_LICENCE"
    return "SIGN_OFF_SPEC" if board.on_shop and held == board.wall.shop_name else "AD_OFF_PLAN"


def _board_json(board: BoardPlace | None) -> dict[str, Any] | None:
    if board is None:
        return None
    return {
        "frontage": board.wall.frontage_id,
        "facing_deg": round(board.wall.facing_deg, 1),
        "along_m": round(board.along_m, 2),
        "width_m": round(board.width_m, 2),
        "height_m": round(board.height_m, 2),
        "bottom_m": round(board.bottom_m, 2),
    }
