"""Codes that open a party's link, sent to its telephone; lists of one state or kind in their whole order by index."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


_ORDERED = (
    ("ix_leads_state", "leads", ["state", "raised", "id"]),
    ("ix_leads_kind", "leads", ["kind", "raised", "id"]),
    ("ix_cases_state", "cases", ["state", "filed_at", "id"]),
    ("ix_cases_kind", "cases", ["kind", "filed_at", "id"]),
)


def upgrade() -> None:
    for name, table, columns in _ORDERED:
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=False)
    op.create_table(
        "link_codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=16), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undelivered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_link_codes_link", "link_codes", ["link_id", "sent_at"], unique=False)
    op.create_index("ix_link_codes_subject", "link_codes", ["subject_id", "sent_at"], unique=False)
