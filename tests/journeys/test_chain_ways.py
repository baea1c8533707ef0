"""The main ways and payment once more over HTTP; the acceptance scenarios are in test_scenarios_*.py."""

import inspect
from types import ModuleType

import pytest

from tests.journeys.chain_http import http_world
from tests.notify import test_main_ways, test_payment

MODULES = (test_main_ways, test_payment)


def ways(module: ModuleType) -> list[pytest.param]:
    """The tests of a module that need nothing but a world."""
    found = inspect.getmembers(module, inspect.isfunction)
    return [
        pytest.param(function, id=name.removeprefix("test_"))
        for name, function in found
        if name.startswith("test_") and list(inspect.signature(function).parameters) == ["world"]
    ]


@pytest.mark.parametrize("way", [way for module in MODULES for way in ways(module)])
def test_over_http(way, tmp_path):
    world = http_world(tmp_path)
    way(world)
    world.database.close()
