"""The file of penalties for a credit platform (双公示): what a span published and took back, by its own columns.

The columns are data (`configs/credit_columns.yaml`): each platform's edition names its own. Nothing goes out that the
public record does not hold: natural persons masked or left out, none that is no longer public.
"""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import or_, select

from notify.credit import CLASSES
from notify.engine import Engine
from notify.law import MARKS
from notify.money import yuan_text
from notify.refusals import BadField, Barred
from notify.registers import SubjectRow
from notify.states import State
from notify.tables import CaseRow
from notify.tables_money import PublicationRow
from records import BadInput

MOST = 10_000
PERSONS = ("masked", "left_out")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a platform's file: its heading, and which of `VALUES` stands in it (None: not known yet)."""

    title: str
    value: str | None
    mark: str
    source: str


@dataclass(frozen=True, slots=True)
class CreditColumns:
    """One edition of a platform's file. `persons`: how natural persons go out; None where that is not known yet."""

    standard: str
    edition: str
    persons: str | None
    columns: tuple[Column, ...]

    def refuse_gaps(self) -> None:
        """Raises Refused `E_CREDIT_COLUMNS` naming what the edition leaves open: a file with holes is refused whole."""
        gaps = [one.title for one in self.columns if one.value is None]
        gaps += [] if self.persons else ["persons"]
        if gaps:
            named = "、".join(gaps)
            raise Barred(
                "E_CREDIT_COLUMNS",
                f"{self.standard}（{self.edition}）尚未确定：{named}",
                f"{self.standard} ({self.edition}) leaves open: {', '.join(gaps)}",
                "load the columns from the platform's own edition",
            )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One publication with what its columns draw on."""

    row: PublicationRow
    state: str
    fine_fen: int | None
    kind: str | None
    code: str | None
    today: Callable[[datetime], date]

    @property
    def gone(self) -> bool:
        return self.row.withdrawn_at is not None or self.state == State.REVOKED.value


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _firm(entry: _Entry) -> bool:
    return entry.kind not in (None, "person")


VALUES: Mapping[str, Callable[[_Entry], str]] = {
    "action": lambda one: "撤下" if one.gone else "公示",
    "number": lambda one: str(one.row.body["number"]),
    "subject": lambda one: str(one.row.body["subject"]),
    "subject_kind": lambda one: "法人及非法人组织" if _firm(one) else "自然人",
    "subject_code": lambda one: one.code or "" if _firm(one) else "",
    "cause": lambda one: str(one.row.body["cause"]),
    "basis": lambda one: str(one.row.body["basis"]),
    "result": lambda one: str(one.row.body["result"]),
    "fine_yuan": lambda one: yuan_text(one.fine_fen or 0),
    "organ": lambda one: str(one.row.body["organ"]),
    "decided_on": lambda one: str(one.row.body["date"]),
    "published_on": lambda one: _day(one.today(one.row.published_at)),
    "credit_class": lambda one: CLASSES.get(one.row.credit_class or "", ""),
    "earliest_repair": lambda one: _day(one.row.earliest_repair),
    "latest_end": lambda one: _day(one.row.latest_end),
    "withdrawn_on": lambda one: _day(one.today(one.row.withdrawn_at)) if one.row.withdrawn_at else "",
    "withdrawn_reason": lambda one: one.row.reason or "",
}


def columns_file() -> Path:
    """The file of the columns, beside the law profiles."""
    return Path(__file__).resolve().parent.parent / "configs" / "credit_columns.yaml"


def load_columns(name: str, path: Path | None = None) -> CreditColumns:
    """One named edition. Raises BadInput `E_CREDIT_COLUMNS` naming file and fault."""
    where = path or columns_file()
    try:
        maps = yaml.safe_load(where.read_text(encoding="utf-8"))["maps"]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInput("E_CREDIT_COLUMNS", f"{where}: {' '.join(str(error).split())}") from None
    if name not in maps:
        raise BadInput("E_CREDIT_COLUMNS", f"{where}: no map {name}", f"there are: {', '.join(sorted(maps))}")
    one = maps[name]
    columns = tuple(
        Column(str(row["title"]), row["value"], row["mark"], str(row["source"]))
        for row in one.get("columns", ())
        if {"title", "value", "mark", "source"} <= set(row)
    )
    faults = [row.title for row in columns if row.mark not in MARKS or row.value not in (None, *VALUES)]
    whole = len(columns) == len(one.get("columns", ())) > 0 and {"standard", "edition", "persons"} <= set(one)
    if faults or not whole or one["persons"] not in (None, *PERSONS):
        detail = f"unknown value or mark in {', '.join(faults)}" if faults else "each needs title, value, mark, source"
        raise BadInput("E_CREDIT_COLUMNS", f"{where}: {name}: {detail}", f"values: {', '.join(VALUES)}")
    return CreditColumns(str(one["standard"]), str(one["edition"]), one["persons"], columns)


def credit_file(engine: Engine, columns: CreditColumns, since: date, until: date) -> dict[str, Any]:
    """What was published or taken back on local days from `since` to `until` (included), oldest first, as rows under
    the edition's headings.

    A record that is past its last day, or was taken back before the span, is not in it. Raises Refused
    `E_CREDIT_COLUMNS` where the edition leaves something open, BadInput `E_TIME`, `E_TOO_MANY`.
    """
    columns.refuse_gaps()
    if since > until:
        raise BadField("起始日不得晚于截止日", f"{since} is after {until}", "the first day first", code="E_TIME")
    calendar = engine.tools.calendar
    first = datetime.combine(since, time(), calendar.zone)
    end = datetime.combine(date.fromordinal(until.toordinal() + 1), time(), calendar.zone)
    with engine.database.read() as session:
        query = select(PublicationRow, CaseRow.state, CaseRow.decision_fen, SubjectRow.kind, SubjectRow.id_number)
        query = query.join(CaseRow, CaseRow.id == PublicationRow.case_id)
        query = query.outerjoin(SubjectRow, SubjectRow.id == CaseRow.subject_id)
        gone, came = PublicationRow.withdrawn_at, PublicationRow.published_at
        published = (came >= first) & (came < end)
        # each half by the index of both columns: nothing is withdrawn before it was published
        query = query.where(or_(gone.is_(None) & published, (gone >= first) & ((gone < end) | published)))
        query = query.order_by(PublicationRow.published_at, PublicationRow.case_id).limit(MOST + 1)
        found = [_Entry(*row, calendar.today) for row in session.execute(query)]
    if len(found) > MOST:
        raise BadInput("E_TOO_MANY", f"more than {MOST} penalties", "ask for fewer days")
    today = calendar.today(engine.clock.now())
    sent = [one for one in found if one.gone or one.row.latest_end is None or one.row.latest_end >= today]
    sent = [one for one in sent if columns.persons == "masked" or _firm(one)]
    return {
        "standard": columns.standard,
        "edition": columns.edition,
        "organ": engine.organ,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "columns": [one.title for one in columns.columns],
        "rows": [[VALUES[str(one.value)](entry) for one in columns.columns] for entry in sent],
    }


def as_csv(document: Mapping[str, Any]) -> str:
    """The rows as a table with its headings. What a spreadsheet would take for a formula is led by an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(document["columns"])
    table.writerows([_plain(cell) for cell in row] for row in document["rows"])
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
