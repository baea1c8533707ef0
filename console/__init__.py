"""People: the command centre's wall, the case desk, the party's portal, and the HTTP API."""

from console.app import create_app
from console.services import ConsoleSettings, Services
from console.tables import SessionRow, UserRow
from console.users import User, add_user, set_password, set_user, users

__all__ = [
    "ConsoleSettings",
    "Services",
    "SessionRow",
    "User",
    "UserRow",
    "add_user",
    "create_app",
    "set_password",
    "set_user",
    "users",
]
