"""Figures of the trade on the screen: rates, the 7-2-1 mix, means and counts, by month, with the year before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from console.access import Parts, Staff
from console.errors import status_of
from console.i18n import Words
from console.render import language_of, page
from console.services import Services
from console.steps import Message, refused
from detectors import Violation
from notify import Point, Statistic
from records import BadInput

router = APIRouter(prefix="/figures", include_in_schema=False)
MONTHS = 12
SECTIONS = {
    "leads": ("handling_rate", "leads", "accepted", "warned", "false_alerts", "days_to_close_lead"),
    "mix": ("mix_service", "mix_management", "mix_penalty"),
    "complaints": (
        *("contacted_first", "completed", "replied", "result_satisfied", "attitude_satisfied"),
        *("complaint_to_case", "complaints", "unsubstantiated", "repeated"),
    ),
    "cases": (
        *("filed", "decided", "no_penalty", "cases_closed", "days_to_close_case", "fined", "paid", "published"),
        *("bundled", "transferred", "remedy_rate", "revoked_rate"),
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page's form asks for."""

    first: str
    last: str
    section: str
    kind: str
    unit: str
    by: str

    def of_unit(self, unit: str) -> str:
        """The same figures of one unit alone (empty: of all)."""
        given = {"first": self.first, "last": self.last, "section": self.section, "kind": self.kind, "unit": unit}
        return f"/figures?{urlencode({key: value for key, value in given.items() if value})}"


@dataclass(frozen=True, slots=True)
class Bar:
    """One month of a row's little chart, in a box that is 30 high."""

    x: int
    y: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in words; `cells` are its months."""

    one: Statistic
    value: str
    before: str
    change: str
    wanted: str
    cells: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]


def asked(
    parts: Parts,
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
    section: Annotated[str, Query(pattern="^[a-z]*$")] = "leads",
    kind: Annotated[str, Query(pattern="^[A-Z_]*$")] = "",
    unit: Annotated[str, Query(max_length=80)] = "",
    by: Annotated[str, Query(pattern="^(unit|kind)?$")] = "",
) -> Asked:
    """The form with its gaps filled: the last twelve months, this one included."""
    today = parts.chain.calendar.today(parts.clock.now())
    count = today.year * 12 + today.month - MONTHS
    start = f"{count // 12}-{count % 12 + 1:02d}"
    return Asked(first or start, last or f"{today:%Y-%m}", section if section in SECTIONS else "leads", kind, unit, by)


@router.get("")
def figures(request: Request, parts: Parts, session: Staff, query: Annotated[Asked, Depends(asked)]) -> HTMLResponse:
    found: list[Statistic] = []
    message, status = None, 200
    try:
        found = _found(parts, query)
    except BadInput as error:
        message, status = refused(language_of(request), error), status_of(error)
    return _show(request, query, found, message, status)


def _found(parts: Services, query: Asked) -> list[Statistic]:
    codes = SECTIONS[query.section]
    found = parts.chain.statistics(
        query.first, query.last, codes, query.unit or None, query.kind or None, query.by or None
    )
    order = {code: n for n, code in enumerate(codes)}
    return sorted(found, key=lambda one: (order[one.code], one.group))


def _show(
    request: Request, query: Asked, found: Sequence[Statistic], message: Message | None, status: int
) -> HTMLResponse:
    t = language_of(request)
    rows = [_row(t, one) for one in found]
    return page(
        request,
        "figures.html",
        status=status,
        query=query,
        sections=list(SECTIONS),
        kinds=list(Violation),
        rows=rows,
        months=[point.month for point in found[0].series] if found else [],
        mix=[row for row in rows if row.one.code.startswith("mix_") and not query.by],
        message=message,
    )


def _row(t: Words, one: Statistic) -> Row:
    wanted = ""
    if one.wanted is not None:
        least = one.code != "mix_penalty"
        wanted = t("figures.at_least" if least else "figures.at_most", n=shown(t, one.unit, one.wanted))
    cells = tuple((shown(t, one.unit, point.value), changed(point.change)) for point in one.series)
    return Row(
        one,
        shown(t, one.unit, one.value),
        shown(t, one.unit, one.before),
        changed(one.change),
        wanted,
        cells,
        tuple(_bars(t, one.unit, one.series)),
    )


def shown(t: Words, unit: str, value: float | None) -> str:
    """A figure as people write it; a dash where there is none."""
    if value is None:
        return "—"
    if unit == "%":
        return f"{value:.1f}%"
    if unit == "d":
        return t("figures.days", n=f"{value:.1f}")
    return f"¥{value:,.2f}" if unit == "¥" else f"{value:,.0f}"


def changed(change: float | None) -> str:
    """The change on the year before, with its sign; empty where there is none."""
    return "" if change is None else f"{change:+.1f}%"


def _bars(t: Words, unit: str, series: Sequence[Point]) -> list[Bar]:
    most = max((point.value or 0 for point in series), default=0) or 1
    heights = [30 * max(0.0, point.value or 0) / most for point in series]
    return [
        Bar(10 * n, round(30 - height, 1), round(height, 1), f"{point.month} {shown(t, unit, point.value)}")
        for n, (point, height) in enumerate(zip(series, heights, strict=True))
    ]
