"""Read models: lists, filters, colours, masking; what a party may see."""

import json
from dataclasses import asdict

import pytest

from notify import Filter, Order
from records import BadInput, Refused, verify_chain
from tests.notify.people import CLERK, OFFICER, OPER, PRIV, SQUAD


def test_lists_are_cut_down_by_state_kind_and_text_and_paged(world):
    a = world.alert("STALL", shop_id=None, shop_name=None)
    b = world.alert()
    world.seal(b)
    chain = world.chain
    assert [one.id for one in chain.leads(Filter(kinds=("STALL",))).items] == [a]
    assert [one.id for one in chain.leads(Filter(states=("A1",))).items] == [b]
    assert [one.id for one in chain.leads(Filter(sealed_only=True)).items] == [b]
    assert [one.id for one in chain.leads(Filter(text="示范路8号")).items] == [b]
    page = chain.leads(Filter(limit=1, offset=1))
    assert (len(page.items), page.total) == (1, 2)


def test_a_lead_turns_yellow_and_red_as_its_time_runs(world):
    lead = world.alert()
    world.seal(lead)
    for minutes, colour in ((0, "green"), (19, "yellow"), (10, "red")):
        world.clock.advance(minutes * 60)
        assert world.chain.lead(lead).colour == colour
        assert [one.id for one in world.chain.leads(Filter(colour=colour)).items] == [lead]
    with pytest.raises(BadInput, match="E_FIELD"):
        world.chain.leads(Filter(colour="mauve"))


def test_cases_can_be_listed_by_what_is_due_first(world):
    late = world.filed()
    world.clock.advance(86400)
    early = world.notified(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")
    assert [one.id for one in world.chain.cases(Filter(order=Order.DUE)).items] == [early, late]
    assert [one.id for one in world.chain.cases(Filter(text="示范贸易")).items] == [early]
    assert [one.colour for one in world.chain.cases(Filter(colour="green")).items] == ["green", "green"]


def test_number_and_phone_of_the_party_show_only_their_ends(world):
    view = world.chain.lead(world.identified())
    assert view.subject.phone == "139****0001" and "*" * 10 in view.subject.id_number
    json.dumps(asdict(view), default=str)


def test_a_history_names_person_role_step_and_note(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm", note="电话核实")
    steps = [(event.step, event.role, event.note) for event in world.chain.lead(lead).timeline]
    assert steps == [
        ("detected", "SYS", ""),
        ("sealed", "SYS", ""),
        ("confirm", "OPER", "电话核实"),
        ("lock", "SYS", ""),
    ]


def test_scenario_49_the_party_sees_its_own_matter_and_not_the_inner_papers(world):
    case = world.notified()
    view = world.chain.portal(world.token(case))
    assert (view.case_id, view.amount_fen, view.payment) == (case, 10_000, None)
    assert {paper.kind for paper in view.documents} == {"ORDER", "PRIOR_NOTICE"}
    assert {term.code for term in view.deadlines} == {"DSTMT"}
    assert "officer1" not in json.dumps(asdict(view), default=str)


def test_who_the_party_is_travels_with_a_single_paper_only(world):
    view = world.chain.case(world.notified())
    assert all(paper.source == {} for paper in (*view.documents, *view.lead.documents))
    assert world.chain.document(view.documents[0].id).source["party"]["name"] == "示范面馆"


def test_once_the_party_is_confirmed_the_order_is_what_people_wait_for(world):
    lead = world.identified()
    assert [offer.code for offer in world.chain.steps(CLERK, lead) if offer.primary] == []
    assert [offer.code for offer in world.chain.steps(OPER, lead) if offer.primary] == ["warn"]


def test_the_link_of_a_lead_opens_the_case_that_grew_from_it(world):
    case = world.filed()
    lead = world.chain.case(case).lead_id
    assert world.chain.portal(world.token(lead)).case_id == case


def test_links_end_with_the_archive(world):
    case = world.served()
    token = world.token(case)
    world.pay(case, 10_000)
    world.take(SQUAD, case, "close", correction="已改正")
    assert world.chain.portal(token).state == "B16"
    world.pass_term(case, "DLIT6M")
    world.take(PRIV, case, "archive")
    with pytest.raises(Refused, match="E_LINK"):
        world.chain.portal(token)


def test_an_offer_says_what_stands_in_the_way_and_its_rule(world):
    lead = world.identified(phase="warn")
    offers = {offer.code: offer for offer in world.chain.steps(OFFICER, lead)}
    barred = {refusal.code: refusal for refusal in offers["file_propose"].refusals}
    assert {"E_PHASE_WARN", "E_NO_RECHECK"} <= set(barred)
    assert barred["E_PHASE_WARN"].zh == "该区域处于劝导期" and "warning phase" in barred["E_PHASE_WARN"].en
    assert [refusal.code for refusal in offers["warn"].refusals] == ["E_PHASE_WARN"]


def test_an_offer_carries_its_form_with_choices_and_defaults(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    review = next(o for o in world.chain.steps(CLERK, lead) if o.code == "review")
    assert [f.name for f in review.fields] == ["lawful_means", "authentic", "clear", "complete", "accurate", "note"]
    world.take(CLERK, lead, "review", lawful_means=True, authentic=True, clear=True, complete=True, accurate=True)
    identify = next(o for o in world.chain.steps(CLERK, lead) if o.code == "identify")
    party = next(f for f in identify.fields if f.name == "subject_id")
    assert party.default == "s-shop" and "门店线" in party.choices[0].zh


def test_scenario_47_the_audit_chain_holds_and_its_rows_cannot_be_removed(world):
    from sqlalchemy import text
    from sqlalchemy.exc import DatabaseError

    world.decided()
    with world.database.read() as session:
        report = verify_chain(session, "audit")
    assert report.ok and report.rows > 15
    with pytest.raises(DatabaseError), world.database.session() as session:
        session.execute(text("DELETE FROM log"))


def test_what_is_not_there_is_said_to_be_not_there(world):
    for call in (world.chain.lead, world.chain.case, world.chain.document):
        with pytest.raises(BadInput, match="E_NOT_FOUND"):
            call("nobody")
