"""The installation's secret: made once, part of a backup, and missed at once where it is another."""

from pathlib import Path

import pytest

from nonsite import backup as copies
from nonsite.keys import SECRET, check_key, hub_database, key
from nonsite.settings import Settings
from notify.registers import SubjectRow
from records import BadInput, Database, NonsiteError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation with one party in its register."""
    made = Settings.model_validate({"data": tmp_path / "data", "street": tmp_path / "street.yaml"})
    database = hub_database(made)
    database.upgrade()
    Database(made.data / "machine.db").upgrade()
    with database.session() as session:
        session.add(SubjectRow(id="s", kind="person", name="张三", authority="officer_inquiry"))
    return made


def test_the_secret_is_made_once_and_read_by_nobody_else(settings: Settings) -> None:
    path = settings.data / SECRET
    assert path.stat().st_mode & 0o077 == 0 and len(path.read_bytes()) == 32
    assert key(settings, "personal") == key(settings, "personal") != key(settings, "custody")
    assert [one.name for one in settings.data.iterdir() if one.name.startswith(".secret")] == []


def test_another_secret_is_noticed_before_anything_is_written_under_it(settings: Settings) -> None:
    check_key(hub_database(settings))
    (settings.data / SECRET).unlink()
    with pytest.raises(NonsiteError, match="E_PERSONAL"):
        check_key(hub_database(settings))


def test_a_secret_cut_short_is_no_key(settings: Settings) -> None:
    (settings.data / SECRET).chmod(0o600)
    (settings.data / SECRET).write_bytes(b"cut")
    with pytest.raises(BadInput, match="no key"):
        hub_database(settings)


def test_a_command_beside_the_hub_makes_no_secret_of_its_own(tmp_path: Path) -> None:
    beside = Settings.model_validate({"data": tmp_path / "owner", "street": tmp_path / "street.yaml"})
    hub_database(beside, make_key=False).upgrade()
    assert not (tmp_path / "owner" / SECRET).exists()


def test_a_backup_can_be_read_where_it_is_restored(settings: Settings, tmp_path: Path) -> None:
    copies.backup(settings, tmp_path / "backup")
    elsewhere = Settings.model_validate({"data": tmp_path / "elsewhere", "street": tmp_path / "street.yaml"})
    copies.restore(elsewhere, tmp_path / "backup")
    with check_key(hub_database(elsewhere)).read() as session:
        assert session.get_one(SubjectRow, "s").name == "张三"
    assert copies.check(elsewhere) == []
