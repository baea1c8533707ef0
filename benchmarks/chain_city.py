"""A city's records for the chain's benchmark: leads, cases, terms, papers, complaints, sums over two years."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from benchmarks.chain_world import START
from notify import credit_check_digit
from notify.registers import OfficerRow, ShopRow, SubjectRow
from notify.statistics import FORMULAS
from notify.tables import (
    NEVER,
    CaseRow,
    DeadlineRow,
    DocumentRow,
    LeadRow,
    PackageRow,
    StepRecord,
)
from notify.tables_desk import ComplaintRow, PlaceRow, SumRow
from notify.tables_money import PublicationRow
from records import Database

KINDS = ("OUT_OF_STORE", "STALL", "OUTDOOR_AD", "BIKE_CLUTTER")
ENDED = ("A7", "A9", "FILED", "A7", "NOT_FILED")
OPEN_CASES = ("B1", "B5", "B9", "B11", "B13")
SQUADS = tuple(f"squad-{n}" for n in range(1, 15))
BATCH = 5_000
SPAN = timedelta(days=730)


def fill(database: Database, leads: int, cases: int, open_cases: int) -> None:
    """`leads` alerts and `cases` cases over two years, the newest of them open, with all that hangs on them.

    A database that holds as many is left as it is.
    """
    with database.read() as session:
        if (session.scalar(select(func.count()).select_from(LeadRow)) or 0) >= leads:
            return
    places, subjects = max(200, leads // 50), max(200, cases // 4)
    parts: tuple[tuple[Any, int, Callable[[int], dict[str, Any]]], ...] = (
        (PlaceRow, places, lambda n: {"id": place_id(n), "text": place(n)}),
        (SubjectRow, subjects, subject_row),
        (ShopRow, places, lambda n: {"id": f"shop-{n}", "name": f"第{n}号店", "address": place(n), "subject_id": None}),
        (OfficerRow, len(SQUADS), officer_row),
        (LeadRow, leads, lambda n: lead_row(n, leads, places, cases)),
        (PackageRow, leads, lambda n: package_row(n, leads)),
        (StepRecord, leads, lambda n: step_row(n, leads)),
        (CaseRow, cases, lambda n: case_row(n, leads, cases, open_cases, places, subjects)),
        (DocumentRow, cases, lambda n: document_row(n, cases)),
        (ComplaintRow, leads // 10, lambda n: complaint_row(n, leads // 10, places)),
        (PublicationRow, cases // 4, lambda n: publication_row(cases - 1 - n, cases)),
    )
    for table, count, make in parts:
        write(database, table, (make(n) for n in range(count)))
    write(database, DeadlineRow, (row for n in range(cases) for row in term_rows(n, cases, open_cases)))
    write(database, SumRow, sum_rows())
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def write(database: Database, table: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows in batches, each a transaction: COPY on PostgreSQL, plain inserts on SQLite."""
    columns = [one for one in table.__table__.columns if one is not table.__table__.autoincrement_column]
    dialect = database.engine.dialect
    means = [(one.name, _default(one), one.type.dialect_impl(dialect).bind_processor(dialect)) for one in columns]
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        given = ((row.get(name, default), process) for name, default, process in means)
        batch.append(tuple(process(value) if process else value for value, process in given))
        if len(batch) == BATCH:
            _flush(database, table.__tablename__, [name for name, _, _ in means], batch)
            batch = []
    if batch:
        _flush(database, table.__tablename__, [name for name, _, _ in means], batch)


def _default(column: Any) -> Any:
    return column.default.arg if column.default is not None and column.default.is_scalar else None


def _flush(database: Database, table: str, names: list[str], batch: list[tuple[Any, ...]]) -> None:
    quoted = ", ".join(f'"{name}"' for name in names)
    with database.session() as session:
        cursor: Any = session.connection().connection.cursor()
        if database.is_sqlite:
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' * len(names))})", batch)
            return
        with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row(row)


def place(n: int) -> str:
    return f"{('人民', '中山', '解放', '和平', '长江', '黄河')[n % 6]}路{n}号（第{n}号店）门前"


