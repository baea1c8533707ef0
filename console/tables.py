"""People who may sign in, and the sessions they have open."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from records import Base, Json, UtcDateTime


class UserRow(Base):
    """Someone who may sign in; `roles` are codes of notify.Role, `id` is the id that the chain's registers know."""

    __tablename__ = "console_users"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    roles: Mapped[list[str]] = mapped_column(Json)
    admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    failures: Mapped[int] = mapped_column(default=0)  # wrong passwords since the last right one
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # real time


class SessionRow(Base):
    """One signed-in browser or client. Only the hash of its cookie is kept; times are real, never the domain's."""

    __tablename__ = "console_sessions"

    cookie_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("console_users.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    opened: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime] = mapped_column(UtcDateTime)
