"""The desk: places for searching, kept sums, complaints, refunds, reconciliations, disclosure, colours of cases."""

import hashlib
import re
from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NEVER = "9999-01-01 00:00:00"
_ENDS = {
    "leads": ("A7", "A8", "A9", "A10", "FILED", "NOT_FILED", "UNIDENTIFIED", "NOT_FOUND_ON_SITE", "MERGED"),
    "cases": ("B10X", "B17", "TERMINATED"),
}
_TIME = sa.DateTime(timezone=True)


def _id(name: str = "id", size: int = 64, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(size), nullable=null)


def upgrade() -> None:
    _columns()
    _tables()
    _indexes()
    _fill()


def _columns() -> None:
    never, no = sa.text(f"'{_NEVER}+00'" if _postgres() else f"'{_NEVER}.000000'"), sa.false()
    op.add_column("leads", _id("place_id", 32, null=True))
    op.add_column("leads", sa.Column("accepted_on", sa.Date(), nullable=True))
    op.add_column("leads", sa.Column("late", sa.Boolean(), nullable=False, server_default=no))
    op.add_column("cases", _id("place_id", 32, null=True))
    for table in ("leads", "cases"):
        op.add_column(table, sa.Column("is_open", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("cases", sa.Column("yellow_from", _TIME, nullable=False, server_default=never))
    op.add_column("cases", sa.Column("red_from", _TIME, nullable=False, server_default=never))
    op.add_column("deadlines", sa.Column("yellow_from", _TIME, nullable=False, server_default=never))
    op.add_column("deadlines", sa.Column("red_from", _TIME, nullable=False, server_default=never))
    op.add_column("payment_orders", sa.Column("first_due", sa.Date(), nullable=True))
    op.add_column("payment_orders", sa.Column("plan", sa.Text(), nullable=True))
    op.add_column("payment_orders", sa.Column("cancelled_at", _TIME, nullable=True))
    op.add_column("payments", _id("receipt_number", null=True))
    op.add_column("organs", _id("seal_number", 40, null=True))
    op.add_column("publications", _id("credit_class", 12, null=True))
    for name in ("earliest_repair", "latest_end", "repaired_on"):
        op.add_column("publications", sa.Column(name, sa.Date(), nullable=True))


def _postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _tables() -> None:
    op.create_table("places", _id(size=32), _id("text", 200), sa.PrimaryKeyConstraint("id"))
    key = [_id("measure", 32), _id("period", 10), _id("unit", 80), _id("kind", 40)]
    op.create_table(
        "sums",
        *key,
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("measure", "period", "unit", "kind"),
    )
    _complaints()
    op.create_table(
        "surveys",
        _id("complaint_id"),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("result_satisfied", sa.Boolean(), nullable=False),
        sa.Column("attitude_satisfied", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id"),
    )
    op.create_table(
        "refunds",
        *(_id(), _id("order_id"), _id("case_id")),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        *(_id("reason", 24), _id("state", 12)),
        sa.Column("created", _TIME, nullable=False),
        *(sa.Column(name, _TIME, nullable=True) for name in ("ordered_at", "done_at")),
        _id("reference", 80, null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "reconciliations",
        _id(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        *(_id("actor_id", 80), _id("sha256")),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_table(
        "disclosures",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        *(_id("actor_id", 80), _id("sha256")),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "staff_news",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *(_id("role", 16), _id("owner_id")),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _complaints() -> None:
    times = ("assigned_at", "contacted_at", "checked_at", "completed_at", "replied_at", "urged_at")
    op.create_table(
        "complaints",
        *(_id(), _id("number", 40), _id("source", 40), _id("external_id", 80), _id("unit", 80)),
        *(_id("kind", 40, null=True), sa.Column("text", sa.Text(), nullable=False), _id("place", 200)),
        *(sa.Column(name, sa.Double(), nullable=True) for name in ("lon", "lat")),
        *(_id("spot"), sa.Column("repeats", sa.Integer(), nullable=False), _id("state", 12)),
        sa.Column("received_at", _TIME, nullable=False),
        *(sa.Column(name, _TIME, nullable=True) for name in times),
        *(sa.Column(name, sa.Boolean(), nullable=True) for name in ("substantiated", "within_power")),
        *(_id("moved_to", 120, null=True), sa.Column("reply", sa.Text(), nullable=True)),
        *(_id("lead_id", null=True), _id("case_id", null=True)),
        sa.Column("updated", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        sa.UniqueConstraint("source", "external_id"),
    )


def _indexes() -> None:
    for name, table, columns in (
        ("ix_leads_place", "leads", ["place_id", "raised"]),
        ("ix_leads_source", "leads", ["source_id", "raised"]),
        ("ix_cases_kind", "cases", ["kind", "filed_at"]),
        ("ix_cases_place", "cases", ["place_id", "filed_at"]),
        ("ix_leads_merged", "leads", ["merged_into", "opened"]),
        ("ix_leads_open", "leads", ["is_open", "next_due", "id"]),
        ("ix_leads_open_kind", "leads", ["is_open", "kind", "next_due", "id"]),
        ("ix_cases_open", "cases", ["is_open", "next_due", "id"]),
        ("ix_cases_open_kind", "cases", ["is_open", "kind", "next_due", "id"]),
        ("ix_cases_yellow", "cases", ["is_open", "yellow_from", "id"]),
        ("ix_cases_red", "cases", ["is_open", "red_from", "yellow_from", "id"]),
        ("ix_complaints_external", "complaints", ["external_id"]),
        ("ix_cases_decision", "cases", ["decision_number"]),
        ("ix_documents_issued", "documents", ["issued_at", "id"]),
        ("ix_publications_shown", "publications", ["withdrawn_at", "published_at"]),
        ("ix_complaints_received", "complaints", ["received_at", "id"]),
        ("ix_complaints_state", "complaints", ["state", "received_at"]),
        ("ix_complaints_spot", "complaints", ["spot", "kind", "received_at"]),
        ("ix_complaints_lead", "complaints", ["lead_id"]),
        ("ix_complaints_case", "complaints", ["case_id"]),
        ("ix_refunds_state", "refunds", ["state", "id"]),
        ("ix_refunds_order_id", "refunds", ["order_id"]),
        ("ix_refunds_case_id", "refunds", ["case_id"]),
        ("ix_reconciliations_day", "reconciliations", ["day"]),
        ("ix_staff_news_waiting", "staff_news", ["sent_at", "id"]),
    ):
        op.create_index(name, table, columns, unique=False)


def _fill() -> None:
    """Places and colours of what is there already; the first due day of orders is the one that they have."""
    bind = op.get_bind()
    bind.execute(sa.text("UPDATE payment_orders SET first_due = due_on"))
    for table, ends in _ENDS.items():
        rows = sa.table(table, sa.column("state"), sa.column("is_open", sa.Boolean()))
        bind.execute(sa.update(rows).where(rows.c.state.in_(ends)).values(is_open=False))
    addresses = bind.execute(sa.text("SELECT DISTINCT address FROM leads WHERE address IS NOT NULL")).scalars()
    for address in list(addresses):
        text = re.sub(r"（约\d+米）$", "", address)  # as notify.search names places
        key = hashlib.sha256(text.encode()).hexdigest()[:32]
        if bind.execute(sa.text("SELECT 1 FROM places WHERE id = :id"), {"id": key}).first() is None:
            bind.execute(sa.text("INSERT INTO places (id, text) VALUES (:id, :text)"), {"id": key, "text": text})
        bind.execute(sa.text("UPDATE leads SET place_id = :id WHERE address = :a"), {"id": key, "a": address})
    bind.execute(sa.text("UPDATE cases SET place_id = (SELECT place_id FROM leads WHERE leads.id = cases.lead_id)"))
    _colours(bind)


def _colours(bind: sa.Connection) -> None:
    """From when terms and cases are yellow and red, by the bounds that profiles have had so far."""
    names = ("id", "owner_id", "state", "binds")
    span = [sa.column(name, _TIME) for name in ("starts", "ends_at", "yellow_from", "red_from")]
    terms = sa.table("deadlines", *map(sa.column, names), *span)
    cases = sa.table("cases", sa.column("id"), *(sa.column(name, _TIME) for name in ("yellow_from", "red_from")))
    soonest: dict[str, tuple[datetime, datetime]] = {}
    query = sa.select(terms).where(terms.c.state == "open", terms.c.binds == "agency")
    for row in bind.execute(query).all():
        whole = row.ends_at - row.starts
        yellow, red = row.ends_at - whole * 0.40, row.ends_at - whole * 0.15
        bind.execute(sa.update(terms).where(terms.c.id == row.id).values(yellow_from=yellow, red_from=red))
        known = soonest.get(row.owner_id, (yellow, red))
        soonest[row.owner_id] = (min(known[0], yellow), min(known[1], red))
    for owner, (yellow, red) in soonest.items():
        bind.execute(sa.update(cases).where(cases.c.id == owner).values(yellow_from=yellow, red_from=red))
