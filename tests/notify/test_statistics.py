"""Figures: what each formula counts, series with the year before, sums that agree with what they sum."""

from datetime import UTC, datetime

import pytest

from notify.registers import SubjectRow
from notify.tables import CaseRow, LeadRow, OrderRow
from notify.tables_desk import SumRow
from records import BadInput
from tests.notify.people import CLERK, HEAD, OPER, SQUAD
from tests.notify.world import World, make_world


def figure(world: World, code: str, month: str = "2026-06", **more):
    (found,) = world.chain.statistics(month, month, codes=(code,), **more)
    return found


def values(world: World, *codes: str) -> list[float | None]:
    return [figure(world, code).value for code in codes]


def test_what_comes_in_and_is_accepted_handled_and_closed_is_counted_by_its_month(world):
    discarded = world.alert("STALL", shop_id=None, shop_name=None)
    world.seal(discarded)
    world.take(OPER, discarded, "discard", reason="false_detection")
    corrected = world.rechecked("cleared")
    world.take(CLERK, corrected, "close_rectified")
    assert values(world, "leads", "accepted", "warned", "handling_rate", "false_alerts") == [2, 1, 1, 100, 50]
    assert values(world, "mix_service", "mix_management", "mix_penalty") == [0, 100, 0]
    assert figure(world, "leads", kind="STALL").value == 1


def test_a_lead_that_once_lay_too_long_is_not_handled_in_time(world):
    lead = world.alert()
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.clock.advance(86_400 * 3)
    world.take(CLERK, lead, "reject", reason="画面不清")
    rate = figure(world, "handling_rate")
    assert (rate.value, rate.wanted, rate.met) == (0, 98, False)


def test_a_case_is_counted_from_filing_to_its_end(world):
    world.law(bundle_three_letters=True)
    case = world.served()
    world.pay(case, 10_000)
    world.take(CLERK, case, "publish")
    world.take(SQUAD, case, "close", correction="已改正")
    assert values(world, "filed", "decided", "fined", "paid", "published", "cases_closed") == [1, 1, 100, 100, 1, 1]
    assert figure(world, "bundled").value == 100
    days = figure(world, "days_to_close_case").value
    assert days is not None and 7 < days < 9
    assert figure(world, "mix_penalty").met is False, "every closed lead ended in a penalty: the alarm rings"


def test_a_person_is_served_the_decision_alone_and_is_no_part_of_the_rate(world):
    world.law(bundle_three_letters=True)
    with world.database.session() as session:
        person = {"id_number": None, "address": "示范路9号", "phone": "13900000009", "authority": "officer_inquiry"}
        session.add(SubjectRow(id="s-person", kind="person", name="张三", representative=None, **person))
    world.served(subject="s-person", source="frontage_inquiry", inquiry="陈一6月3日到店核对身份证")
    assert figure(world, "bundled").value is None


def test_a_series_runs_by_month_and_names_its_change_on_the_year_before(world):
    with world.database.session() as session:
        for period, value in (("2025-05", 40), ("2025-06", 50), ("2026-05", 60), ("2026-06", 25)):
            session.add(SumRow(measure="filed", period=period, unit="demo", kind="STALL", value=value))
    (filed,) = world.chain.statistics("2026-05", "2026-07", codes=("filed",))
    assert [(one.month, one.value, one.before, one.change) for one in filed.series] == [
        ("2026-05", 60, 40, 50),
        ("2026-06", 25, 50, -50),
        ("2026-07", 0, 0, None),
    ]
    assert (filed.value, filed.before, filed.change) == (85, 90, -5.56)


def test_a_year_before_anything_was_counted_is_unknown_and_not_nothing(world):
    with world.database.session() as session:
        for measure, period, value in (("leads", "2025-06", 1), ("filed", "2025-06", 10), ("filed", "2026-06", 20)):
            session.add(SumRow(measure=measure, period=period, unit="demo", kind="STALL", value=value))
    (filed,) = world.chain.statistics("2026-05", "2026-06", codes=("filed",))
    assert [(one.before, one.change) for one in filed.series] == [(None, None), (10, 100)]
    assert (filed.before, filed.change) == (None, None), "half a year before says nothing of a whole one"


def test_figures_can_be_had_by_unit_and_by_kind(world):
    case = world.filed()
    squads = {one.group: one.value for one in world.chain.statistics("2026-06", "2026-06", codes=("filed",), by="unit")}
    assert sum(squads.values()) == 1 and all(squads)
    kinds = world.chain.statistics("2026-06", "2026-06", codes=("filed",), by="kind")
    assert [(one.group, one.value) for one in kinds] == [("OUT_OF_STORE", 1)]
    assert figure(world, "filed", unit="nobody").value == 0 and case


def test_a_step_that_is_refused_counts_nothing(world):
    case = world.ready()
    with pytest.raises(Exception, match="E_"):
        world.take(HEAD, case, "decide", amount="9999")
    assert figure(world, "decided").value == 0


def test_sums_agree_with_what_they_sum(world):
    for number in range(3):
        world.served(shop_id=f"shop-x{number}", shop_name=f"店{number}")
        world.clock.advance(86_400)
    with world.database.read() as session:
        cases, leads = session.query(CaseRow).count(), session.query(LeadRow).count()
        fines = sum(row.principal_fen for row in session.query(OrderRow)) / 100
    found = world.chain.statistics("2026-06", "2026-07", codes=("filed", "leads", "fined"))
    assert [one.value for one in found] == [cases, leads, fines]


@pytest.mark.parametrize("span", [("2026-13", "2026-01"), ("2026-06", "2026-05"), ("2020-01", "2026-05"), ("x", "y")])
def test_months_that_are_none_are_refused(world, span):
    with pytest.raises(BadInput, match="E_MONTH"):
        world.chain.statistics(*span)


def test_an_unknown_figure_is_refused(world):
    with pytest.raises(BadInput, match="E_FIELD"):
        world.chain.statistics("2026-01", "2026-02", codes=("luck",))


def test_a_day_is_counted_by_the_local_calendar(tmp_path):
    world = make_world(tmp_path, start=datetime(2026, 6, 30, 16, 30, tzinfo=UTC))  # half past midnight in Shanghai
    world.alert()
    assert (figure(world, "leads", "2026-06").value, figure(world, "leads", "2026-07").value) == (0, 1)
