"""Blocks that overlap, and the one order that their orders imply, as JointRank makes it."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reranking.blocks import n_parts, page_rank, permuted_blocks, win_rates, wins
from tests.core.reranking.golden import falls
from tests.shared import shared


def cases():
    file = shared("golden/listwise") / "jointrank.json"
    return json.loads(file.read_text("utf-8"))["cases"]


def test_joined_orders_are_the_official_codes():
    found = cases()
    for case in found:
        orders = case["inputs"]["rankings of the blocks, best first"]
        table = wins(1 + max(map(max, orders)), orders)
        assert table.sum() == case["expected"].get("comparisons", case.get("comparisons"))
        for name, joined in (("pagerank", page_rank(table)), ("win rate", win_rates(table))):
            expected = case["expected"][name]
            assert np.abs(joined - expected["scores"]).max() < 1e-6, (case["id"], name)
            assert falls(joined, expected["order"], 1e-6)
        assert n_parts(table) == (2 if "never meet" in case["id"] else 1)
    assert len(found) == 10


@given(st.integers(2, 40), st.integers(2, 12), st.integers(1, 4), st.integers(0, 2**31))
def test_every_item_stands_in_as_many_blocks_as_there_are_repeats(n, size, repeats, seed):
    blocks = permuted_blocks(n, size, repeats, seed)
    counts = np.bincount([item for block in blocks for item in block], minlength=n)
    assert (counts == repeats).all()
    assert all(2 <= len(block) <= size + 1 for block in blocks)
    assert blocks == permuted_blocks(n, size, repeats, seed)


@pytest.mark.parametrize("join", [page_rank, win_rates])
def test_items_that_never_met_are_equal(join):
    assert len(set(np.round(join(np.zeros((4, 4))), 9))) == 1
