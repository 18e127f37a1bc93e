"""What every stage did to a query, and the order that each left."""

import pytest

from core.types.orders import Fusion
from tests.benches import half_imported_bench, staged_bench

QUERY = "images/disc_q.png"
PLAIN = Fusion(5, 0.0, 1.0)


@pytest.fixture
def cascade(tiny_corpus_root, tmp_path):
    bench = staged_bench(tiny_corpus_root, tmp_path / "w", "maxsim@5 > mllm@2")
    yield bench
    bench.close()


def scored(bench, fusion: Fusion = PLAIN):
    list(bench.queries.score(QUERY, fusion.depth))
    return bench.queries.inspect(QUERY, fusion)


def test_each_stage_says_what_it_was_asked_moved_and_cost(cascade):
    view = scored(cascade)
    maxsim, mllm = view.stages
    assert (maxsim.stage, maxsim.depth, maxsim.n_pairs, maxsim.n_calls) == ("maxsim", 5, 5, 0)
    assert (mllm.stage, mllm.depth, mllm.n_pairs, mllm.n_calls) == ("mllm", 2, 2, 2)
    assert (maxsim.n_pending, maxsim.n_failed, mllm.n_pending) == (0, 0, 0)
    assert maxsim.n_tokens == 5 * 16  # a 4 x 4 grid
    assert maxsim.seconds >= 0.0
    assert {c.image_id: c.rank_after for c in view.moved} == mllm.ranks
    assert mllm.ap == view.outcome.ap_margin
    before = {c.image_id: c.rank_before for c in view.moved}
    assert maxsim.n_up == sum(maxsim.ranks[i] < rank for i, rank in before.items())
    assert maxsim.n_down == sum(maxsim.ranks[i] > rank for i, rank in before.items())


def test_before_its_first_score_a_stage_is_missing_and_not_unchanged(cascade):
    view = cascade.queries.inspect(QUERY, Fusion(5, 0.0, 1.0))
    assert [stage.is_missing for stage in view.stages] == [True, True]
    assert [stage.problem for stage in view.stages] == ["", ""]
    assert [stage.n_pending for stage in view.stages] == [5, 2]
    assert [stage.ap for stage in view.stages] == [None, None]


def test_the_order_of_a_stage_starts_where_the_one_before_ended(cascade):
    scored(cascade)
    fusion = Fusion(5, 0.0, 1.0)
    whole = cascade.queries.inspect(QUERY, fusion)
    first, second = (cascade.queries.inspect_stage(QUERY, fusion, place) for place in (0, 1))
    assert [c.image_id for c in first.before] == [c.image_id for c in whole.before]
    assert [c.image_id for c in second.before] == [c.image_id for c in first.after]
    assert [c.image_id for c in second.after] == [c.image_id for c in whole.after]
    assert (first.kind.name, second.kind.name) == ("MaxSim", "margin")
    assert (first.depth, second.depth) == (5, 2)
    assert cascade.queries.inspect_stage(QUERY, fusion, 2) is None


def test_a_stage_that_could_not_run_for_a_query_says_why(tiny_corpus_root, tmp_path):
    bench = half_imported_bench(tiny_corpus_root, tmp_path)
    imported, mllm = scored(bench).stages
    assert imported.is_missing
    assert "holds no score for this pair" in imported.problem
    assert (imported.n_failed, imported.n_pending, imported.seconds) == (5, 0, None)
    assert not mllm.is_missing
    bench.close()


def test_the_fused_order_is_not_the_last_stages(cascade):
    fusion = Fusion(5, 0.9, 1.0)
    view = scored(cascade, fusion)
    assert (view.lam, len(view.stages)) == (0.9, 2)
    ranks = {c.image_id: c.rank_after for c in view.moved}
    assert ranks.keys() == view.stages[-1].ranks.keys()
