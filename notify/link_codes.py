"""The code that opens a party's link: it goes to the telephone of record, so that a link alone shows nothing.

A link can be passed on, read over a shoulder or fetched by a messenger's preview; the code shows that whoever opens it
holds the party's telephone. The code itself is never stored, only its HMAC; nor is the text that carries it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from notify.actors import SYSTEM
from notify.books import enter
from notify.callbacks import received
from notify.engine import Engine
from notify.refusals import Barred
from notify.registers import Registers
from notify.tables import CaseRow, ConsentRow, LeadRow, LinkRow, ServiceRow
from notify.tables_links import LinkCodeRow
from records import iso, uuid7

DIGITS = 6
LASTS = timedelta(minutes=10)
OPEN_FOR = timedelta(hours=2)
AGAIN_AFTER = timedelta(minutes=1)
MOST_A_DAY = 10
TRIES = 5


@dataclass(frozen=True, slots=True)
class LinkDoor:
    """What a link shows before its code was given: nothing of the matter, and of the person four digits of a number.

    `phone_end` None: no number is on record, the party comes to the organ. `sent_at`: when the newest code that still
    opens was sent; `again_at`: from when another may be asked for; `undelivered`: the gateway could not deliver it.
    """

    organ: str
    organ_phone: str
    phone_end: str | None
    sent_at: datetime | None
    again_at: datetime | None
    undelivered: bool


@dataclass(frozen=True, slots=True)
class LinkKey:
    """What a right code gives: shown with every request to the link until it ends."""

    key: str
    until: datetime


def door(engine: Engine, token: str) -> LinkDoor:
    """How a link stands. Raises Refused `E_LINK` for a forged, expired or revoked one."""
    with engine.database.read() as session:
        link = _link(engine, session, token)
        organ, phone = Registers(session).organ(engine.organ), _phone(session, link)
        row = _newest(session, link)
        live = row is not None and _usable(row, engine.clock.now())
        return LinkDoor(
            organ.name,
            organ.phone,
            phone[-4:] if phone else None,
            row.sent_at if row and live else None,
            row.sent_at + AGAIN_AFTER if row and not row.undelivered else None,
            bool(row and row.undelivered),
        )


def send_code(engine: Engine, token: str) -> LinkDoor:
    """Send a fresh code to the telephone of record; the one before opens no more.

    Raises Refused `E_LINK`, `E_NO_CONTACT` (no number on record), `E_CODE_WAIT` (asked for too often), `E_GATEWAY`.
    """
    with engine.database.session() as session:
        link = _link(engine, session, token, lock=True)
        phone, now = _phone(session, link), engine.clock.now()
        if not phone:
            raise Barred(
                "E_NO_CONTACT",
                "没有登记您的手机号码，请携带身份证件到本机关查询",
                "no number of yours is on record; come to the organ with your identity card",
            )
        last = _newest(session, link)
        _slowly(session, link, last, now)
        old = LinkCodeRow.sent_at <= now - timedelta(days=1)  # the log keeps that they were sent
        session.execute(delete(LinkCodeRow).where(LinkCodeRow.subject_id == link.subject_id, old))
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        code_id = uuid7(engine.clock)
        row = LinkCodeRow(
            id=code_id,
            link_id=link.id,
            subject_id=link.subject_id,
            mac=engine.tools.signer.code_mac(code_id, digits),
            sent_at=now if last is None else max(now, last.sent_at + timedelta(microseconds=1)),
            expires=now + LASTS,
        )
        session.add(row)
        enter(session, "link_code_sent", link.owner_id, {"link": link.id}, engine.clock)
        name = Registers(session).organ(engine.organ).name
    minutes = LASTS // timedelta(minutes=1)
    text = f"【{name}】验证码{digits}，{minutes}分钟内有效，用于查看您的告知事项。请勿告诉他人，工作人员不会索要。"
    try:
        engine.tools.gateway.send_sms(code_id, phone, text)
    except OSError:
        with engine.database.session() as session:
            session.delete(session.get_one(LinkCodeRow, code_id))
        raise Barred(
            "E_GATEWAY", "短信暂时发不出去，请稍后再试", "no message can be sent now", "try again later"
        ) from None
    return door(engine, token)


def open_link(engine: Engine, token: str, code: str) -> LinkKey:
    """The key for a right code; the first opening is a receipt of what the link came with.

    Raises Refused `E_LINK`; `E_CODE` for a wrong, used or expired code: after five tries a fresh one must be sent.
    """
    given = "".join(code.split())
    with engine.database.session() as session:
        link, now = _link(engine, session, token, lock=True), engine.clock.now()
        row = _newest(session, link)
        refusal = _refusal(engine, row, given, now)
        if row is not None and refusal is not None:
            row.wrong += 1
        elif row is not None:
            row.used_at = now
            _first_opening(engine, session, link, now)
    if refusal is not None:
        raise refusal
    until = now + OPEN_FOR
    return LinkKey(engine.tools.signer.key(link.id, until), until)


def link_key(engine: Engine, token: str, given: str) -> str:
    """`given` where it is a key to this very link that still holds. Raises Refused `E_LINK`, `E_CODE_NEEDED`."""
    with engine.database.read() as session:
        link = _link(engine, session, token)
    if given.partition(".")[0] != link.id or not engine.tools.signer.key_holds(given, engine.clock.now()):
        raise _needed()
    return given


def behind(engine: Engine, key: str) -> tuple[str, str]:
    """(owner, subject) that a key opens; once the lead is a case, its links open the case.

    Raises Refused `E_LINK` where the link has ended or its matter has become somebody else's, `E_CODE_NEEDED` where the
    key has.
    """
    with engine.database.read() as session:
        link = _standing(engine, session, key.partition(".")[0])
        if not engine.tools.signer.key_holds(key, engine.clock.now()):
            raise _needed()
        case = _case(session, link)
        return (case.id if case else link.owner_id), link.subject_id


def _needed() -> Barred:
    return Barred(
        "E_CODE_NEEDED", "请先输入短信验证码", "this link opens with a code sent by message", "ask for the code"
    )


def _link(engine: Engine, session: Session, token: str, lock: bool = False) -> LinkRow:
    return _standing(engine, session, engine.tools.signer.link_id(token), lock)


def _standing(engine: Engine, session: Session, link_id: str, lock: bool = False) -> LinkRow:
    """The link while it holds: not revoked, not expired, and the matter still that of whom it was sent to."""
    link = session.get(LinkRow, link_id, with_for_update=lock)
    if link is None or link.revoked_at is not None or link.expires <= engine.clock.now():
        raise Barred("E_LINK", "链接已失效", "this link is no longer valid", "ask the organ for a new one")
    case, lead = _case(session, link), session.get(LeadRow, link.owner_id)
    party = case.subject_id if case else lead.subject_id if lead else None
    if party is not None and party != link.subject_id:
        raise Barred("E_LINK", "该事项的当事人不是您，链接已失效", "this matter is another party's: the link has ended")
    return link


def _case(session: Session, link: LinkRow) -> CaseRow | None:
    """The case of the link's matter: the link's own, or the one that its lead became."""
    query = select(CaseRow).where((CaseRow.lead_id == link.owner_id) | (CaseRow.id == link.owner_id))
    return session.scalars(query).first()


def _phone(session: Session, link: LinkRow) -> str | None:
    """The number of record now: that of the consent in force in this matter, else the register's."""
    case = _case(session, link)
    if case is not None:
        query = select(ConsentRow.address).where(
            ConsentRow.case_id == case.id, ConsentRow.subject_id == link.subject_id, ConsentRow.revoked_at.is_(None)
        )
        consented = session.scalars(query.order_by(ConsentRow.signed_at.desc()).limit(1)).first()
        if consented:
            return consented
    subject = Registers(session).subject(link.subject_id)
    return subject.phone if subject else None


