"""What changes between versions is told by feature and field; one person proposes, another publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geofence import (
    ChangeKind,
    DraftState,
    Street,
    current,
    difference,
    difference_geojson,
    drafts,
    propose,
    publish,
    publish_draft,
    reject_draft,
)
from records import BadInput, Database, Refused

Make = Callable[..., Street]
SQUARE = [(0, 0), (20, 0), (20, 20), (0, 20)]
NOW = datetime(2026, 6, 3, 4, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "hub.db")
    made.create_all()
    yield made
    made.close()


def test_a_difference_names_features_fields_and_metres(make_street: Make) -> None:
    before = make_street(
        ("z", "vending_forbidden", SQUARE, {}),
        ("gone", "bay", [(30, 0), (32, 0), (32, 2)], {}),
        ("same", "bay", [(40, 0), (42, 0), (42, 2)], {}),
    )
    after = make_street(
        ("z", "vending_forbidden", [(0, 0), (21.5, 0), (20, 20), (0, 20)], {"phase": "warn", "note": "n"}),
        ("same", "bay", [(40, 0), (42, 0), (42, 2)], {}),
        ("new", "bay", [(50, 0), (52, 0), (52, 2)], {}),
    )
    found = {change.id: change for change in difference(before, after)}
    assert set(found) == {"z", "gone", "new"}
    assert (found["gone"].kind, found["new"].kind) == (ChangeKind.REMOVED, ChangeKind.ADDED)
    assert set(found["z"].fields) == {("phase", "enforce", "warn"), ("note", None, "n")}
    assert found["z"].moved_m == pytest.approx(1.5, abs=0.01)
    assert "phase: enforce → warn" in str(found["z"]) and "moved by up to 1.50 m" in str(found["z"])
    drawn = [one["properties"]["change"] for one in difference_geojson(tuple(found.values()))["features"]]
    assert sorted(drawn) == ["added", "changed_from", "changed_to", "removed"]
    assert difference(after, after) == () and len(difference(None, after)) == 3


def test_one_person_proposes_and_another_publishes(database: Database, make_street: Make) -> None:
    old, new = make_street(("z", "bay", SQUARE, {})), make_street(("z", "bay", SQUARE, {"note": "n"}))
    with database.session() as session:
        publish(session, old, "office", NOW)
        draft = propose(session, new, "li", "notice 7", NOW + timedelta(hours=1))
        assert (draft.base, draft.version, draft.state) == (old.version, new.version, DraftState.OPEN)
    with pytest.raises(Refused, match="E_FOUR_EYES"), database.session() as session:
        publish_draft(session, draft.id, "li", NOW + timedelta(hours=2))
    with database.session() as session:
        assert publish_draft(session, draft.id, "wang", NOW + timedelta(hours=2)).publisher == "wang"
        found = current(session, "made", NOW + timedelta(hours=3))
        assert found is not None and found.version == new.version
        assert drafts(session, "made") == []
        assert drafts(session, "made", only_open=False)[0].state is DraftState.PUBLISHED
    with pytest.raises(BadInput, match="E_DRAFT"), database.session() as session:
        publish_draft(session, draft.id, "wang", NOW + timedelta(hours=4))


def test_a_draft_of_a_street_that_has_moved_on_undoes_nothing(database: Database, make_street: Make) -> None:
    first, second, third = (make_street(("z", "bay", SQUARE, {"note": note})) for note in "abc")
    with database.session() as session:
        publish(session, first, "office", NOW)
        draft = propose(session, second, "li", "why", NOW)
        publish(session, third, "office", NOW + timedelta(hours=1))
    with pytest.raises(Refused, match="E_STREET_STALE"), database.session() as session:
        publish_draft(session, draft.id, "wang", NOW + timedelta(hours=2))


def test_a_draft_is_turned_down_with_a_reason_or_withdrawn(database: Database, make_street: Make) -> None:
    with database.session() as session:
        one = propose(session, make_street(("z", "bay", SQUARE, {})), "li", "why", NOW)
        two = propose(session, make_street(("z", "bay", SQUARE, {"note": "n"})), "li", "why", NOW)
        with pytest.raises(BadInput, match="E_STREET_NOTE"):
            reject_draft(session, one.id, "wang", " ", NOW)
        assert reject_draft(session, one.id, "wang", "no source", NOW).state is DraftState.REJECTED
        assert reject_draft(session, two.id, "li", "wrong", NOW).state is DraftState.WITHDRAWN


def test_a_draft_says_why_and_changes_something(database: Database, make_street: Make) -> None:
    street = make_street(("z", "bay", SQUARE, {}))
    with database.session() as session:
        with pytest.raises(BadInput, match="E_STREET_NOTE"):
            propose(session, street, "li", "", NOW)
        publish(session, street, "office", NOW)
        with pytest.raises(BadInput, match="E_STREET_SAME"):
            propose(session, street, "li", "why", NOW)
