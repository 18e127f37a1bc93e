"""Order by margin and by fusion: ties, unscored candidates, the untouched tail."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.reranking.fusion import fused_scores, rank_after
from core.types.scores import Shortlist


def shortlist(n: int) -> Shortlist:
    cosines = np.linspace(0.9, 0.1, n, dtype=np.float32)
    return Shortlist("q", tuple("abcdefghij"[:n]), cosines)


def test_margins_order_the_depth_and_leave_the_tail():
    margins = {"a": -1.0, "b": 2.0, "c": 0.5, "d": 9.0}
    assert rank_after(shortlist(5), margins, 3, 0.0, 1.0) == ("b", "c", "a", "d", "e")


def test_ties_are_broken_by_shortlist_rank():
    margins = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 1.0}
    assert rank_after(shortlist(4), margins, 4, 0.0, 1.0) == ("b", "c", "a", "d")


def test_unscored_candidates_keep_their_places():
    margins = {"a": 0.0, "c": 1.0, "e": 2.0}
    assert rank_after(shortlist(5), margins, 5, 0.0, 1.0) == ("e", "b", "c", "d", "a")


def test_lam_one_is_the_cosine_order():
    margins = {"a": -5.0, "b": 5.0, "c": 9.0}
    assert rank_after(shortlist(3), margins, 3, 1.0, 1.0) == ("a", "b", "c")


def test_fusion_by_hand():
    # 0.5 * 0.8 + 0.5 * sigmoid(2 * 0) = 0.65
    got = fused_scores(np.float32([0.8]), np.array([0.0]), 0.5, 2.0)
    assert got == pytest.approx([0.65], abs=1e-7)


def test_lam_zero_ranks_by_margin_where_the_sigmoid_saturates():
    margins = {"a": 50.0, "b": 60.0}
    assert rank_after(shortlist(2), margins, 2, 0.0, 1.0) == ("b", "a")


def test_extreme_margins_do_not_overflow():
    got = fused_scores(np.float32([0.0, 0.0]), np.array([1e9, -1e9]), 0.5, 100.0)
    assert got == pytest.approx([0.5, 0.0])


@given(
    st.lists(st.one_of(st.none(), st.floats(-20, 20)), min_size=1, max_size=10),
    st.integers(1, 12),
    st.floats(0, 1),
    st.floats(0.1, 5),
)
def test_reranking_permutes_the_depth_and_leaves_the_rest(margins, depth, lam, gamma):
    listed = shortlist(len(margins))
    known = {i: m for i, m in zip(listed.image_ids, margins, strict=True) if m is not None}
    after = rank_after(listed, known, depth, lam, gamma)
    assert sorted(after[:depth]) == sorted(listed.image_ids[:depth])
    assert after[depth:] == listed.image_ids[depth:]
    for place, image_id in enumerate(listed.image_ids[:depth]):
        if image_id not in known:
            assert after[place] == image_id
