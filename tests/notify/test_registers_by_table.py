"""Registers from CSV and XLSX: good rows are written, every faulty one is named by its number and column."""

import zipfile
from datetime import date
from pathlib import Path

import pytest

from notify import credit_check_digit, import_table, is_resident_id, resident_check_digit
from notify.colours import colour_shares
from notify.registers import OfficerRow, PostingRow, Registers, ShopRow, SquadRow, SubjectRow
from records import BadInput
from tests.notify.people import CLERK, GOOD


def credit_code(number: int) -> str:
    body = f"92310115MA1K{number:05d}"
    return body + credit_check_digit(body)


def worksheet(path: Path, rows: list[list[object]]) -> Path:
    """An XLSX file with shared text, inline text and numbers, as spreadsheets write it."""
    shared = list(dict.fromkeys(str(cell) for row in rows for cell in row if isinstance(cell, str)))
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for place, cell in enumerate(row):
            at = f'r="{chr(65 + place)}{number}"'
            if isinstance(cell, str):
                cells.append(f'<c {at} t="s"><v>{shared.index(cell)}</v></c>')
            elif cell is not None:
                cells.append(f"<c {at}><v>{cell}</v></c>")
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(path, "w") as archive:
        texts = "".join(f"<si><t>{text}</t></si>" for text in shared)
        archive.writestr("xl/sharedStrings.xml", f"<sst {ns}>{texts}</sst>")
        archive.writestr(
            "xl/worksheets/sheet1.xml", f"<worksheet {ns}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_good_rows_of_a_csv_are_written_and_the_others_named_by_row_and_column(world, tmp_path, encoding):
    table = tmp_path / "subjects.csv"
    bad = credit_code(7)[:-1] + ("0" if credit_code(7)[-1] != "0" else "1")
    table.write_text(
        "id,kind,name,id_number,phone\n"
        f"s-1,business,示范茶馆,{credit_code(7)},13900000009\n"
        f"s-2,business,示范酒楼,{bad},\n"
        "s-3,company,示范商行,,\n"
        ",,,,\n"
        "s-4,person,王五,,13900000010\n",
        encoding=encoding,
    )
    with world.database.session() as session:
        report = import_table(session, "subjects", table)
    assert report.written == 2
    assert [(one.row, one.column) for one in report.errors] == [(3, "id_number"), (4, "kind")]
    with world.database.read() as session:
        assert session.get(SubjectRow, "s-1").name == "示范茶馆" and session.get(SubjectRow, "s-2") is None


def test_a_worksheet_is_read_with_its_numbers_and_true_dates(world, tmp_path):
    rows: list[list[object]] = [
        ["id", "name", "organ", "certificate", "valid_from", "valid_to", "ties"],
        ["o-9", "钱九", "demo", 310115009, 46023, "2026-12-31", "s-shop;s-firm"],  # 46023 is 1 January 2026
        ["o-10", "孙十", "demo", None, "never", None, None],
    ]
    with world.database.session() as session:
        report = import_table(session, "officers", worksheet(tmp_path / "officers.xlsx", rows))
    assert (report.written, [(one.row, one.column) for one in report.errors]) == (1, [(3, "valid_from")])
    with world.database.read() as session:
        row = session.get(OfficerRow, "o-9")
    assert (row.certificate, row.valid_from, row.ties) == ("310115009", date(2026, 1, 1), ["s-shop", "s-firm"])


@pytest.mark.parametrize(
    ("name", "text", "register"),
    [
        ("a.csv", "id,nome\nx,y\n", "subjects"),
        ("a.csv", "", "subjects"),
        ("a.xlsx", "no archive", "subjects"),
        ("a.csv", "id\n", "x"),
    ],
)
def test_what_is_no_table_of_that_register_is_refused_whole(world, tmp_path, name, text, register):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInput, match="E_REGISTER"), world.database.session() as session:
        import_table(session, register, path)


def test_an_officer_signs_for_the_organ_that_he_is_lent_to_on_that_day(world):
    with world.database.session() as session:
        lent = {"officer": "officer1", "organ": "town", "basis": "借调"}
        session.add(PostingRow(**lent, since=date(2026, 6, 1), until=date(2026, 6, 30)))
        book = Registers(session)
        officer = book.officer("officer1")
        organs = [book.organ_on(officer, date(2026, month, 15)) for month in (5, 6, 7)]
    assert organs == ["demo", "town", "demo"]


def test_a_place_belongs_to_the_squad_whose_grid_unit_holds_it(world, tmp_path):
    grids = tmp_path / "grids.csv"
    grids.write_text("id,name,squad,outline\ng-1,一格,q-1,121.4 31.1;121.6 31.1;121.6 31.3;121.4 31.3\n")
    with world.database.session() as session:
        session.add(SquadRow(id="q-1", name="一中队", organ="demo", phone=None))
        assert import_table(session, "grids", grids).written == 1
        book = Registers(session)
        assert book.squad_at(121.5, 31.2).name == "一中队" and book.squad_at(120.0, 31.2) is None


def test_shops_turn_yellow_and_red_by_what_was_confirmed_there_and_every_shop_has_one_colour(world):
    assert colour_shares(world.chain.engine) == {"green": 2, "yellow": 0, "red": 0}
    for expected in ("yellow", "yellow", "red"):
        lead = world.rechecked("cleared")
        world.take(CLERK, lead, "review_more", **GOOD)
        world.take(CLERK, lead, "close_rectified")
        assert world.chain.shop_colours()["shop-1"] == expected
        world.clock.advance(86400)
    with world.database.read() as session:
        assert sum(colour_shares(world.chain.engine).values()) == session.query(ShopRow).count()
    world.clock.advance(400 * 86400)
    assert world.chain.shop_colours()["shop-1"] == "green", "beyond the look-back"


def test_a_resident_id_needs_a_true_day_of_birth_and_its_check_digit():
    good = "11010519491231002"
    assert is_resident_id(good + resident_check_digit(good))
    impossible = "11010519490231002"
    assert not is_resident_id(impossible + resident_check_digit(impossible))
