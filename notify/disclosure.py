"""The public disclosure page (执法公示): powers, basis, standards, procedure, cameras, remedies, in versions that stay.

It is made from the profile and the registers, so that what is published is what the program goes by.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notify.actors import Actor, Role
from notify.engine import AUDIT, Engine
from notify.refusals import Barred
from notify.registers import DeviceRow, MatterRow, OfficerRow, OrganRow
from notify.tables_desk import DisclosureRow
from records import BadInput, append

_PUBLISHERS = frozenset({Role.CLERK, Role.PRIV, Role.HEAD})
_PERIODS = (
    ("statement_window_wd", "陈述、申辩", "工作日"),
    ("periods.hearing_request_wd", "要求听证", "工作日"),
    ("periods.decision_days", "作出处罚决定", "日"),
    ("periods.serve_wd", "送达处罚决定", "工作日"),
    ("periods.pay_days", "缴纳罚款", "日"),
    ("periods.reconsideration_days", "申请行政复议", "日"),
    ("periods.suit_months", "提起行政诉讼", "个月"),
    ("periods.retract_wd", "撤回公示的处罚信息", "工作日"),
)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One version. `body` has organ, powers, periods, cameras, officers, remedies, trial."""

    version: int
    at: datetime
    sha256: str
    body: dict[str, Any]


def content(engine: Engine, session: Session) -> dict[str, Any]:
    """What the page says today. What the profile does not know is named as not published, never filled in."""
    profile, today = engine.profile, engine.tools.calendar.today(engine.clock.now())

    def known(key: str) -> Any:
        return profile.get(key, today) if profile.known(key, today) else None

    organ = session.get(OrganRow, engine.organ)
    remedies = ("reconsideration_organ_name", "online_reconsideration", "court_name")
    return {
        "organ": {name: getattr(organ, name) for name in ("name", "address", "phone")} if organ else {},
        "profile": {"name": profile.name, "title": profile.title_zh},
        "trial": profile.is_trial,
        "camera_authority": known("camera_authority"),
        "powers": [_power(engine, session, matter, today) for matter in profile.matters],
        "benchmark": {name: _plain(known(f"benchmark.{name}")) for name in ("title", "published_at", "url")},
        "periods": [{"what": zh, "length": known(key), "unit": unit} for key, zh, unit in _PERIODS],
        "surcharge_permille": known("surcharge.permille_per_day"),
        "cameras": _cameras(session, today),
        "officers": session.scalar(select(func.count()).where(OfficerRow.kind == "officer")) or 0,
        "remedies": {name: known(f"remedies.{name}") for name in remedies},
        "supervision": known("disclosure.supervision"),
    }


def _power(engine: Engine, session: Session, matter: str, today: date) -> dict[str, Any]:
    profile, key = engine.profile, f"matters.{matter}"

    def known(part: str) -> Any:
        return profile.get(f"{key}.{part}", today) if profile.known(f"{key}.{part}", today) else None

    grades = [known(f"grades.{name}") for name in ("minor", "ordinary", "serious", "grave")]
    listed = session.scalars(select(MatterRow).where(MatterRow.matter == matter))
    entry = profile.find(f"{key}.penalty", today)
    return {
        "matter": matter,
        "name": known("name"),
        "prohibition": known("prohibition"),
        "penalty": known("penalty"),
        "source": entry.source if entry and entry.value else None,
        "mark": entry.mark if entry and entry.value else None,
        "fine": [known("fine.min_yuan"), known("fine.max_yuan")],
        "grades": [one for one in grades if one],
        "demand": known("demand"),
        "listed": any(row.listed_from <= today and (row.listed_to is None or today <= row.listed_to) for row in listed),
    }


def _cameras(session: Session, today: date) -> list[dict[str, Any]]:
    """Places of the devices that were published by today (APL 41)."""
    query = select(DeviceRow).where(DeviceRow.published_at <= today, DeviceRow.kind != "file").order_by(DeviceRow.id)
    return [
        {"id": row.id, "kind": row.kind, "place": row.place, "published_at": _plain(row.published_at)}
        for row in session.scalars(query)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def publish(engine: Engine, actor: Actor) -> Disclosure:
    """Make a new version where the page would say something else than the last one. Raises Refused `E_ROLE`."""
    if not actor.has(_PUBLISHERS):
        raise Barred("E_ROLE", "无权发布执法公示", "the disclosure is published by clerks and heads", "")
    with engine.database.session() as session:
        body = content(engine, session)
        text = json.dumps(body, ensure_ascii=False, sort_keys=True)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        last = session.scalars(select(DisclosureRow).order_by(DisclosureRow.version.desc()).limit(1)).first()
        if last is not None and last.sha256 == sha256:
            return _view(last)
        number = last.version + 1 if last else 1
        row = DisclosureRow(version=number, at=engine.clock.now(), actor_id=actor.id, sha256=sha256, body=body)
        session.add(row)
        session.flush()
        fact = {"actor": actor.id, "version": number, "sha256": sha256}
        append(session, AUDIT, "disclosure_published", f"disclosure-{number}", fact, engine.clock)
        return _view(row)


def disclosure(engine: Engine, version: int | None = None) -> Disclosure:
    """A version, the newest where none is named. Raises BadInput `E_NOT_FOUND`."""
    with engine.database.read() as session:
        query = select(DisclosureRow).order_by(DisclosureRow.version.desc()).limit(1)
        row = session.get(DisclosureRow, version) if version is not None else session.scalars(query).first()
        if row is None:
            raise BadInput("E_NOT_FOUND", "no such version of the disclosure page", "publish one first")
        return _view(row)


def versions(engine: Engine) -> list[tuple[int, datetime]]:
    """Every version with its time, newest first."""
    with engine.database.read() as session:
        query = select(DisclosureRow.version, DisclosureRow.at).order_by(DisclosureRow.version.desc())
        return [(int(version), at) for version, at in session.execute(query)]


def _view(row: DisclosureRow) -> Disclosure:
    return Disclosure(row.version, row.at, row.sha256, dict(row.body))
