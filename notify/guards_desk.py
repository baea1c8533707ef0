"""Conditions of the desk's own steps: something to serve, a publication that can be repaired."""

import json
import re

from sqlalchemy import select

from notify.guards import guard
from notify.moment import Moment
from notify.service import untried
from notify.states import State
from notify.tables import DocumentRow, PublicationRow

_SUBSTANCE = re.compile(r"[¥￥%]|[\d.,]+\s*元|[元圆]整|第.{1,8}条|工作日|日内|个月|罚款|^[\d.,\s]+$")
SERVED_WITH = {
    "B4": ("prior_notice", ("PRIOR_NOTICE", "HEARING_NOTICE")),
    "B10": ("decision", ("DECISION",)),
    "B10N": ("no_penalty", ("NO_PENALTY",)),
    "B13": ("dunning", ("DUNNING",)),
    "B14": ("dunning", ("DUNNING",)),
    "CHANGED": ("change", ("CHANGE",)),
}


def papers_to_serve(m: Moment) -> tuple[str, list[DocumentRow]]:
    """(what for, the newest papers) that a case in its state has to serve."""
    purpose, kinds = SERVED_WITH[m.open_case.state]
    if purpose == "prior_notice" and not m.open_case.hearing_notified:
        kinds = kinds[:1]  # a notice of hearing left from an earlier round is not served again, nor does its try count
    query = select(DocumentRow).where(DocumentRow.owner_id == m.owner.id, DocumentRow.kind.in_(kinds))
    newest: dict[str, DocumentRow] = {}
    for row in m.session.scalars(query.order_by(DocumentRow.position)):
        newest[row.kind] = row
    return purpose, [newest[kind] for kind in kinds if kind in newest]


@guard("E_NOTHING_TO_SERVE", "没有待送达的文书", "no paper waits to be served", moot=True)
def something_to_serve(m: Moment) -> str | None:
    return None if papers_to_serve(m)[1] or m.open_case.state == "B13" else ""


@guard(
    "E_SERVICE_LADDER",
    "公告送达前应当已用其他方式送达未成功并登记",
    "a public notice comes last, after other ways have failed on record",
    "CPL 95",
    needs_values=True,
)
def ladder_climbed(m: Moment) -> str | None:
    if m.values.get("method") != "announce":
        return None
    purpose, documents = papers_to_serve(m)
    return "、".join(untried(m, purpose, [row.id for row in documents])) or None


@guard("E_NO_DECISION", "没有仍然有效的处罚决定", "there is no decision that stands", "APL 48", moot=True)
def decision_stands(m: Moment) -> str | None:
    """Only a decision that was made and has not fallen since goes before the public."""
    made, fell = m.record("decide", "decide_fast", "decide_on_spot"), m.record("revoke")
    rulings = [row for row in m.records("remedy_closed") if row.body.get("result") == "revoked"]
    ends = [row.seq for row in (fell, *rulings) if row is not None]
    return None if made is not None and all(seq < made.seq for seq in ends) else ""


@guard("E_STILL_PUBLISHED", "决定已撤销，应当先撤回公示", "the decision fell: take it from the public first", "APL 48")
def withdrawn_where_fallen(m: Moment) -> str | None:
    row = m.session.get(PublicationRow, m.open_case.id) if m.open_case.state == State.REVOKED.value else None
    return str(m.calendar.today(row.published_at)) if row is not None and row.withdrawn_at is None else None


@guard("E_CORRECTION", "更正只限笔误，原文须在该文书中", "a correction is of a slip in that paper", "", True)
def only_a_slip(m: Moment) -> str | None:
    """Amounts, articles and periods are not mended so: they are notified again, or changed (APL 44, 75)."""
    paper = m.session.get(DocumentRow, str(m.values.get("document_id") or ""))
    wrong, right = str(m.values.get("wrong") or ""), str(m.values.get("right") or "")
    if paper is None or wrong not in json.dumps(paper.source, ensure_ascii=False):
        return wrong
    return right if wrong == right or _SUBSTANCE.search(wrong) or _SUBSTANCE.search(right) else None


@guard("E_NOT_PUBLISHED", "没有正在公示的信息", "nothing of this case is public", moot=True)
def repair_open(m: Moment) -> str | None:
    row = m.session.get(PublicationRow, m.open_case.id)
    return None if row is not None and row.withdrawn_at is None else ""


@guard("E_REPAIR_EARLY", "未到最早可以修复的日期", "repair is possible only from a later day", "NDRC36", True)
def repair_not_early(m: Moment) -> str | None:
    row, day = m.session.get(PublicationRow, m.open_case.id), m.values.get("repaired_on")
    if row is None or day is None or row.earliest_repair is None:
        return None
    return str(row.earliest_repair) if day < row.earliest_repair else None
