"""The same random walks as at the service layer, with everything that people and parties do going over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from notify import Actor
from records import NonsiteError
from tests.journeys.chain_http import behind_console
from tests.notify.walker import Start, Walk, walk
from tests.notify.world import World


class HttpWalk(Walk):
    """A walk whose steps and offers are asked for as programs do."""

    driven: set[Any] = set()

    def begin_world(self, begun: Start) -> World:
        world = super().begin_world(begun)
        return behind_console(world, self.folder / "console")

    def first_offer(self, owner: str, turns: list[tuple[Actor, int]], even_barred: bool) -> tuple[Actor, Any]:
        found, actor = None, turns[0][0]
        for actor, n in turns:
            found = self.offer(actor, owner, n)
            if found is not None and (not found.refusals or even_barred):
                break
        return actor, found

    def offer(self, actor: Actor, owner: str, n: int) -> Any:
        """One of the steps that somebody is offered over HTTP; the chain itself must offer him the same."""
        if actor.owner_id is not None:  # a party comes by its link
            return None
        try:
            told = self.world.chain.steps(actor, owner)
        except NonsiteError:  # no page of the desk is open to this role
            return None
        known = {one.code: one for one in self.world.chain.read.steps(actor, owner)}
        assert [one.code for one in told] == list(known), "the API offers what the chain does"
        return known[told[n % len(told)].code] if told else None


@pytest.mark.long
def test_two_hundred_walks_over_http_pass_no_gate_that_the_law_closes(tmp_path):
    walk(HttpWalk, tmp_path, walks=200, steps=3)


def test_some_walks_over_http_pass_no_gate_that_the_law_closes(tmp_path):
    walk(HttpWalk, tmp_path, walks=10, steps=3)
