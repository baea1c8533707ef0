"""Many at once: numbers without gaps, no step taken twice, on SQLite and on a real PostgreSQL."""

import os
import threading
from collections import Counter

import pytest

from notify.tables import DocumentRow
from records import Database, Refused
from tests.notify.people import CLERK, GOOD, HEAD, OFFICER, OFFICER2, OPER
from tests.notify.world import make_world
from tests.services.postgres import PostgresServer, Unavailable


@pytest.fixture(scope="module")
def postgres():
    try:
        server = PostgresServer()
        server.start()
    except Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    yield server
    server.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def many(request, tmp_path):
    """A world on each kind of database."""
    if request.param == "sqlite":
        return make_world(tmp_path)
    url = request.getfixturevalue("postgres").create(f"t{tmp_path.parent.name}{tmp_path.name}".lower().replace("-", ""))
    return make_world(tmp_path, database=Database(url))


def side_by_side(calls) -> list:
    """Run the calls at the same moment; what each gave or how it was refused."""
    results, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(n, call):
        gate.wait()
        try:
            results[n] = call()
        except Refused as error:
            results[n] = error.code

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_the_main_way_runs_on_this_database(many):
    case = many.served()
    many.pay(case, 10_000)
    assert many.state(case) == "B12" and many.audit_holds()


def test_orders_issued_side_by_side_have_numbers_without_gap_or_double(many):
    leads = []
    for _ in range(6):
        lead = many.alert("STALL", shop_id=None, shop_name=None)
        many.seal(lead)
        many.take(OPER, lead, "confirm")
        many.take(CLERK, lead, "review", **GOOD)
        many.take(CLERK, lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
        leads.append(lead)
    calls = [lambda lead=lead: many.take(OPER, lead, "warn", method="sms").state for lead in leads]
    assert side_by_side(calls) == ["A5"] * 6
    with many.database.read() as session:
        assert sorted(row.seq for row in session.query(DocumentRow).filter(DocumentRow.kind == "ORDER")) == list(
            range(1, 7)
        )
    assert many.audit_holds()


def test_one_step_pressed_by_two_people_is_taken_once(many):
    case = many.ready()
    calls = [lambda: many.take(HEAD, case, "decide", amount="100").state] * 4
    assert Counter(side_by_side(calls)) == {"B10": 1, "E_STATE": 3}
    assert [paper.kind for paper in many.chain.case(case).documents].count("DECISION") == 1


def test_a_payment_told_four_times_at_once_counts_once(many):
    case = many.served()
    answers = side_by_side([lambda: many.pay(case, 10_000, txn="t")["repeated"]] * 4)
    assert sorted(answers) == [False, True, True, True]
    assert many.chain.case(case).payment.overpaid_fen == 0


def test_a_term_that_two_pollers_find_runs_out_once(many):
    case = many.notified()
    many.clock.advance(86400 * 20)
    assert sum(side_by_side([many.chain.tick] * 3)) == 1
    assert [event.step for event in many.chain.case(case).timeline].count("window_ended") == 1


def test_alerts_of_one_thing_told_side_by_side_become_one_lead(many):
    ring = [[121.5, 31.2], [121.50002, 31.2], [121.50002, 31.20002], [121.5, 31.20002], [121.5, 31.2]]
    side_by_side(
        [
            lambda n=n: many.alert("STALL", id=f"same-{n}", footprint=ring, shop_id=None, shop_name=None)
            for n in range(4)
        ]
    )
    states = Counter(one.state for one in many.chain.leads().items)
    assert states == {"A0": 1, "MERGED": 3}


def test_two_officers_at_one_case_do_not_undo_each_other(many):
    case = many.filed()
    calls = [lambda who=who: many.take(who, case, "investigate", record="x").state for who in (OFFICER, OFFICER2)]
    assert sorted(side_by_side(calls)) == ["B1", "E_STATE"]


def test_sums_counted_again_from_one_look_are_those_that_were_kept(many):
    many.pay(many.served(), 10_000)
    assert many.chain.recount() == []


def test_one_code_opens_a_link_once_however_many_type_it_at_once(many):
    link = many.link(many.warned())
    many.chain.send_link_code(link)
    code = many.code()
    given = side_by_side([lambda: many.chain.open_link(link, code)] * 4)
    assert given.count("E_CODE") == 3 and many.audit_holds()


def test_a_complaint_that_a_platform_sends_twice_at_once_is_one(many):
    given = {"source": "12345", "external_id": "E-1", "text": "门口堆放货物", "place": "示范路8号"}
    made = side_by_side([lambda: many.chain.take_complaint(OPER, given)] * 4)
    assert len({one.id for one in made}) == 1 and many.chain.complaints().total == 1
    assert many.chain.recount() == [] and many.audit_holds()