def _newest(session: Session, link: LinkRow) -> LinkCodeRow | None:
    query = select(LinkCodeRow).where(LinkCodeRow.link_id == link.id)
    return session.scalars(query.order_by(LinkCodeRow.sent_at.desc(), LinkCodeRow.id.desc()).limit(1)).first()


def _slowly(session: Session, link: LinkRow, last: LinkCodeRow | None, now: datetime) -> None:
    """No telephone is flooded by whoever holds a link, and no code is guessed by asking for many."""
    if last is not None and not last.undelivered and now < last.sent_at + AGAIN_AFTER:
        left = round((last.sent_at + AGAIN_AFTER - now).total_seconds())
        raise Barred("E_CODE_WAIT", f"验证码已发送，{left}秒后可以重新获取", f"a code was sent; again in {left} s")
    query = select(func.count()).where(
        LinkCodeRow.subject_id == link.subject_id, LinkCodeRow.sent_at > now - timedelta(days=1)
    )
    if (session.scalar(query) or 0) >= MOST_A_DAY:
        raise Barred(
            "E_CODE_WAIT",
            "今天获取验证码的次数已满，请明天再试或者联系本机关",
            "too many codes were asked for today",
            "try again tomorrow or call the organ",
        )


def _usable(row: LinkCodeRow, now: datetime) -> bool:
    return row.used_at is None and row.wrong < TRIES and now < row.expires and not row.undelivered


def _refusal(engine: Engine, row: LinkCodeRow | None, given: str, now: datetime) -> Barred | None:
    if row is None or not _usable(row, now):
        return Barred("E_CODE", "验证码已失效，请重新获取", "this code holds no more", "ask for a new one")
    if not engine.tools.signer.code_fits(row.id, given, row.mac):
        left = TRIES - row.wrong - 1
        said = f"验证码不正确，还可以试{left}次" if left else "验证码不正确，请重新获取"
        return Barred("E_CODE", said, f"this is not the code; {left} tries are left")
    return None


def _first_opening(engine: Engine, session: Session, link: LinkRow, now: datetime) -> None:
    if link.opened_at is not None:
        return
    link.opened_at = now
    service = session.get(ServiceRow, link.service_id) if link.service_id else None
    if service is not None and service.served_at is None:
        received(engine, engine.moment(session, SYSTEM, service.owner_id, lock=True), service, "link_opened", iso(now))
    enter(session, "link_opened", link.owner_id, {"link": link.id}, engine.clock)
