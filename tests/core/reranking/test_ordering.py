"""Orders of pipelines: worked by hand, and properties of any pipeline."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.reranking.fusion import rank_after
from core.reranking.ordering import order_of
from core.types.orders import Fusion
from core.types.scores import Shortlist
from tests.orders import known_in, stage

PLAIN = Fusion(4, 0.0, 1.0)


def shortlist(n: int) -> Shortlist:
    return Shortlist("q", tuple("abcdefgh"[:n]), np.linspace(0.9, 0.2, n, dtype=np.float32))


def test_each_stage_re_orders_the_first_of_the_order_before_it():
    first = stage("maxsim", None, {"a": 0.1, "b": 0.7, "c": 0.8, "d": 0.9})
    second = stage("mllm", 2, {"a": 5.0, "b": 4.0, "c": 3.0, "d": 1.0})
    order = order_of(shortlist(5), [first, second], PLAIN)
    assert order.stages[0].image_ids == tuple("dcbae")
    assert order.stages[1].image_ids == order.after == tuple("cdbae")
    assert order.last.scores == {"d": 1.0, "c": 3.0}  # b and a were not asked for
    assert (order.head, order.pending) == (tuple("abcd"), ())


def test_ties_are_broken_by_the_order_before_the_stage():
    first = stage("maxsim", None, {"a": 0.1, "b": 0.2, "c": 0.3})
    second = stage("mllm", 3, dict.fromkeys("abc", 1.0))
    assert order_of(shortlist(4), [first, second], Fusion(3, 0.0, 1.0)).after == tuple("cbad")


def test_a_candidate_without_a_score_keeps_its_place():
    first = stage("maxsim", None, {"a": 0.1, "c": 0.3, "d": 0.9})
    order = order_of(shortlist(5), [first], PLAIN)
    assert order.after == tuple("dbcae")
    assert (order.stages[0].unscored, order.n_unscored, order.pending) == (("b",), 1, ("b",))


def test_a_later_stage_may_look_deeper_than_the_one_before():
    first = stage("mllm", None, {"a": 1.0, "b": 2.0})
    second = stage("mllm", 4, {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0})
    assert order_of(shortlist(4), [first, second], Fusion(2, 0.0, 1.0)).after == tuple("dcba")


def test_the_names_of_the_candidates_do_not_order_them():
    listed = Shortlist("q", tuple("dcba"), np.float32([0.9, 0.8, 0.7, 0.6]))
    first = stage("maxsim", None, {"a": 0.9, "b": 0.8, "c": 0.3, "d": 0.1})
    second = stage("mllm", 2, {"a": 1.0, "b": 2.0})
    order = order_of(listed, [first, second], PLAIN)
    assert [one.image_ids for one in order.stages] == [tuple("abcd"), tuple("bacd")]
    assert order.pending == ()


def test_the_fusion_joins_the_cosine_with_the_last_stages_scores():
    first = stage("maxsim", None, {"a": 0.1, "b": 0.7, "c": 0.8, "d": 0.9})
    second = stage("mllm", 2, {"d": 0.0, "c": 0.0})
    fused = order_of(shortlist(5), [first, second], Fusion(4, 1.0, 1.0))
    assert fused.last.image_ids == tuple("dcbae")
    assert fused.after == tuple("cdbae")  # by cosine c stands before d


def test_seconds_are_known_where_all_are():
    table = {"a": 1.0, "b": 2.0}
    timed = stage("mllm", None, table).__class__("mllm", order_kind(), None, known_in(table, 0.5))
    assert order_of(shortlist(2), [timed], Fusion(2, 0.0, 1.0)).stages[0].seconds == 1.0
    assert order_of(shortlist(2), [stage("mllm", None, table)], PLAIN).stages[0].seconds is None


def order_kind():
    return stage("mllm", None, {}).kind


scores = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-9, 9))


@given(
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(1, 9), scores), min_size=1, max_size=4),
    st.floats(0, 1),
)
def test_every_stage_permutes_its_depth_and_leaves_the_tail(n, tables, lam):
    listed = shortlist(n)
    depth = tables[0][0]
    stages = [
        stage(f"s{i}", depth if i else None, table) for i, (depth, table) in enumerate(tables)
    ]
    order = order_of(listed, stages, Fusion(depth, lam, 1.0))
    before = listed.image_ids
    for made in order.stages:
        assert sorted(made.image_ids[: made.depth]) == sorted(before[: made.depth])
        assert made.image_ids[made.depth :] == before[made.depth :]
        assert {*made.scores, *made.unscored} == set(before[: made.depth])
        before = made.image_ids
    assert sorted(order.after) == sorted(listed.image_ids)


@given(st.integers(1, 8), st.integers(1, 9), scores, st.floats(0, 1), st.floats(0.1, 3))
def test_one_stage_is_the_order_by_its_scores(n, depth, table, lam, gamma):
    listed = shortlist(n)
    order = order_of(listed, [stage("mllm", None, table)], Fusion(depth, lam, gamma))
    assert order.after == rank_after(listed, table, depth, lam, gamma)
