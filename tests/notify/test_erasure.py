"""A party is erased at its term or by order: names, numbers and words go; what was done stays and can be checked."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from notify import erasure
from notify.registers import SubjectRow
from notify.tables import CaseRow, DocumentRow, MessageRow
from records import LogRow, verify_chain
from tests.notify.people import CLERK, HEAD, PRIV, SQUAD
from tests.notify.refusing import refused
from tests.notify.world import World


def archived(world: World) -> str:
    """A case that came to its end; its id."""
    case = world.served()
    with world.database.read() as session:
        owed = session.get(CaseRow, case).decision_fen
    world.pay(case, owed)
    world.take(CLERK, case, "publish")
    world.take(SQUAD, case, "close", correction="现场已恢复")
    world.pass_term(case, "DLIT6M")
    world.take(PRIV, case, "archive")
    return case


def kept_in(world: World, word: str) -> set[str]:
    """The tables in which a word stands."""
    with world.database.read() as session:
        names = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        rows = {name: str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in names}
    return {name for name, found in rows.items() if word in found}


def test_an_ended_matter_loses_its_names_and_keeps_what_was_done(world: World, tmp_path: Path) -> None:
    case = archived(world)
    subject = world.chain.case(case).subject
    before = world.chain.case(case)
    with world.database.read() as session:
        row = session.get_one(SubjectRow, subject.id)
        named = {str(row.id_number), str(row.phone)}
    assert all(kept_in(world, word) for word in named)
    gone = world.chain.erase_party(PRIV, subject.id, "沪城删〔2026〕1号")
    after = world.chain.case(case)
    assert (after.number, after.state, after.amount_fen) == (before.number, before.state, before.amount_fen)
    assert [one.number for one in after.documents] == [one.number for one in before.documents]
    assert after.subject.name == erasure.ERASED and after.subject.id_number is None and after.subject.phone is None
    assert gone.records["messages"] >= 1 and gone.records["steps"] > 5 and gone.papers
    assert list((tmp_path / "documents").glob("*.pdf")) == []
    with world.database.read() as session:
        row = session.scalars(select(LogRow).where(LogRow.kind == "personal.erased")).one()
        assert (row.subject, row.body["order"], row.body["actor"]) == (subject.id, "沪城删〔2026〕1号", "priv")
        assert all(one.source == {} and len(one.sha256) == 64 for one in session.scalars(select(DocumentRow)))
        assert {one.phone for one in session.scalars(select(MessageRow))} == {""}
        assert verify_chain(session, "audit").ok
    assert {word: kept_in(world, word) for word in named} == {word: set() for word in named}
    street = {"shops", "places", "leads", "cases", "publications"}
    assert kept_in(world, subject.name) <= street, "the shop's name is the place's too, and public"


def test_while_a_matter_runs_nothing_is_erased(world: World) -> None:
    case = world.notified()
    subject = world.chain.case(case).subject
    with refused("E_ERASE_OPEN"):
        world.chain.erase_party(PRIV, subject.id, "1号")
    assert world.chain.case(case).subject.name == subject.name


@pytest.mark.parametrize(("actor", "order", "code"), [(CLERK, "1号", "E_ROLE"), (HEAD, " ", "E_NO_REASON")])
def test_who_may_not_and_without_an_order_nobody(world: World, actor, order: str, code: str) -> None:
    with refused(code):
        world.chain.erase_party(actor, "s-shop", order)


def test_at_its_term_a_party_is_erased_by_itself_and_once(world: World) -> None:
    case = archived(world)
    subject, now = world.chain.case(case).subject, world.clock.now()
    assert world.chain.erase_due(now - timedelta(days=30), "30 days") == []
    assert world.chain.erase_due(now + timedelta(days=1), "30 days") == [subject.id]
    assert world.chain.erase_due(now + timedelta(days=1), "30 days") == []


def test_at_its_term_a_party_with_another_matter_stays(world: World) -> None:
    archived(world)
    world.identified()
    assert world.chain.erase_due(world.clock.now() + timedelta(days=1), "30 days") == []
