"""PostgreSQL as the hub has it: what the application may not do, what the owner can, and what shows it."""

import threading

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from evidence import Anchor, FolderPlace, StampBy, absorb, audit, load_trust
from evidence.log import log_message
from records import BadInput, Database, LogRow, append, grant, verify_chain
from tests.services.postgres import PostgresServer, Unavailable

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def server():
    try:
        running = PostgresServer()
        running.start()
    except Unavailable as error:
        pytest.skip(f"no PostgreSQL here: {error}")
    yield running
    running.close()


@pytest.fixture
def owner(server, request):
    """A database of this test's own, at this version's schema, as its owner sees it."""
    name = f"t{abs(hash(request.node.name)) % 10**9}"
    database = Database(server.create(name))
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def application(owner):
    """The same database as the application signs in."""
    with owner.engine.begin() as connection:
        if not connection.scalar(text("SELECT count(*) FROM pg_roles WHERE rolname = 'nonsite_app'")):
            connection.execute(text("CREATE ROLE nonsite_app LOGIN"))
    grant(owner, "nonsite_app")
    database = Database(owner.url.set(username="nonsite_app").render_as_string(hide_password=False))
    yield database
    database.close()


@pytest.fixture
def anchored(site, application, request_of, tmp_path):
    """Two packages sealed and stamped, their rows with the hub, a checkpoint outside."""
    outside = tmp_path / "outside"
    for n in range(2):
        site.sealed_and_stamped(request_of(f"alert-{n}"))
    with site.database.read() as session:
        rows = session.scalars(select(LogRow).order_by(LogRow.seq)).all()
    for row in rows:
        absorb(application, log_message(row).model_dump(mode="json"), site.clock)
    stamp_by = StampBy([site.tsa()], load_trust(site.authority.tsa_ca))
    signer = site.authority.sealing_signer()
    anchor = Anchor(
        application, site.database, site.store, "demo", signer, site.clock, stamp_by, [FolderPlace(outside)]
    )
    report = anchor.tick()
    assert (report.made, report.stamped, report.delivered) == (6, [6], 1), report
    return outside


def audited(site, database, outside) -> dict[str, str]:
    found = audit(database, outside, load_trust(site.authority.ca), load_trust(site.authority.tsa_ca))
    return {one.layer: one.detail for one in found if one.ok is False}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET kind = 'x'",
        "DELETE FROM log",
        "TRUNCATE log",
        "ALTER TABLE log DISABLE TRIGGER ALL",
        "DROP TRIGGER log_follow ON log",
        "SET session_replication_role = replica",
        "UPDATE log_checkpoints SET size = 1",
        "DELETE FROM log_tiles",
        "UPDATE log_spans SET count = 1",
        "DROP TABLE log",
    ],
)
def test_the_application_can_add_and_change_nothing(site, application, anchored, statement):
    refused = pytest.raises(DBAPIError, match=r"permission denied|must be owner|append-only")
    with refused, application.engine.begin() as connection:
        connection.execute(text(statement))
    assert audited(site, application, anchored) == {}


@pytest.mark.parametrize("wrong", ["seq = 9", "prev = repeat('a', 64)", "seq = 1"])
def test_a_row_that_does_not_follow_is_refused_by_the_database(site, application, anchored, wrong):
    columns = "chain, seq, at, kind, subject, body, prev, hash"
    name, value = wrong.split(" = ")
    chosen = columns.replace(f" {name},", f" {value},", 1)
    with pytest.raises(DBAPIError, match="does not follow"), application.engine.begin() as connection:
        connection.execute(text(f"INSERT INTO log ({columns}) SELECT {chosen} FROM log WHERE seq = 6"))


def test_the_owner_edits_a_row_behind_the_triggers_back(site, owner, application, anchored):
    _as_superuser(owner, "UPDATE log SET body = replace(body, 'STALL', 'STOLL') WHERE seq = 1")
    assert "row 1 was altered: expected hash" in audited(site, application, anchored)["chain"]


def test_the_owner_deletes_a_row(site, owner, application, anchored):
    _as_superuser(owner, "DELETE FROM log WHERE seq = 3")
    found = audited(site, application, anchored)
    assert "row 3 is missing" in found["chain"]
    assert "tree" in found


def test_the_owner_cuts_the_tail(site, owner, application, anchored):
    _as_superuser(owner, "DELETE FROM log WHERE seq > 2")
    found = audited(site, application, anchored)
    assert "chain" not in found, "a chain alone cannot see its own end cut"
    assert "row 6 was" in found["tree"]
    assert found["tree"].endswith("is gone")


def test_the_owner_rewrites_the_whole_log_with_right_hashes(site, owner, application, anchored):
    with owner.read() as session:
        told = session.scalars(select(LogRow).order_by(LogRow.seq)).all()
        rows = [(row.chain, row.kind, row.subject, {**row.body, "x": 1}) for row in told]
    _as_superuser(owner, "DELETE FROM log")
    with owner.session() as session:
        for chain, kind, subject, body in rows:
            append(session, chain, kind, subject, body, site.clock)
    found = audited(site, application, anchored)
    assert set(found) == {"tree"}
    assert "machine:worker-1: row 6 was" in found["tree"]


def test_many_writers_of_one_chain_queue_and_none_is_lost(site, application):
    def write(number: int) -> None:
        for n in range(15):
            with application.session() as session:
                append(session, "custody", "custody.view", f"{number}-{n}", {}, site.clock)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with application.read() as session:
        report = verify_chain(session, "custody")
    assert (report.ok, report.rows) == (True, 120)


def test_the_application_starts_on_a_schema_that_is_up_to_date(application):
    application.upgrade()
    assert "log" in application.tables()


def test_a_role_that_owns_or_may_do_everything_is_refused(owner, site, tmp_path):
    with pytest.raises(BadInput, match="may take the triggers away"):
        grant(owner, "nonsite")
    with pytest.raises(BadInput, match="no role"):
        grant(owner, "nobody_of_that_name")
    with pytest.raises(BadInput, match="SQLite has no roles"):
        grant(site.database, "nonsite_app")


def _as_superuser(owner: Database, statement: str) -> None:
    with owner.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement))
        connection.execute(text("SET session_replication_role = DEFAULT"))
