"""The people who may sign in, loaded from a YAML file at start; who is there already is left as he is."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from console import add_user, users
from notify import Role
from records import Clock, read_yaml


class Person(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    login: str
    name: str
    password: str = Field(repr=False)
    roles: list[Role]
    admin: bool = False


def load_users(session: Session, path: Path, clock: Clock) -> int:
    """Add those of the file who are not there yet; the count added. Raises BadInput naming file and field."""
    people = read_yaml(path, list[Person], "E_USERS", "a list of id, login, name, password, roles")
    there = {user.login for user in users(session)}
    fresh = [person for person in people if person.login not in there]
    for person in fresh:
        add_user(
            session,
            clock,
            person.login,
            person.name,
            person.password,
            person.roles,
            user_id=person.id,
            admin=person.admin,
        )
    return len(fresh)
