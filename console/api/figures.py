"""Figures of the trade, and events for city platforms."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from console.access import AtDesk, Parts, Staff
from notify import Statistic, as_csv, load_codes, load_columns

router = APIRouter(prefix="/api", tags=["figures"])
Month = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="A month, such as 2026-06")]


@router.get("/statistics")
def statistics(
    parts: Parts,
    session: Staff,
    first: Month,
    last: Month,
    figure: Annotated[list[str] | None, Query(description="Codes of figures; all where none is named")] = None,
    unit: Annotated[str | None, Query(max_length=80, description="Only this squad or organ")] = None,
    kind: Annotated[str | None, Query(max_length=40, description="Only this violation kind")] = None,
    by: Annotated[Literal["unit", "kind"] | None, Query(description="One figure for each of these")] = None,
) -> list[Statistic]:
    """Rates, mixes, means and counts over whole months, each a series by month with its change on the year before."""
    return parts.chain.statistics(first, last, figure or (), unit, kind, by)


@router.get("/exports/events")
def events(
    parts: Parts,
    session: Staff,
    since: AwareDatetime,
    until: AwareDatetime,
    codes: Annotated[str, Query(max_length=40, description="Name of a map in configs/event_codes.yaml")],
) -> dict[str, Any]:
    """Leads that were raised in a span, under a platform's event codes. 409 E_EVENT_UNMAPPED where one has no code."""
    return parts.chain.export_events(load_codes(codes), since, until)


@router.get("/exports/publicities")
def publicities(
    parts: Parts,
    session: AtDesk,
    since: Annotated[date, Query(description="First local day")],
    until: Annotated[date, Query(description="Last local day")],
    columns: Annotated[str, Query(max_length=40, description="Name of a map in configs/credit_columns.yaml")],
) -> dict[str, Any]:
    """Penalties that were published or taken back on these days, under a credit platform's headings (双公示).

    409 E_CREDIT_COLUMNS where the platform's edition leaves something open.
    """
    return parts.chain.credit_file(load_columns(columns), since, until)


@router.get("/exports/publicities.csv", response_class=Response)
def publicities_table(
    parts: Parts, session: AtDesk, since: date, until: date, columns: Annotated[str, Query(max_length=40)]
) -> Response:
    """The same as a table."""
    document = parts.chain.credit_file(load_columns(columns), since, until)
    named = {"Content-Disposition": f'attachment; filename="publicities-{since}-{until}.csv"'}
    return Response("\ufeff" + as_csv(document), media_type="text/csv; charset=utf-8", headers=named)
