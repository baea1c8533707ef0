from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from nonsite.tables import MODULES, load_tables
from records import Base, Database


def test_the_migrations_make_exactly_the_declared_tables(tmp_path):
    load_tables()
    database = Database(tmp_path / "fresh.db")
    database.upgrade()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, Base.metadata)
    assert differences == []


def test_every_module_with_tables_is_known():
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    declared = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for folder in ("records", "geofence", "evidence", "notify", "console")
        for path in (root / folder).rglob("*.py")
        if "__tablename__" in path.read_text(encoding="utf-8")
    }
    assert declared == set(MODULES)


def test_an_upgrade_twice_changes_nothing(tmp_path):
    database = Database(tmp_path / "twice.db")
    database.upgrade()
    before = sorted(database.tables())
    database.upgrade()
    assert sorted(database.tables()) == before
