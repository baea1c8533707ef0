"""Parties' names, numbers and words are encrypted where they stand; rows of the log get their hash from the trigger."""

import sqlalchemy as sa
from alembic import op

from records.personal import seal_standing

revision = "0009"
down_revision = "0008"

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

_FOLLOW = (
    "CREATE OR REPLACE FUNCTION log_follow() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "DECLARE n integer; before varchar; locked boolean; BEGIN "
    "locked := pg_advisory_xact_lock(hashtext('log:' || NEW.chain)) IS NULL; "
    "SELECT l.seq, l.hash INTO n, before FROM log l WHERE l.chain = NEW.chain ORDER BY l.seq DESC LIMIT 1; "
    "n := coalesce(n, 0) + 1; before := coalesce(before, 'GENESIS'); "
    "IF NEW.seq = 0 THEN NEW.seq := n; NEW.prev := before; "
    'NEW.hash := encode(sha256(convert_to(before || \'{"at":"\' || '
    'to_char(NEW.at AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\') || \'","body":\' || NEW.body || '
    "',\"chain\":' || to_json(NEW.chain) || ',\"kind\":' || to_json(NEW.kind) || ',\"seq\":' || n || "
    "',\"subject\":' || to_json(NEW.subject) || '}', 'UTF8')), 'hex'); "
    "ELSIF NEW.seq <> n OR NEW.prev <> before THEN "
    "RAISE EXCEPTION 'the row does not follow the row before it'; END IF; RETURN NEW; END $$"
).replace("GENESIS", "0" * 64)


def upgrade() -> None:
    for table, columns in _WIDER.items():
        with op.batch_alter_table(table) as batch:
            for name, length, empty in columns:
                batch.alter_column(name, type_=sa.Text(), existing_type=sa.String(length), existing_nullable=empty)
    for table, (key, names) in _SEALED.items():
        seal_standing(op.get_bind(), table, key, names, ("id_number",))
    op.drop_table("evidence_personal")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FOLLOW)
        op.execute("DROP FUNCTION log_append(text, timestamptz, text, text, text, text, text)")