def place_id(n: int) -> str:
    return hashlib.sha256(place(n).encode()).hexdigest()[:32]


def subject_row(n: int) -> dict[str, Any]:
    body = f"92310115MA{n:07d}"
    words = ("面馆", "水果店", "服装店", "五金店", "超市")
    return {
        **{"id": f"subject-{n}", "kind": "business", "name": f"第{n}{words[n % 5]}", "representative": "甲"},
        **{"id_number": body + credit_check_digit(body), "address": f"人民路{n}号", "phone": "13900000001"},
        "authority": "business_licence",
    }


def officer_row(n: int) -> dict[str, Any]:
    day = START.date()
    return {
        **{"id": f"city-officer-{n}", "name": f"队员{n}", "organ": "b", "squad": SQUADS[n], "kind": "officer"},
        **{"certificate": f"C{n}", "valid_from": day - SPAN, "valid_to": day + SPAN, "ties": []},
    }


def lead_row(n: int, leads: int, places: int, cases: int) -> dict[str, Any]:
    """Lead 0 is the oldest; the last 2,000 are open."""
    at, is_open = START - SPAN * ((leads - n) / leads), n >= leads - 2_000
    state = ("A1", "A3", "A4", "A5", "A6")[n % 5] if is_open else ENDED[n % 5]
    spot = n * 7919 % places
    message = {"id": f"lead-{n}", "accuracy_m": 0.5, "reasons": [], "footprint": [], "dwell_s": 600}
    times = dict.fromkeys(("since", "opened", "raised", "last_seen", "updated"), at)
    return {
        **{"id": f"lead-{n}", "number": f"XS{at.year}-{n:06d}", "kind": KINDS[n % 4], "matter": KINDS[n % 4]},
        **{"state": state, "source_id": f"cam-{n % 500}", "lon": 121.0 + spot * 1e-5, "lat": 31.0},
        **{"address": place(spot), "place_id": place_id(spot), "phase": "enforce", "message": message, **times},
        **{"shop_id": f"shop-{spot}", "next_due": at + timedelta(hours=8) if is_open else NEVER},
        **{
            "is_open": is_open,
            "accepted_on": at.date(),
            "late": n % 50 == 0,
            "subject_id": f"subject-{n % max(200, cases // 4)}",
        },
    }


def package_row(n: int, leads: int) -> dict[str, Any]:
    at = START - SPAN * ((leads - n) / leads)
    return {
        **{"package_id": f"pkg-{n}", "lead_id": f"lead-{n}", "alert_id": f"lead-{n}", "stage": "first_seen"},
        **{"status": "STAMPED", "seal_sha256": f"{n:064x}", "sealed_at": at, "stamped_at": at, "used": True},
        "message": {},
    }


def step_row(n: int, leads: int) -> dict[str, Any]:
    at = START - SPAN * ((leads - n) / leads)
    return {
        **{"owner_id": f"lead-{n}", "at": at, "step": "detected", "actor_id": "system", "actor_name": "系统"},
        **{"role": "SYS", "source": "", "target": "A0", "values": {}, "note": ""},
    }


def case_row(n: int, leads: int, cases: int, open_cases: int, places: int, subjects: int) -> dict[str, Any]:
    """Case 0 is the oldest; the last `open_cases` are open."""
    at, is_open = filed(n, cases), n >= cases - open_cases
    state, spot = OPEN_CASES[n % 5] if is_open else "B17", n * 7919 % places
    times = dict.fromkeys(("since", "act_start", "act_end", "filed_at", "updated"), at)
    soonest = due(n, cases, 81 if n % 2 else 90)
    first_yellow, first_red = (due(n, cases, 90) - timedelta(days=90) * share for share in (0.4, 0.15))
    decided = at + timedelta(days=20) if state in ("B11", "B13", "B17") else None
    return {
        **{
            "id": f"case-{n}",
            "number": f"b-{at.year}-{KINDS[n % 4]}-{n:06d}",
            "lead_id": f"lead-{n * (leads // cases)}",
        },
        **{"kind": KINDS[n % 4], "matter": KINDS[n % 4], "subject_id": f"subject-{n % subjects}", "organ": "b"},
        **{"state": state, "place": place(spot), "place_id": place_id(spot), "hearing_notified": False, **times},
        **{"officers": [f"city-officer-{n % len(SQUADS)}", "officer2"], "decided_at": decided},
        **{"decision_fen": 20_000 if decided else None},
        **{"decision_number": f"基罚决字〔{at.year}〕{n:06d}号" if decided else None},
        **{"next_due": soonest if is_open else NEVER, "yellow_from": first_yellow if is_open else NEVER},
        **{"red_from": first_red if is_open else NEVER, "is_open": is_open},
    }


