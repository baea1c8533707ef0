"""The night's work by what became of each lead, and the commands that do it and check the log."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from evidence import FolderCopy, Keeper, RetentionClass, RetentionRules
from evidence.tables import RetentionRow
from nonsite.cli import app
from nonsite.night import Night, classes, night
from notify.tables import LeadRow
from notify.tables import PackageRow as LeadPackage
from records import Database, SystemClock, append
from tests.evidence.conftest import START, Site, filmed, make_site, request_of, scene, site  # noqa: F401

RULES = RetentionRules({RetentionClass.ALERT: 30, RetentionClass.NO_PENALTY: 365, RetentionClass.CASE_FILE: None})


@pytest.fixture
def hub(site: Site) -> Database:  # noqa: F811
    database = Database(site.folder / "hub.sqlite")
    database.upgrade()
    return database


def lead(hub: Database, package_id: str, state: str) -> None:
    """A lead of the hub that stands on a package, in some state."""
    with hub.session() as session:
        session.add(
            LeadRow(
                id=f"lead-{state}", number=f"L-{state}", kind="STALL", state=state, since=START, source_id="cam-1",
                lon=121.5, lat=31.2, opened=START, raised=START, last_seen=START, message={}, updated=START,
            )
        )  # fmt: skip
        session.add(
            LeadPackage(
                package_id=package_id, lead_id=f"lead-{state}", alert_id="a", stage="first_seen", status="STAMPED",
                seal_sha256="0" * 64, sealed_at=START, used=True, message={},
            )
        )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "kept_as", "gone_after_40_days"),
    [
        ("A1", "alert", False),
        ("A8", "alert", True),
        ("A9", "alert", True),
        ("A5", "no_penalty", False),
        ("NOT_FILED", "no_penalty", False),
    ],
)
def test_what_became_of_the_lead_decides(site, hub, request_of, tmp_path, state, kept_as, gone_after_40_days):  # noqa: F811
    sealed = site.sealed_and_stamped(request_of())
    lead(hub, sealed.package_id, state)
    keeper = Keeper(site.store, hub, site.database, site.clock, RULES, FolderCopy(tmp_path / "second"))
    assert night(keeper, hub).faults == {}
    with hub.read() as session:
        assert session.get_one(RetentionRow, sealed.package_id).retention_class == kept_as
    site.clock.advance(40 * 86400)
    deleted = night(keeper, hub).deleted
    assert deleted == ([sealed.package_id] if gone_after_40_days else []), classes(hub)


def test_it_is_done_at_three_in_the_morning_local_time(site, hub):  # noqa: F811
    keeper = Keeper(site.store, hub, site.database, site.clock, RULES)
    plan = Night(keeper, hub, site.clock)
    assert plan._next(datetime(2026, 5, 12, 8, 0, tzinfo=UTC)) == datetime(2026, 5, 12, 19, 0, tzinfo=UTC)
    assert plan._next(datetime(2026, 5, 12, 19, 0, tzinfo=UTC)) == datetime(2026, 5, 13, 19, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path) -> Path:
    """Settings of a site that has not started yet, one row in its hub's log."""
    folder = tmp_path / "installed"
    folder.mkdir()
    corners = [[121.49, 31.19], [121.51, 31.19], [121.51, 31.21], [121.49, 31.21], [121.49, 31.19]]
    zone = {
        "type": "Feature", "id": "zone", "geometry": {"type": "Polygon", "coordinates": [corners]},
        "properties": {
            "layer": "vending_forbidden", "name": "z", "phase": "enforce", "legal_source": "test",
            "effective_from": "2026-01-01",
        },
    }  # fmt: skip
    street = {"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": [zone]}
    (folder / "street.yaml").write_text(yaml.safe_dump(street))
    (folder / "settings.yaml").write_text(yaml.safe_dump({"data": "data", "street": "street.yaml", "profile": "demo"}))
    (folder / "data").mkdir()
    database = Database(folder / "data" / "nonsite.db")
    database.upgrade()
    with database.session() as session:
        append(session, "custody", "custody.view", "p", {}, SystemClock())
    database.close()
    return folder / "settings.yaml"


def run(*words: str):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_the_log_is_checked_by_a_command_and_a_broken_one_is_told(settings):
    done = run("evidence", "log", "--config", settings, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["findings"][0]["name"] == "custody"
    database = Database(settings.parent / "data" / "nonsite.db")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_no_update")
        connection.exec_driver_sql("UPDATE log SET subject = 'another'")
    database.close()
    done = run("evidence", "log", "--config", settings)
    assert done.exit_code == 1
    assert "row 1 was altered" in done.stdout and "NOT good" in done.stdout


def test_a_night_by_command_on_an_empty_store(settings):
    done = run("evidence", "keep", "--config", settings, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["checked"] == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("evidence", "absorb", "--config", "{settings}", "none.db"), "E_LOG"),
        (("evidence", "log", "--config", "{settings}", "--checkpoints", "."), "E_USE"),
        (("evidence", "hold", "0199f3c2-0000-7000-8000-000000000009", "--order", "1", "--config", "{settings}"), "E_P"),
        (("db", "grant", "--config", "{settings}", "--role", "x"), "E_ROLES"),
    ],
)
def test_wrong_use_is_one_clear_line(settings, words, code):
    done = run(*[word.format(settings=settings) for word in words])
    assert done.exit_code != 0
    assert code in done.output + str(done.exception)
