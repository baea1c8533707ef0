"""The people who may sign in, loaded from a YAML file at start; who is there already is left as he is."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from console import add_user, users
from notify import Role
from records import BadInput, Clock


class Person(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    login: str
    name: str
    password: str
    roles: list[Role]
    admin: bool = False


def load_users(session: Session, path: Path, clock: Clock) -> int:
    """Add those of the file who are not there yet; the count added. Raises BadInput naming file and field."""
    try:
        people = TypeAdapter(list[Person]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadInput("E_USERS", f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, ValidationError) as error:
        raise BadInput("E_USERS", f"{path}: {' '.join(str(error).split())[:300]}") from error
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
