"""Who may sign in: passwords, sessions, locks. Every time in here is real time."""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.tables import SessionRow, UserRow
from records import BadInput, Clock, Database, uuid7

# OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = _hasher.hash("a password nobody has")

PASSWORD_MIN = 8
FREE_FAILURES = 5  # wrong passwords before the first wait
LOCK_BASE_S = 5.0
LOCK_MAX_S = 900.0


@dataclass(frozen=True, slots=True)
class User:
    """A person as the rest of the console sees one."""

    id: str
    login: str
    name: str
    roles: frozenset[str]
    admin: bool
    active: bool


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner holds it; `cookie` is known only at the moment of signing in, else empty."""

    user: User
    csrf: str
    cookie: str
    cookie_sha256: str


def add_user(
    session: Session,
    clock: Clock,
    login: str,
    name: str,
    password: str,
    roles: Iterable[str],
    *,
    user_id: str | None = None,
    admin: bool = False,
) -> str:
    """Add a person and give back the id; `user_id` is the id in the officers' register where there is one.

    Raises BadInput E_LOGIN for an empty or taken login, E_PASSWORD for a short password.
    """
    login = login.strip().lower()
    if not login or session.scalar(select(UserRow.id).where(UserRow.login == login)):
        raise BadInput("E_LOGIN", f"login {login!r} is empty or taken", "choose another")
    new_id = user_id or uuid7(clock)
    session.add(
        UserRow(
            id=new_id,
            login=login,
            name=name.strip() or login,
            roles=sorted({str(role) for role in roles}),
            admin=admin,
            password_hash=_hash(password),
        )
    )
    session.flush()
    return new_id


def set_password(session: Session, user_id: str, password: str) -> None:
    """Replace a password and end every session of that person."""
    row = _row(session, user_id)
    row.password_hash, row.failures, row.locked_until = _hash(password), 0, None
    session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))


def set_user(session: Session, user_id: str, *, roles: Iterable[str], admin: bool, active: bool) -> None:
    """Change what a person may do; who is switched off loses every open session."""
    row = _row(session, user_id)
    row.roles, row.admin, row.active = sorted({str(role) for role in roles}), admin, active
    if not active:
        session.execute(delete(SessionRow).where(SessionRow.user_id == user_id))


def users(session: Session) -> list[User]:
    """Everyone, by login."""
    return [_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.login))]


def sign_in(database: Database, clock: Clock, login: str, password: str, hours: float) -> OpenSession | None:
    """Open a session, or None for a wrong login or password (which of the two is not told).

    After FREE_FAILURES wrong passwords each further one doubles a wait, during which nothing is checked:
    BadInput E_LOCKED.
    """
    now, login = clock.now(), login.strip().lower()
    with database.read() as look:
        row = look.scalars(select(UserRow).where(UserRow.login == login)).first()
    _need_unlocked(row.locked_until if row else _strangers.locked_until(login), now)
    right = _matches(row.password_hash if row else _NOBODY, password) and row is not None and row.active
    with database.session() as session:
        session.execute(delete(SessionRow).where(SessionRow.expires < now))
        mine = session.get(UserRow, row.id, with_for_update=True) if row else None
        if mine is None:
            _strangers.failed(login, now)
            return None
        _need_unlocked(mine.locked_until, now)  # others may have guessed while this password was being checked
        if not right:
            mine.failures += 1
            mine.locked_until = _until(mine.failures, now)
            return None
        mine.failures, mine.locked_until = 0, None
        cookie = secrets.token_urlsafe(32)
        opened = SessionRow(
            cookie_sha256=_digest(cookie),
            user_id=mine.id,
            csrf=secrets.token_urlsafe(32),
            opened=now,
            expires=now + timedelta(hours=hours),
        )
        session.add(opened)
        return OpenSession(_user(mine), opened.csrf, cookie, opened.cookie_sha256)


def find_session(database: Database, clock: Clock, cookie: str) -> OpenSession | None:
    """The open session that a cookie names, or None."""
    digest = _digest(cookie)
    with database.read() as look:
        found = look.execute(
            select(SessionRow, UserRow)
            .join(UserRow, UserRow.id == SessionRow.user_id)
            .where(SessionRow.cookie_sha256 == digest, SessionRow.expires > clock.now(), UserRow.active.is_(True))
        ).first()
    return OpenSession(_user(found[1]), found[0].csrf, "", digest) if found else None


def sign_out(database: Database, cookie_sha256: str) -> None:
    """End one session."""
    with database.session() as session:
        session.execute(delete(SessionRow).where(SessionRow.cookie_sha256 == cookie_sha256))


class _Strangers:
    """Logins that nobody has, locked like those that somebody has: a lock must not tell which is which."""

    MOST = 10_000

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    def locked_until(self, login: str) -> datetime | None:
        with self._lock:
            return self._known.get(_digest(login), (0, None))[1]

    def failed(self, login: str, now: datetime) -> None:
        with self._lock:
            failures = self._known.pop(_digest(login), (0, None))[0] + 1
            self._known[_digest(login)] = failures, _until(failures, now)
            if len(self._known) > self.MOST:
                self._known.popitem(last=False)


_strangers = _Strangers()


def _need_unlocked(until: datetime | None, now: datetime) -> None:
    if until is not None and until > now:
        wait_s = round((until - now).total_seconds()) + 1
        raise BadInput("E_LOCKED", f"too many wrong passwords, wait {wait_s} s", "or ask an administrator")


def _until(failures: int, now: datetime) -> datetime | None:
    return now + timedelta(seconds=_wait_s(failures)) if _wait_s(failures) else None


def _wait_s(failures: int) -> float:
    return 0.0 if failures < FREE_FAILURES else min(LOCK_MAX_S, LOCK_BASE_S * 2.0 ** (failures - FREE_FAILURES))


def _hash(password: str) -> str:
    if len(password) < PASSWORD_MIN:
        raise BadInput("E_PASSWORD", f"a password has at least {PASSWORD_MIN} characters", "choose a longer one")
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return bool(_hasher.verify(password_hash, password))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _row(session: Session, user_id: str) -> UserRow:
    row = session.get(UserRow, user_id)
    if row is None:
        raise BadInput("E_NOT_FOUND", f"no user {user_id}", "see the list of users")
    return row


def _user(row: UserRow) -> User:
    return User(row.id, row.login, row.name, frozenset(row.roles), row.admin, row.active)
