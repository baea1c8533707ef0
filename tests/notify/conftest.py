"""A world of its own for every test of the chain."""

from typing import Any

import pytest

from tests.notify.world import World, make_world


@pytest.fixture
def world(tmp_path: Any) -> World:
    return make_world(tmp_path)
