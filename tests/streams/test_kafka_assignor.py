"""Shares that Kafka's groups deal out: even in keys, sticky, and never two owners."""

import random

import pytest

from streams.kafka_assignor import Claim, deal, settled


def keys(hands: dict[str, set[int]], loads: dict[int, int]) -> list[int]:
    return sorted(sum(loads.get(one, 0) for one in hand) for hand in hands.values())


def test_few_keys_in_many_partitions_are_dealt_evenly() -> None:
    loads = dict.fromkeys((3, 9, 10, 11, 13, 17), 1)
    hands = deal({"a": (), "b": (), "c": ()}, range(24), loads)
    assert keys(hands, loads) == [2, 2, 2]
    assert sorted(map(len, hands.values())) == [8, 8, 8]


def test_a_stronger_member_gets_more_and_a_weaker_one_less() -> None:
    loads = dict.fromkeys(range(120), 1)
    strengths = {"two cores": 2.0, "eight cores": 8.0, "a card": 20.0}
    hands = deal(dict.fromkeys(strengths, ()), range(120), loads, strengths)
    assert {member: len(hand) for member, hand in hands.items()} == {"two cores": 8, "eight cores": 32, "a card": 80}


def test_a_strong_member_that_joins_takes_its_share_from_the_weak_ones_alone() -> None:
    loads = dict.fromkeys(range(60), 1)
    held = {"a": set(range(30)), "b": set(range(30, 60)), "strong": set()}
    hands = deal(held, range(60), loads, {"a": 1.0, "b": 1.0, "strong": 4.0})
    assert len(hands["strong"]) == pytest.approx(40, abs=2)
    assert hands["a"] < held["a"]
    assert hands["b"] < held["b"]


@pytest.mark.parametrize("seed", range(20))
def test_dealing_by_any_strengths_ends_and_what_was_dealt_stays(seed: int) -> None:
    dice = random.Random(seed)
    loads = {one: dice.choice((0, 0, 1, 2, 5)) for one in range(60)}
    strengths = {f"m{n}": dice.choice((0.5, 1.0, 2.0, 7.0)) for n in range(dice.randint(1, 9))}
    hands = deal(dict.fromkeys(strengths, ()), range(60), loads, strengths)
    assert sorted(one for hand in hands.values() for one in hand) == list(range(60))
    assert deal(hands, range(60), loads, strengths) == hands


def test_what_is_even_stays_where_it_is() -> None:
    loads = dict.fromkeys(range(10), 3)
    held = {"a": set(range(5)), "b": set(range(5, 10))}
    assert deal(held, range(10), loads) == held


def test_a_new_member_gets_its_share_and_nothing_else_moves() -> None:
    loads = dict.fromkeys(range(12), 1)
    held = {"a": set(range(6)), "b": set(range(6, 12)), "c": set()}
    hands = deal(held, range(12), loads)
    assert keys(hands, loads) == [4, 4, 4]
    assert hands["a"] < held["a"]
    assert hands["b"] < held["b"]


def test_what_a_dead_member_held_goes_to_those_who_have_least_and_they_keep_theirs() -> None:
    loads = dict.fromkeys(range(9), 1) | {6: 3}
    hands = deal({"a": {0, 1, 2}, "b": {3, 4, 5}}, range(9), loads)
    assert hands["a"] >= {0, 1, 2}
    assert hands["b"] >= {3, 4, 5}
    assert keys(hands, loads) == [5, 6]


def test_a_tenth_of_a_share_is_not_worth_a_move() -> None:
    held = {"a": set(range(52)), "b": set(range(52, 100))}
    assert deal(held, range(100), dict.fromkeys(range(100), 1)) == held


@pytest.mark.parametrize("seed", range(20))
def test_any_group_ends_with_every_partition_once_and_even(seed: int) -> None:
    dice = random.Random(seed)
    loads = {one: dice.choice((0, 0, 1, 2, 5)) for one in range(60)}
    members = [f"m{n}" for n in range(dice.randint(1, 9))]
    held: dict[str, set[int]] = {member: set() for member in members}
    for one in range(60):
        holder = dice.choice([*members, None])
        if holder is not None:
            held[holder].add(one)
    hands = deal(held, range(60), loads)
    assert sorted(one for hand in hands.values() for one in hand) == list(range(60))
    counts = keys(hands, loads)
    assert counts[-1] - counts[0] <= max(5, 0.1 * sum(counts) / len(counts))
    assert deal(hands, range(60), loads) == hands


def test_who_was_left_behind_does_not_hold_what_it_still_claims() -> None:
    claims = {
        "lost": Claim(frozenset({1, 2}), generation=3, loads={1: 9, 2: 9}),
        "heir": Claim(frozenset({1}), generation=5, loads={1: 1, 2: 7}),
    }
    held, loads = settled(claims)
    assert held == {"lost": {2}, "heir": {1}}
    assert loads == {1: 1, 2: 9}


def test_the_keys_of_a_dead_member_are_known_from_the_others() -> None:
    claims = {
        "a": Claim(frozenset({0}), generation=4, loads={0: 2, 1: 6}),
        "new": Claim(frozenset(), generation=-1, loads={}),
    }
    assert settled(claims) == ({"a": {0}, "new": set()}, {0: 2, 1: 6})
