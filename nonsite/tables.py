"""Every folder's tables, made known to the one metadata: what migrations are compared with."""

import importlib

MODULES = (
    "records.chain",
    "records.outbox",
    "geofence.tables",
    "evidence.tables",
    "evidence.tree_tables",
    "notify.tables",
    "notify.tables_links",
    "notify.tables_money",
    "notify.tables_once",
    "notify.tables_desk",
    "notify.register_rows",
    "notify.holidays",
    "notify.suppressions",
    "console.tables",
)


def load_tables() -> None:
    """Import every module that declares tables."""
    for name in MODULES:
        importlib.import_module(name)
