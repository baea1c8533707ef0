"""The pages of complaints and figures: what a clerk sees, what is refused, in both languages."""

import re

import pytest

from notify.tables_desk import SumRow
from tests.console.conftest import Hub

GIVEN = {"source": "12345", "external_id": "E-1", "text": "门口堆放货物", "place": "示范路8号", "kind": "OUT_OF_STORE"}


def taken(hub: Hub) -> str:
    """A complaint that was taken in by the page; the address of its record."""
    answer = hub.client("clerk").form("/complaints", **GIVEN, unit="")
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_a_complaint_is_taken_in_checked_answered_and_closed_by_pages(hub: Hub) -> None:
    record, clerk = taken(hub), hub.client("clerk")
    assert "门口堆放货物" in clerk.page("/complaints").text and "在办" in clerk.page(record).text
    steps = [
        ("check", {"substantiated": "true", "within_power": "true"}),
        ("complete", {}),
        ("reply", {"text": "已责令改正"}),
        ("survey", {"result_satisfied": "true", "attitude_satisfied": "false"}),
    ]
    for code, values in steps:
        assert clerk.form(f"{record}/steps/{code}", **values).headers["location"] == f"{record}?done=1"
    text = clerk.page(record).text
    assert "已办结" in text and "已责令改正" in text and "记录满意度回访" not in text
    assert "没有符合条件的诉件" in clerk.page("/complaints").text, "what is closed is no longer in the queue"
    assert "SJ2026-000001" in clerk.page("/complaints?q=E-1").text, "and is found by its number at the source"


def test_a_step_that_is_refused_says_why_and_keeps_what_was_filled_in(hub: Hub) -> None:
    record, clerk = taken(hub), hub.client("clerk")
    unfilled = clerk.form(f"{record}/steps/check", substantiated="true")
    assert unfilled.status_code == 400 and "请填写是否属于本机关职权" in unfilled.text
    assert re.search(r'value="true" selected', unfilled.text), "the answer that was given stays"
    wrong = clerk.form(f"{record}/steps/link", owner_id="XS2026-999999")
    assert wrong.status_code == 404 and "没有编号为XS2026-999999的线索或者案件" in wrong.text


def test_a_complaint_is_tied_to_a_lead_by_the_number_that_people_read(hub: Hub) -> None:
    lead, record = hub.lead(), taken(hub)
    clerk = hub.client("clerk")
    assert clerk.form(f"{record}/steps/link", owner_id=hub.chain.lead(lead).number).status_code == 303
    assert f"/desk/leads/{lead}" in clerk.page(record).text
    assert f"/desk/leads/{lead}" not in hub.client("oper").page(record).text, "who may not open it is given no link"


def test_whoever_only_looks_is_offered_nothing_to_do(hub: Hub) -> None:
    record = taken(hub)
    head = hub.client("head")
    assert "当前没有步骤需要您办理" in head.page(record).text and "登记诉件" not in head.page("/complaints").text
    refused = head.form(f"{record}/steps/complete")
    assert refused.status_code == 409 and "无权办理诉件" in refused.text


def test_one_without_a_number_elsewhere_is_its_own_complaint_every_time(hub: Hub) -> None:
    clerk = hub.client("clerk")
    for _ in range(2):
        assert clerk.form("/complaints", **{**GIVEN, "external_id": ""}).status_code == 303
    assert hub.chain.complaints().total == 2
    unfilled = clerk.form("/complaints", **{**GIVEN, "text": " "})
    assert unfilled.status_code == 400 and "请填写诉求内容" in unfilled.text and "示范路8号" in unfilled.text


def sums(hub: Hub) -> None:
    rows = [
        ("accepted", "2026-05", "一中队", 100), ("handled_in_time", "2026-05", "一中队", 97),
        ("accepted", "2025-05", "一中队", 50), ("handled_in_time", "2025-05", "一中队", 50),
        ("by_service", "2026-05", "demo", 70), ("by_management", "2026-05", "demo", 20),
        ("by_penalty", "2026-05", "demo", 10), ("complaints_assigned", "2026-06", "demo", 8),
        ("complaints_contacted", "2026-06", "demo", 6),
    ]  # fmt: skip
    with hub.database.session() as session:
        for measure, period, unit, value in rows:
            session.add(SumRow(measure=measure, period=period, unit=unit, kind="STALL", value=value))


def test_figures_are_shown_by_month_with_what_is_wanted_and_the_year_before(hub: Hub) -> None:
    sums(hub)
    text = hub.client("head").page("/figures?first=2026-05&last=2026-06").text
    assert "处置率" in text and "97.0%" in text and "100.0%" in text and "-3.0%" in text
    assert '<span class="small tag bad">要求不低于98.0%</span>' in text
    mix = hub.client("head").page("/figures?section=mix&first=2026-05&last=2026-05").text
    assert [f"{n}.0%" in mix for n in (70, 20, 10)] == [True] * 3 and 'class="mix-3" x="90.00"' in mix
    five = hub.client("oper").page("/figures?section=complaints").text
    assert "先行联系率" in five and "75.0%" in five


def test_figures_of_one_unit_are_a_click_away(hub: Hub) -> None:
    sums(hub)
    text = hub.client("clerk").page("/figures?first=2026-05&last=2026-05&by=unit").text
    (address,) = set(re.findall(r'href="(/figures\?[^"]*unit=%E4[^"]*)"', text))
    alone = hub.client("clerk").page(address.replace("&amp;", "&")).text
    assert "只看：一中队" in alone and "97.0%" in alone


@pytest.mark.parametrize("asked", ["first=2026-07&last=2026-05", "first=2026-13", "first=x&last=y", "first=2010-01"])
def test_months_that_are_none_are_said_on_the_page(hub: Hub, asked: str) -> None:
    answer = hub.client("clerk").page(f"/figures?{asked}")
    assert answer.status_code == 400 and "E_MONTH" in answer.text and "查看" in answer.text


def test_both_pages_read_in_english(hub: Hub) -> None:
    record, clerk = taken(hub), hub.client("clerk")
    clerk.http.cookies.set("nonsite_language", "en")
    for path in ("/complaints", record, "/figures", "/figures?section=mix&by=unit", "/figures?section=cases"):
        text = clerk.page(path).text
        text = re.sub(r"示范[^<\"]*|周审核|中文|门口堆放货物|一中队|城管局", "", text)
        assert not re.findall(r">[^<]*[\u4e00-\u9fff]+[^<]*<", text.split("<main", 1)[1]), path


def test_a_page_of_a_refused_step_can_be_read_in_the_other_language(hub: Hub) -> None:
    """The language switch leads back to a page, not to the address of a form."""
    record, clerk = taken(hub), hub.client("clerk")
    refused = clerk.form(f"{record}/steps/check")
    (back,) = set(re.findall(r'/language/en\?back=([^"]+)"', refused.text))
    assert clerk.page(f"/language/en?back={back}").headers["location"] == record
