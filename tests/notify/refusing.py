"""Words that the tests of refusals share."""

from datetime import date

import pytest

from notify.registers import OrganRow
from records import Refused
from tests.notify.world import World


def refused(code: str):
    return pytest.raises(Refused, match=rf"^{code}:")


def change(world: World, table, key, **values):
    with world.database.session() as session:
        row = session.get(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def change_organ_seal(world: World, seal: str | None) -> None:
    change(world, OrganRow, "demo", seal=seal)


def day(text: str):
    return date.fromisoformat(text)
