"""Rights on PostgreSQL: the application may add to the log and to what vouches for it, and change nothing there.

The owner of the tables runs the migrations and nothing else; console, hub and workers sign in as the application's
role. SQLite has no roles: whoever can write the file can take its triggers away, and only checkpoints outside show it.
"""

from sqlalchemy import text

from records.database import Database
from records.errors import BadInput

APPEND_ONLY = ("log", "log_tiles", "log_spans", "log_checkpoints", "log_checkpoint_replies", "log_deliveries")


def grant(database: Database, role: str) -> None:
    """Give `role`, which must exist, what the application needs; run as the tables' owner, after every upgrade.

    Raises BadInput on SQLite, where the role is the owner itself, and where it may do more than it should.
    """
    if database.is_sqlite:
        raise BadInput("E_ROLES", "SQLite has no roles", "use PostgreSQL where the administrator is not to be trusted")
    with database.engine.begin() as connection:
        owner = connection.scalar(text("SELECT tableowner FROM pg_tables WHERE tablename = 'log'"))
        found = connection.execute(
            text("SELECT rolsuper OR rolcreaterole OR rolbypassrls FROM pg_roles WHERE rolname = :role"), {"role": role}
        ).scalar_one_or_none()
        if found is None:
            raise BadInput("E_ROLES", f"no role {role!r}", "CREATE ROLE … LOGIN first")
        if found or role == owner:
            raise BadInput("E_ROLES", f"{role!r} may take the triggers away", "sign the application in as another role")
        named = connection.dialect.identifier_preparer.quote(role)
        for statement in _statements(named):
            connection.execute(text(statement))


def _statements(role: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES ON {table} FROM {role}" for table in APPEND_ONLY),
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON alembic_version FROM {role}",
    ]
