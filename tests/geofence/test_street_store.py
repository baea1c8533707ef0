from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from geofence import (
    STREET_TOPIC,
    Phase,
    Street,
    current,
    export_geojson,
    history,
    import_street,
    load_street,
    publish,
    version,
)
from records import BadInput, Database, OutboxRow

DAY = datetime(2026, 6, 3, tzinfo=UTC)
SQUARE = [(0, 0), (20, 0), (20, 20), (0, 20)]


@pytest.fixture()
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "n.sqlite")
    made.create_all()
    return made


@pytest.fixture()
def two_versions(make_street: Callable[..., Street]) -> tuple[Street, Street]:
    warn = make_street(("z", "vending_forbidden", SQUARE, {"phase": "warn"}))
    return warn, make_street(("z", "vending_forbidden", SQUARE, {"phase": "enforce"}))


def test_old_and_current_versions_are_kept(database: Database, two_versions: tuple[Street, Street]) -> None:
    old, new = two_versions
    with database.session() as session:
        assert publish(session, old, "street office", DAY).phase is Phase.WARN
        assert publish(session, new, "street office", DAY + timedelta(days=30)).phase is Phase.ENFORCE
    with database.read() as session:
        now, then = current(session), current(session, "made", DAY + timedelta(days=3))
        assert now is not None and now.version == new.version
        assert then is not None and then.version == old.version
        assert current(session, "made", DAY - timedelta(days=1)) is None
        assert version(session, old.version).features_geojson() == old.features_geojson()
        assert [(p.version, p.publisher) for p in history(session, "made")] == [
            (new.version, "street office"),
            (old.version, "street office"),
        ]


def test_an_old_version_may_be_published_again(database: Database, two_versions: tuple[Street, Street]) -> None:
    with database.session() as session:
        for number, street in enumerate([*two_versions, two_versions[0]]):
            publish(session, street, "office", DAY + timedelta(days=number))
        back = current(session)
        assert back is not None and back.version == two_versions[0].version
        assert len(history(session, "made")) == 3


def test_publishing_is_told_once_with_the_whole_street(database: Database, two_versions: tuple[Street, Street]) -> None:
    with database.session() as session:
        publish(session, two_versions[0], "office", DAY)
        publish(session, two_versions[0], "office", DAY)
    with database.read() as session:
        (told,) = session.scalars(select(OutboxRow))
    assert (told.topic, told.key) == (STREET_TOPIC, "made")
    assert load_street(told.message["geojson"]).version == told.message["version"] == two_versions[0].version


def test_a_publication_before_the_last_one_is_refused(database: Database, two_versions: tuple[Street, Street]) -> None:
    with database.session() as session:
        publish(session, two_versions[0], "office", DAY)
    with pytest.raises(BadInput, match="E_STREET_ORDER"), database.session() as session:
        publish(session, two_versions[1], "office", DAY - timedelta(hours=1))


def test_a_street_file_goes_in_and_comes_out_unchanged(database: Database, example_path: Path) -> None:
    with database.session() as session:
        done = import_street(session, example_path, "office", DAY)
    with database.read() as session:
        assert load_street(export_geojson(session)).version == done.version
        assert load_street(export_geojson(session, wanted=done.version)).version == done.version


def test_a_faulty_file_publishes_nothing(database: Database, example_path: Path, tmp_path: Path) -> None:
    faulty = tmp_path / "street.yaml"
    faulty.write_text(example_path.read_text().replace("layer: bay,", "layer: bay, colour: red,"))
    with pytest.raises(BadInput, match="feature bay-1: colour: unknown key"), database.session() as session:
        import_street(session, faulty, "office", DAY)
    with database.read() as session:
        assert current(session) is None
        with pytest.raises(BadInput, match="E_STREET"):
            export_geojson(session)


def test_several_streets_must_be_named(
    database: Database, example: Street, two_versions: tuple[Street, Street]
) -> None:
    with database.session() as session:
        publish(session, example, "office", DAY)
        publish(session, two_versions[0], "office", DAY)
        with pytest.raises(BadInput, match="name one of example, made"):
            current(session)
        with pytest.raises(BadInput, match="E_STREET_VERSION"):
            version(session, "000000000000")
