"""Every way of the chain, walked over HTTP: the same scenarios as at the service layer, signed in, through the API."""

import inspect
from types import ModuleType

import pytest

from tests.journeys.chain_http import http_world
from tests.notify import (
    test_deadlines,
    test_intake,
    test_main_ways,
    test_payment,
    test_refused_decision,
    test_refused_evidence,
    test_refused_procedure,
    test_refused_warning,
)

REFUSED = (test_refused_evidence, test_refused_warning, test_refused_procedure, test_refused_decision)
MODULES = (test_main_ways, *REFUSED, test_payment, test_deadlines, test_intake)
# One person with several roles at once is a matter of the users' table, and is shown at the service layer.
NOT_HERE = {
    "test_four_eyes_are_two_persons_whatever_their_roles",
    "test_scenario_27_a_major_decision_needs_a_legal_review_by_somebody_apart",
    "test_a_step_of_another_role_another_state_and_another_party_is_refused",
}


def ways(module: ModuleType) -> list[pytest.param]:
    """The tests of a module that need nothing but a world."""
    found = inspect.getmembers(module, inspect.isfunction)
    return [
        pytest.param(function, id=name.removeprefix("test_"))
        for name, function in found
        if name.startswith("test_")
        and name not in NOT_HERE
        and list(inspect.signature(function).parameters) == ["world"]
    ]


@pytest.mark.parametrize("way", [way for module in MODULES for way in ways(module)])
def test_over_http(way, tmp_path):
    world = http_world(tmp_path)
    way(world)
    world.database.close()
