"""`nonsite desk`: kept sums counted again, penalties for a credit platform, at a terminal."""

import csv
import json
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update
from typer.testing import CliRunner

from nonsite.cli import app
from nonsite.tables import load_tables
from notify.tables_desk import SumRow
from records import Database, Refused
from tests.console.conftest import DATA
from tests.notify.people import CLERK
from tests.notify.world import make_world


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of an installation with one published penalty."""
    load_tables()
    street = str(DATA / "street.yaml")
    own = {"data": "data", "street": street, "profile": "demo", "organ": "demo"}
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(own))
    (tmp_path / "data").mkdir()
    database = Database(tmp_path / "data" / "nonsite.db")
    database.upgrade()
    world = make_world(tmp_path / "data", database=database)
    world.take(CLERK, world.served(), "publish", credit_class="general")
    database.close()
    return tmp_path / "settings.yaml"


def run(*words: object):
    return CliRunner().invoke(app, ["desk", *map(str, words)])


def test_sums_are_counted_again_named_and_mended(settings):
    good = run("recount", "--config", settings)
    assert (good.exit_code, good.stdout) == (0, "every kept sum is what its rows say\n")
    database = Database(settings.parent / "data" / "nonsite.db")
    with database.session() as session:
        session.execute(update(SumRow).where(SumRow.measure == "filed", SumRow.period == "2026-06").values(value=9))
    database.close()
    found = run("recount", "--config", settings)
    assert found.exit_code == 1 and "filed" in found.stdout and "2026-06" in found.stdout
    mended = run("recount", "--config", settings, "--mend", "--json")
    answer = json.loads(mended.stdout)
    assert mended.exit_code == 0 and answer["mended"] and len(answer["differences"]) == 1
    assert run("recount", "--config", settings).exit_code == 0


def test_penalties_go_out_as_a_table_and_an_unknown_edition_is_refused(settings):
    span = ("--since", "2026-06-01", "--until", "2026-06-30")
    out = settings.parent / "penalties.csv"
    done = run("publicities", "--config", settings, "--columns", "demo", *span, "--out", out)
    assert done.exit_code == 0, done.output
    with out.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["行政相对人"], row["罚款金额（元）"]) == ("示范面馆", "100.00")
    refused = run("publicities", "--config", settings, "--columns", "credit_china", *span)
    assert isinstance(refused.exception, Refused) and "E_CREDIT_COLUMNS" in str(refused.exception)
