"""The file of penalties for a credit platform: what is public in a span under its headings, and what is refused."""

from datetime import date

import pytest
import yaml

from notify import as_csv, load_columns
from notify.credit_file import VALUES, columns_file
from notify.registers import SubjectRow
from records import BadInput, Refused
from tests.notify.people import CLERK, HEAD
from tests.notify.world import World

DEMO = load_columns("demo")


def published(world: World, **more) -> str:
    case = world.served(**more)
    world.take(CLERK, case, "publish", credit_class="general")
    return case


def rows(world: World, since: str = "2026-06-01", until: str = "2026-06-30", columns=DEMO) -> list[dict[str, str]]:
    document = world.chain.credit_file(columns, date.fromisoformat(since), date.fromisoformat(until))
    return [dict(zip(document["columns"], row, strict=True)) for row in document["rows"]]


def test_a_published_penalty_stands_under_the_platforms_headings(world):
    published(world)
    (row,) = rows(world)
    assert (row["办理"], row["行政相对人"], row["罚款金额（元）"]) == ("公示", "示范面馆", "100.00")
    assert (row["失信信息分类"], row["公示截止日期"]) == ("一般", "2027-06-11")
    assert row["决定书文号"] and row["统一社会信用代码"] and row["处罚依据"]
    assert rows(world, "2026-07-01", "2026-07-31") == [], "only what the span published"


def test_a_natural_person_goes_out_masked_or_not_at_all(world):
    with world.database.session() as session:
        person = {"id_number": "110101199001011237", "address": "示范路9号", "phone": "13900000009"}
        session.add(SubjectRow(id="s-p", kind="person", name="欧阳一二", authority="officer_inquiry", **person))
    published(world, subject="s-p", source="frontage_inquiry", inquiry="陈一6月3日到店核对身份证")
    (row,) = rows(world)
    assert row["行政相对人"] == "欧某" and row["统一社会信用代码"] == ""
    assert not {"110101199001011237", "13900000009", "示范路9号"} & set(row.values())
    without = type(DEMO)(DEMO.standard, DEMO.edition, "left_out", DEMO.columns)
    assert rows(world, columns=without) == []


def test_what_fell_is_told_as_taken_back_in_the_span_in_which_it_was(world):
    case = published(world)
    world.day("2026-09-28")
    world.take(HEAD, case, "revoke", reason="复议撤销")
    (row,) = rows(world)
    assert row["办理"] == "撤下", "a decision that fell is not told as public, withdrawn or not yet"
    world.take(CLERK, case, "withdraw_publication", reason="决定已被复议撤销")
    (row,) = rows(world, "2026-09-28", "2026-09-28")
    assert (row["撤下日期"], row["撤下原因"]) == ("2026-09-28", "决定已被复议撤销")


def test_what_is_past_its_last_day_is_told_no_more(world):
    published(world)
    world.day("2027-06-12")
    assert rows(world) == []


def test_an_edition_that_was_not_loaded_is_refused_by_the_names_of_its_gaps(world):
    published(world)
    with pytest.raises(Refused, match="E_CREDIT_COLUMNS") as refused:
        rows(world, columns=load_columns("credit_china"))
    assert "其余字段" in str(refused.value) and "persons" in str(refused.value)


def test_another_edition_is_a_file_and_no_code(world, tmp_path):
    published(world)
    column = {"title": "罚款（元）", "value": "fine_yuan", "mark": "configured", "source": "平台数据规范"}
    own = {"standard": "区平台", "edition": "2", "persons": "masked", "columns": [column]}
    file = tmp_path / "columns.yaml"
    file.write_text(yaml.safe_dump({"maps": {"own": own}}, allow_unicode=True), encoding="utf-8")
    assert rows(world, columns=load_columns("own", file)) == [{"罚款（元）": "100.00"}]
    for fault in ({"value": "luck"}, {"mark": "surely"}):
        own["columns"] = [{**column, **fault}]
        file.write_text(yaml.safe_dump({"maps": {"own": own}}, allow_unicode=True), encoding="utf-8")
        with pytest.raises(BadInput, match="E_CREDIT_COLUMNS"):
            load_columns("own", file)


def test_the_file_that_comes_with_it_names_only_what_there_is():
    maps = yaml.safe_load(columns_file().read_text(encoding="utf-8"))["maps"]
    assert {row["value"] for one in maps.values() for row in one["columns"]} - {None} <= set(VALUES)
    assert all(load_columns(name).columns for name in maps)


def test_a_cell_that_a_spreadsheet_would_run_is_text(world):
    document = {"columns": ["a"], "rows": [["=1+1"], ["面馆,“好”"]]}
    assert as_csv(document) == 'a\r\n\'=1+1\r\n"面馆,“好”"\r\n'


def test_a_span_that_ends_before_it_begins_is_refused(world):
    with pytest.raises(BadInput, match="E_TIME"):
        rows(world, "2026-07-01", "2026-06-01")
