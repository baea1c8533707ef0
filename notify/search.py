"""Finding leads and cases by words: numbers by themselves, places and parties by their registers.

A district has a million leads but some ten thousand places and parties: words are looked for among those, and the
records are then found by index. What is typed of a number is completed to the numbers that it can mean.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, ColumnElement, cast, func, literal, or_, select
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


Named = Callable[[Any], ColumnElement[bool]]
"""Whether a row is meant, as a condition on columns of these names (a table's, or those of a part of it)."""
NAMED_BY: dict[type[Any], tuple[str, ...]] = {
    LeadRow: ("number", "place_id"),
    CaseRow: ("number", "decision_number", "subject_id", "place_id"),
}
Found = tuple[ColumnElement[bool] | None, Named | None]
"""(what narrows the question down by index, what fits too much for that and is tested row by row); one is None."""


def leads_named(session: Session, text: str, year: int) -> Found:
    """Leads whose number, id or place the words mean."""
    tail = _TAIL.match(text)
    years = [int(tail[1])] if tail and tail[1] else range(year - _YEARS + 1, year + 1)
    numbers = [text, *([f"XS{one}-{int(tail[2]):06d}" for one in years] if tail else [])]
    places, many = _few(session, PlaceRow.id, PlaceRow.text, text)

    def named(row: Any) -> ColumnElement[bool]:
        return or_(row.number.in_(numbers), row.id == text, *([row.place_id.in_(places)] if places is not None else []))

    return (None, named) if many else (named(LeadRow), None)


def cases_named(session: Session, text: str, year: int) -> Found:
    """Cases whose number, decision, place or party the words mean."""
    numbers, decisions = [text], [text]
    if text.isdecimal() and len(text) <= 8:
        for organ in session.scalars(select(OrganRow)):
            for one in range(year - _YEARS + 1, year + 1):
                kinds = ("STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER")
                numbers += [case_number(organ.code, one, kind, int(text)) for kind in kinds]
                decisions.append(document_number(organ.abbr, "罚决", one, int(text)))
    places, many_places = _few(session, PlaceRow.id, PlaceRow.text, text)
    parties, many_parties = _parties(session, text)

    def named(row: Any) -> ColumnElement[bool]:
        found = [row.number.in_(numbers), row.decision_number.in_(decisions), row.id == text]
        found += [row.subject_id.in_(parties)] if parties is not None else []
        found += [row.place_id.in_(places)] if places is not None else []
        return or_(*found)

    return (None, named) if many_places or many_parties else (named(CaseRow), None)


def _few(session: Session, key: Any, words: Any, text: str) -> tuple[Any, bool]:
    """(the ids of places or parties that have the words, whether they are too many to be named); None for none."""
    named = select(key).where(words.like(like(text), escape="\\"))
    some = list(session.scalars(named.limit(MOST + 1)))
    if len(some) > MOST:
        return named, True
    return (some or None), False


def _parties(session: Session, text: str) -> tuple[Any, bool]:
    """As `_few`: names are kept encrypted, so every one is read and looked through here."""
    wanted = text.casefold()
    rows = session.execute(select(SubjectRow.id, SubjectRow.name))
    some = [one for one, name in rows if wanted in name.casefold()]
    if len(some) <= MOST:
        return (some or None), False
    listed: Any = literal(json.dumps(some))
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    each = func.json_array_elements_text(cast(listed, JSON)) if on_postgresql else func.json_each(listed)
    return select(each.table_valued("value").c.value), True
