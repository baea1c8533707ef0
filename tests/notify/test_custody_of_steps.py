"""Whoever takes evidence for good, or does not, stands in its custody: in the unit of work of the step itself."""

import json

import pytest
from sqlalchemy import select

from evidence import CustodyBook
from notify import custody
from notify.table import step_of
from notify.tables import PackageRow
from records import LogRow, verify_chain
from tests.notify.people import CLERK, GOOD, OPER
from tests.notify.refusing import refused
from tests.notify.world import World


def history(world: World, lead: str) -> list[list[tuple[str, str, str, str]]]:
    """(action, who, purpose, step) of every event, by package, oldest package first."""
    book = CustodyBook(world.database, world.clock, bytes(32))
    with world.database.read() as session:
        query = select(PackageRow.package_id).where(PackageRow.lead_id == lead).order_by(PackageRow.sealed_at)
        packages = list(session.scalars(query))
    return [
        [(one["action"], one["who"], one["purpose"], one["facts"]["step"]) for one in book.history(package)]
        for package in packages
    ]


def test_confirming_and_reviewing_are_events_of_the_package(world: World) -> None:
    lead = world.identified()
    assert history(world, lead) == [
        [("confirm", "oper", "review", "confirm"), ("confirm", "clerk", "review", "review")]
    ]
    with world.database.read() as session:
        assert verify_chain(session, "custody").ok


def test_each_package_has_the_events_that_were_about_it(world: World) -> None:
    lead = world.rechecked("still")
    first, second = history(world, lead)
    assert [one[3] for one in first] == ["confirm", "review"]
    assert [one[3] for one in second] == ["review_more"], "what was reviewed before was not reviewed again"


@pytest.mark.parametrize("step", ["discard", "reject"])
def test_a_rejection_is_an_event_and_its_words_are_not_in_the_log(world: World, step: str) -> None:
    lead = world.alert()
    world.seal(lead)
    if step == "reject":
        world.take(OPER, lead, "confirm")
        world.take(CLERK, lead, "reject", reason="张三说13800001234不是他的")
    else:
        world.take(OPER, lead, "discard", reason="false_detection", note="张三说13800001234不是他的")
    assert history(world, lead)[0][-1][0] == "reject"
    with world.database.read() as session:
        rows = json.dumps([row.body for row in session.scalars(select(LogRow))], ensure_ascii=False)
    assert "张三" not in rows and "13800001234" not in rows


def test_a_package_set_aside_is_the_only_one_with_that_event(world: World) -> None:
    lead = world.rechecked("still")
    with world.database.read() as session:
        packages = list(session.scalars(select(PackageRow.package_id).order_by(PackageRow.sealed_at)))
    world.take(CLERK, lead, "set_aside", package_id=packages[1], reason="画面模糊")
    first, second = history(world, lead)
    assert first[-1][3] == "review" and second[-1][:2] == ("reject", "clerk")


def test_a_step_that_is_refused_leaves_no_event(world: World) -> None:
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    with refused("E_UNREVIEWED"):
        world.take(CLERK, lead, "review", **{**GOOD, "clear": False})
    assert [one[3] for one in history(world, lead)[0]] == ["confirm"]


def test_a_step_whose_event_cannot_be_written_is_not_taken(world: World) -> None:
    lead = world.alert()
    world.seal(lead)
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON log WHEN NEW.chain = 'custody' "
            "BEGIN SELECT RAISE(ABORT, 'no custody today'); END"
        )
    with pytest.raises(Exception, match="no custody today"):
        world.take(OPER, lead, "confirm")
    assert world.state(lead) == "A1" and history(world, lead) == [[]]


def test_every_step_that_judges_is_a_step_of_the_table() -> None:
    assert {code for code in custody.JUDGES if step_of(code) is None} == set()
