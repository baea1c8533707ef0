"""Who acts in the tests of the chain: one person a role, by the ids of the register."""

from notify import Actor, Role


def person(name: str, *roles: Role) -> Actor:
    return Actor(name, name, frozenset(roles))


OPER, CLERK = person("oper", Role.OPER), person("clerk", Role.CLERK)
OFFICER, OFFICER2 = person("officer1", Role.OFFICER), person("officer2", Role.OFFICER)
SQUAD, HEAD = person("squad", Role.SQUAD), person("head", Role.HEAD)
LEGAL, PRIV, CHAIR = person("legal", Role.LEGAL), person("priv", Role.PRIV), person("chair", Role.CHAIR)

GOOD = {"lawful_means": True, "authentic": True, "clear": True, "complete": True, "accurate": True}