def filed(n: int, cases: int) -> Any:
    """When a case was filed: the older half over two years, the open half over the last 80 days."""
    half = cases // 2
    if n < half:
        return START - SPAN + (SPAN - timedelta(days=80)) * (n / half)
    return START - timedelta(days=80) * ((cases - n) / (cases - half))


def due(n: int, cases: int, days: int) -> Any:
    return filed(n, cases) + timedelta(days=days)


def term_rows(n: int, cases: int, open_cases: int) -> Iterator[dict[str, Any]]:
    start, is_open = filed(n, cases), n >= cases - open_cases
    for code, days, binds in (("D90", 90, "agency"), ("DSTMT", 81, "party")):
        end, agency = due(n, cases, days), binds == "agency" and is_open
        yield {
            **{"id": f"{code}-{n}", "owner_id": f"case-{n}", "code": code, "starts": start, "ends_at": end},
            **{"last_day": end.date(), "length": days, "unit": "cd", "binds": binds, "source": "x"},
            **{"provisional": False, "state": "open" if is_open else "done", "late": False},
            "yellow_from": end - timedelta(days=days) * 0.4 if agency else NEVER,
            "red_from": end - timedelta(days=days) * 0.15 if agency else NEVER,
        }


def document_row(n: int, cases: int) -> dict[str, Any]:
    at = filed(n, cases)
    return {
        **{"id": f"doc-{n}", "owner_id": f"case-{n}", "kind": "FILING", "organ": "b", "series": "城", "year": at.year},
        **{"seq": n, "number": f"基城字〔{at.year}〕{n:06d}号", "title": "立案审批表", "issued_at": at},
        **{"position": 0, "source": {}, "sha256": f"{n:064x}"},
    }


def complaint_row(n: int, count: int, places: int) -> dict[str, Any]:
    at, spot = START - SPAN * ((count - n) / count), n * 31 % places
    return {
        **{"id": f"complaint-{n}", "number": f"SJ{at.year}-{n:06d}", "source": "12345", "external_id": f"E{n}"},
        **{"unit": SQUADS[n % 14], "kind": KINDS[n % 4], "text": "门口堆物", "place": place(spot), "spot": f"s{spot}"},
        **{"repeats": n % 9, "state": "open" if n >= count - 500 else "closed", "received_at": at, "assigned_at": at},
        "updated": at,
    }


def publication_row(n: int, cases: int) -> dict[str, Any]:
    at = filed(n, cases)
    record = {"number": f"基罚决字〔{at.year}〕{n:06d}号", "subject": "店", "cause": "x", "result": "罚款¥200.00"}
    record |= {"basis": "y", "organ": "基准局", "date": at.date().isoformat()}
    return {
        **{"case_id": f"case-{n}", "body": record, "published_at": at, "credit_class": "general"},
        "latest_end": (at + timedelta(days=365)).date(),
    }


def sum_rows() -> Iterator[dict[str, Any]]:
    """Every measure of every unit and kind on every day and month of three years."""
    measures = sorted({one for formula in FORMULAS for one in (*formula.over, *formula.under)})
    days = [START.date() - timedelta(days=n) for n in range(3 * 365)]
    periods = sorted({one.isoformat() for one in days[:90]} | {one.isoformat()[:7] for one in days})
    for measure in measures:
        for period in periods:
            for unit in ("b", *SQUADS):
                for n, kind in enumerate(KINDS):
                    yield {"measure": measure, "period": period, "unit": unit, "kind": kind, "value": 100 + n}
