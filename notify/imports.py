"""Registers from tables: CSV and XLSX, one row an entry, every faulty row named and nothing of it written.

The first row names the columns by the fields of the register (see `notify.register_file`). Lists are joined by `;`,
dates are ISO 8601, or true dates in a worksheet.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from notify.register_file import ROWS, RegisterFile
from notify.registers import check_identity_number
from records import BadInput

_NS = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
_EPOCH = date(1899, 12, 30)  # day 0 of a worksheet's dates (1900 system)
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with one row: its number in the file (the heading is 1), the column, and why."""

    row: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows were written, and which were not."""

    register: str
    written: int
    errors: tuple[RowError, ...]


def registers_of_tables() -> tuple[str, ...]:
    """The registers that a table may fill."""
    return tuple(name for name, _ in ROWS)


def import_table(session: Session, register: str, path: Path) -> ImportReport:
    """Write the good rows of a table into a register and name the others.

    Raises BadInput `E_REGISTER` for an unknown register, an unreadable file or a heading that no field has.
    """
    found = dict(ROWS)
    if register not in found:
        raise BadInput("E_REGISTER", f"no register {register}", f"one of {', '.join(found)}")
    entry: type[BaseModel] = RegisterFile.model_fields[register].annotation.__args__[0]  # type: ignore[union-attr]
    rows = _rows(path)
    heading = [str(cell).strip() for cell in next(rows, [])]
    unknown = [name for name in heading if name and name not in entry.model_fields]
    if not any(heading) or unknown:
        raise BadInput("E_REGISTER", f"{path}: columns {', '.join(unknown) or 'missing'}", "name them by the fields")
    written, errors = 0, []
    for number, cells in enumerate(rows, start=2):
        given = {name: cell for name, cell in zip(heading, cells, strict=False) if name and cell not in ("", None)}
        if not given:
            continue
        try:
            parsed = entry.model_validate({name: _value(entry, name, cell) for name, cell in given.items()})
            if register == "subjects":
                check_identity_number(parsed.kind, parsed.id_number, f"row {number}")  # type: ignore[attr-defined]
        except ValidationError as error:
            first = error.errors()[0]
            errors.append(RowError(number, ".".join(map(str, first["loc"])), first["msg"]))
            continue
        except BadInput as error:
            errors.append(RowError(number, "id_number", error.message))
            continue
        session.merge(found[register](**parsed.model_dump()))
        written += 1
    return ImportReport(register, written, tuple(errors))


def _value(entry: type[BaseModel], name: str, cell: Any) -> Any:
    """A cell as the field takes it: a worksheet's number as a date or as text, a joined list apart."""
    form = str(entry.model_fields[name].annotation)
    if isinstance(cell, float):
        if "date" in form:
            return _EPOCH + timedelta(days=int(cell))
        return str(int(cell)) if cell == int(cell) else str(cell)
    text = str(cell).strip()
    if form.startswith("list[tuple"):
        return [tuple(float(part) for part in pair.split()) for pair in text.split(";")]
    return [part.strip() for part in text.split(";") if part.strip()] if form.startswith("list[") else text


def _rows(path: Path) -> Iterator[list[Any]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("E_REGISTER", f"{path}: larger than {_MOST_BYTES >> 20} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise BadInput("E_REGISTER", f"{path}: {error.strerror}") from error
    if path.suffix.lower() == ".xlsx":
        return iter(_worksheet(path, data))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return csv.reader(io.StringIO(data.decode(encoding), newline=""))
        except UnicodeDecodeError:
            continue
    raise BadInput("E_REGISTER", f"{path}: neither UTF-8 nor GB 18030", "save it as CSV in UTF-8")


def _worksheet(path: Path, data: bytes) -> list[list[Any]]:
    """The cells of the first worksheet (ECMA-376): text, shared text and numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > _MOST_BYTES:
                raise BadInput("E_REGISTER", f"{path}: larger than {_MOST_BYTES >> 20} MiB unpacked")
            shared = _shared(archive)
            names = sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/sheet"))
            tree = ElementTree.fromstring(archive.read(names[0]))  # noqa: S314 - no entities: expat refuses external ones
    except (zipfile.BadZipFile, KeyError, IndexError, ElementTree.ParseError) as error:
        raise BadInput("E_REGISTER", f"{path}: no worksheet can be read ({type(error).__name__})") from error
    return [_cells(row, shared) for row in tree.iterfind(".//s:sheetData/s:row", _NS)]


def _shared(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    tree = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))  # noqa: S314
    return ["".join(text.text or "" for text in item.iterfind(".//s:t", _NS)) for item in tree.iterfind("s:si", _NS)]


def _cells(row: ElementTree.Element, shared: list[str]) -> list[Any]:
    """The cells of one row in their columns, empty ones as empty text."""
    cells: list[Any] = []
    for cell in row.iterfind("s:c", _NS):
        at = _column(cell.get("r", "")) if cell.get("r") else len(cells)
        cells += [""] * (at - len(cells))
        value, kind = cell.find("s:v", _NS), cell.get("t", "n")
        if kind == "inlineStr":
            cells.append("".join(text.text or "" for text in cell.iterfind(".//s:t", _NS)))
        elif value is None or value.text is None:
            cells.append("")
        elif kind == "s":
            cells.append(shared[int(value.text)])
        else:
            cells.append(float(value.text) if kind == "n" else value.text)
    return cells


def _column(reference: str) -> int:
    """The column of a cell reference, from 0: A1 is 0, AB7 is 27."""
    number = 0
    for letter in reference:
        if not letter.isalpha():
            break
        number = number * 26 + ord(letter.upper()) - 64
    return number - 1
