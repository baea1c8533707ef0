"""The tree over all logs with its checkpoints, retention, erasable personal data; rows of the log must follow."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

GENESIS = "0" * 64


def upgrade() -> None:
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "n"),
    )
    op.create_table(
        "log_spans",
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("first"),
    )
    op.create_index(op.f("ix_log_spans_chain"), "log_spans", ["chain"], unique=False)
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("p7s", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "log_checkpoint_replies",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.String(length=400), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "log_deliveries",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", "place", "stamped"),
    )
    op.add_column("evidence_packages", sa.Column("anchored_size", sa.Integer(), nullable=True))
    op.create_table(
        "evidence_personal",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("lookup", sa.String(length=64), nullable=False),
        sa.Column("sealed_text", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_evidence_personal_lookup", "evidence_personal", ["kind", "lookup"], unique=False)
    op.create_index(op.f("ix_evidence_personal_subject"), "evidence_personal", ["subject"], unique=False)
    op.create_table(
        "evidence_retention",
        sa.Column("package_id", sa.String(length=36), nullable=False),
        sa.Column("retention_class", sa.String(length=20), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.String(length=80), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("scrubbed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("package_id"),
    )
    op.create_index("ix_evidence_retention_due", "evidence_retention", ["deleted_at", "keep_until"], unique=False)
    _guards()


def _guards() -> None:
    """A row that does not follow the last of its chain is refused by the database itself."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER log_follow BEFORE INSERT ON log "
            "WHEN NEW.seq <> coalesce((SELECT max(seq) FROM log WHERE chain = NEW.chain), 0) + 1 OR NEW.prev <> "
            "coalesce((SELECT hash FROM log WHERE chain = NEW.chain AND seq = NEW.seq - 1), 'GENESIS') "
            "BEGIN SELECT RAISE(ABORT, 'the row does not follow the row before it'); END".replace("GENESIS", GENESIS)
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION log_tail(wanted text) RETURNS TABLE (seq integer, hash varchar) LANGUAGE plpgsql "
        "AS $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('log:' || wanted)); "
        "RETURN QUERY SELECT l.seq, l.hash FROM log l WHERE l.chain = wanted ORDER BY l.seq DESC LIMIT 1; END $$"
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION log_follow() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE last record; BEGIN "
        "PERFORM pg_advisory_xact_lock(hashtext('log:' || NEW.chain)); "
        "SELECT l.seq, l.hash INTO last FROM log l WHERE l.chain = NEW.chain ORDER BY l.seq DESC LIMIT 1; "
        "IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.prev <> coalesce(last.hash, 'GENESIS') THEN "
        "RAISE EXCEPTION 'the row does not follow the row before it'; END IF; RETURN NEW; END $$".replace(
            "GENESIS", GENESIS
        )
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION log_append(wanted text, made timestamptz, what text, about text, content text, "
        "head text, rest text) RETURNS TABLE (seq integer, prev varchar, hash varchar) LANGUAGE plpgsql AS $$ "
        "DECLARE n integer; before varchar; own varchar; BEGIN "
        "PERFORM pg_advisory_xact_lock(hashtext('log:' || wanted)); "
        "SELECT l.seq, l.hash INTO n, before FROM log l WHERE l.chain = wanted ORDER BY l.seq DESC LIMIT 1; "
        "n := coalesce(n, 0) + 1; before := coalesce(before, 'GENESIS'); "
        "own := encode(sha256(convert_to(before || head || n || rest, 'UTF8')), 'hex'); "
        "INSERT INTO log (chain, seq, at, kind, subject, body, prev, hash) "
        "VALUES (wanted, n, made, what, about, content, before, own); RETURN QUERY SELECT n, before, own; "
        "END $$".replace("GENESIS", GENESIS)
    )
    op.execute("CREATE TRIGGER log_follow BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION log_follow()")
