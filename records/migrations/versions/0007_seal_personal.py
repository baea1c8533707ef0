"""Parties' names, numbers and words are encrypted where they stand; the table of a book that nothing used goes."""

import sqlalchemy as sa
from alembic import op

from records.personal import seal_standing

revision = "0007_seal"
down_revision = "0006"

# table: (key, columns that must become longer with their length and whether they may be empty, columns of text)
_WIDER = {
    "subjects": (
        ("name", 120, False),
        ("id_number", 32, True),
        ("address", 200, True),
        ("phone", 32, True),
        ("representative", 80, True),
    ),
    "messages": (("phone", 32, False),),
    "services": (("recipient", 120, False),),
    "consents": (("address", 120, False), ("signed_name", 120, False)),
}
_SEALED = {
    "subjects": ("id", ("name", "id_number", "address", "phone", "representative")),
    "messages": ("id", ("phone", "text")),
    "services": ("id", ("recipient", "proof")),
    "consents": ("id", ("address", "signed_name")),
    "steps": ("seq", ("values", "note")),
    "documents": ("id", ("source",)),
    "recusals": ("id", ("reason",)),
    "complaints": ("id", ("text", "reply")),
}


def upgrade() -> None:
    for table, columns in _WIDER.items():
        with op.batch_alter_table(table) as batch:
            for name, length, empty in columns:
                batch.alter_column(name, type_=sa.Text(), existing_type=sa.String(length), existing_nullable=empty)
    for table, (key, names) in _SEALED.items():
        seal_standing(op.get_bind(), table, key, names, ("id_number",))
    op.drop_table("evidence_personal")
