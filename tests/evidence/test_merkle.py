"""RFC 9162 trees: roots, inclusion and consistency, against the definitions written out."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import merkle

LEAVES = [merkle.leaf_hash(n.to_bytes(2, "big")) for n in range(300)]


def by_definition(leaves):
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 300])
def test_the_root_is_that_of_the_definition(size):
    assert merkle.root_of(LEAVES[:size]) == by_definition(LEAVES[:size])


def test_a_leaf_is_the_hash_of_a_zero_byte_and_the_data():
    assert merkle.leaf_hash(b"row") == hashlib.sha256(b"\x00row").digest()


@given(st.integers(1, 300), st.data())
def test_every_leaf_leads_to_the_root_and_to_no_other(size, data):
    n = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(merkle.subtrees_of(LEAVES), n, size)
    root = by_definition(LEAVES[:size])
    assert merkle.root_from_inclusion(LEAVES[n], n, size, path) == root
    if size > 1:
        other = (n + 1) % size
        assert merkle.root_from_inclusion(LEAVES[other], n, size, path) != root


@given(st.integers(2, 300), st.data())
def test_a_path_that_is_cut_or_longer_never_passes(size, data):
    n = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(merkle.subtrees_of(LEAVES), n, size)
    for wrong in (path[:-1], [*path, path[-1]]):
        with pytest.raises(ValueError, match="too"):
            merkle.root_from_inclusion(LEAVES[n], n, size, wrong)


@given(st.integers(1, 300), st.data())
def test_an_older_tree_is_shown_to_begin_a_newer_one(size, data):
    old = data.draw(st.integers(1, size))
    proof = merkle.consistency(merkle.subtrees_of(LEAVES), old, size)
    old_root, root = by_definition(LEAVES[:old]), by_definition(LEAVES[:size])
    assert merkle.check_consistency(old, old_root, size, root, proof)
    assert not merkle.check_consistency(old, bytes(32), size, root, proof)
    if old < size:
        assert not merkle.check_consistency(old, old_root, size, bytes(32), proof)


@given(st.integers(2, 300), st.data())
def test_a_tree_with_one_old_leaf_rewritten_is_not_consistent(size, data):
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    leaves = [*LEAVES[:changed], merkle.leaf_hash(b"rewritten"), *LEAVES[changed + 1 :]]
    proof = merkle.consistency(merkle.subtrees_of(leaves), old, size)
    root = by_definition(leaves[:size])
    assert not merkle.check_consistency(old, by_definition(LEAVES[:old]), size, root, proof)


def test_a_leaf_that_is_not_there_has_no_path():
    with pytest.raises(ValueError, match="not among"):
        merkle.inclusion(merkle.subtrees_of(LEAVES), 7, 7)
