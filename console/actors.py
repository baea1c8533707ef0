"""From somebody signed in to somebody who acts in the chain."""

from console.users import User
from notify import Actor, Role


def actor_of(user: User) -> Actor:
    """The person as the chain knows one: same id in every role, so that separation of duties holds."""
    known = {role.value for role in Role}
    return Actor(user.id, user.name, frozenset(Role(role) for role in user.roles if role in known))
