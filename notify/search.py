"""Finding leads and cases by words: numbers by themselves, places and parties by their registers.

A district has a million leads but some ten thousand places and parties: words are looked for among those, and the
records are then found by index. What is typed of a number is completed to the numbers that it can mean.
"""

import hashlib
import re
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from notify.numbering import case_number, document_number
from notify.registers import OrganRow, SubjectRow
from notify.tables import CaseRow, LeadRow
from notify.tables_desk import PlaceRow

MOST = 400
"""Places or parties that are named one by one in a question; a word that fits more is looked up as it goes."""
_DISTANCE = re.compile(r"（约\d+米）$")
_TAIL = re.compile(r"^(?:XS)?(?:(\d{4})-)?0*(\d{1,8})$")
_YEARS = 3


def place_key(session: Session, address: str | None) -> str | None:
    """The id of a place in words, which is noted where it is new; None for no address."""
    if not address:
        return None
    text = _DISTANCE.sub("", address)[:200]
    key = hashlib.sha256(text.encode()).hexdigest()[:32]
    if session.get(PlaceRow, key) is None:
        insert: Any = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        session.execute(insert(PlaceRow).values(id=key, text=text).on_conflict_do_nothing())
    return key


def like(text: str) -> str:
    """A LIKE pattern that finds `text` anywhere, its own % and _ taken as they are (escape character: \\)."""
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


Found = tuple[ColumnElement[bool] | None, ColumnElement[bool] | None]
"""(what narrows the question down by index, what fits too much for that and is tested row by row); one of them is
None."""


def leads_named(session: Session, text: str, year: int) -> Found:
    """Leads whose number, id or place the words mean."""
    tail = _TAIL.match(text)
    years = [int(tail[1])] if tail and tail[1] else range(year - _YEARS + 1, year + 1)
    numbers = [f"XS{one}-{int(tail[2]):06d}" for one in years] if tail else []
    named = or_(LeadRow.number.in_([text, *numbers]), LeadRow.id == text)
    return _with(named, [_few(session, LeadRow.place_id, PlaceRow.id, PlaceRow.text, text)])


def cases_named(session: Session, text: str, year: int) -> Found:
    """Cases whose number, decision, place or party the words mean."""
    numbers, decisions = [text], [text]
    if text.isdigit() and len(text) <= 8:
        for organ in session.scalars(select(OrganRow)):
            for one in range(year - _YEARS + 1, year + 1):
                kinds = ("STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER")
                numbers += [case_number(organ.code, one, kind, int(text)) for kind in kinds]
                decisions.append(document_number(organ.abbr, "罚决", one, int(text)))
    named = or_(CaseRow.number.in_(numbers), CaseRow.decision_number.in_(decisions), CaseRow.id == text)
    party = _few(session, CaseRow.subject_id, SubjectRow.id, SubjectRow.name, text)
    return _with(named, [party, _few(session, CaseRow.place_id, PlaceRow.id, PlaceRow.text, text)])


def _few(session: Session, column: Any, key: Any, words: Any, text: str) -> tuple[ColumnElement[bool], bool] | None:
    """(the records whose place or party has the words, whether those are too many to be named); None for none."""
    named = select(key).where(words.like(like(text), escape="\\"))
    some = list(session.scalars(named.limit(MOST + 1)))
    return (column.in_(some if len(some) <= MOST else named), len(some) > MOST) if some else None


def _with(named: ColumnElement[bool], parts: list[tuple[ColumnElement[bool], bool] | None]) -> Found:
    found = [part for part in parts if part is not None]
    whole = or_(named, *(condition for condition, _ in found))
    return (None, whole) if any(many for _, many in found) else (whole, None)
