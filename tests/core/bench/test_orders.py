"""Orders of evaluated queries: what is remembered of them, and what is computed anew."""

import csv

import pytest

from core.bench.orders import Orders
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

DISC, CROSS = "images/disc_q.png", "images/cross_q.png"
BARS = ("images/bars_1.png", "images/bars_2.png")
WHOLE, FIRST = Fusion(6, 0.0, 1.0), Fusion(1, 0.0, 1.0)


@pytest.fixture
def open_bench(tiny_corpus_root, tmp_path):
    benches = []

    def opened(pipeline="mllm@6", *, index=True, workspace="w", **settings):
        bench = make_workbench(
            tiny_corpus_root, tmp_path / workspace, **{"ranking.pipeline": pipeline, **settings}
        )
        benches.append(bench)
        if index:
            list(bench.runs.build_index())
        return bench

    yield opened
    for bench in benches:
        bench.close()


def scored(bench, *query_ids: str) -> Orders:
    """Orders that know nothing yet but these queries, whose pairs are scored."""
    orders = Orders(bench._session)
    for query_id in query_ids:
        list(bench.queries.score(query_id, 6))
        orders.note(query_id)
    return orders


def query_ids_of(outcomes):
    return [outcome.query_id for outcome in outcomes]


def test_the_first_evaluated_query_is_seen_at_once(open_bench):
    bench = open_bench()
    orders = scored(bench)
    assert (orders.outcomes(WHOLE), orders.orders(WHOLE), orders.evaluated()) == ((), {}, {})
    list(bench.queries.score(DISC, 6))
    orders.note(DISC)
    assert query_ids_of(orders.outcomes(WHOLE)) == [DISC]
    assert query_ids_of(orders.outcomes(FIRST)) == [DISC]
    assert [*orders.orders(WHOLE)] == [*orders.evaluated()] == [DISC]


def test_outcomes_are_sorted_by_query_whatever_the_order_of_evaluation(open_bench):
    orders = scored(open_bench(), DISC, BARS[1], CROSS, BARS[0])
    expected = [*BARS, CROSS, DISC]
    assert query_ids_of(orders.outcomes(WHOLE)) == expected
    assert [*orders.orders(WHOLE)] == expected


def test_every_noted_query_is_a_new_revision(open_bench):
    orders = scored(open_bench())
    seen = {orders.revision}
    for query_id in (DISC, CROSS, DISC):  # also a query that is evaluated again
        orders.note(query_id)
        seen.add(orders.revision)
    assert len(seen) == 4


def test_what_is_no_query_of_the_corpus_is_not_noted(open_bench):
    orders = scored(open_bench())
    orders.note("images/disc_1.png")
    orders.note("upload:0123456789abcdef")
    assert (orders.evaluated(), orders.outcomes(WHOLE)) == ({}, ())


def test_without_an_index_there_is_no_order(open_bench):
    bench = open_bench(index=False)
    orders, query = Orders(bench._session), bench._session.queries[DISC]
    orders.note(DISC)
    assert orders.evaluated() == {}
    assert orders.of(query, WHOLE) is None
    assert orders.noted(DISC, WHOLE) is None
    assert orders.outcome(query, None) is None


def test_a_fusion_seen_before_computes_new_queries_only(open_bench, monkeypatch):
    bench = open_bench()
    orders = scored(bench, DISC, CROSS)
    before = {fusion: orders.outcomes(fusion) for fusion in (WHOLE, FIRST)}
    computed = []
    order_of = Orders.of

    def counted(self, query, *rest):
        computed.append(query.image_id)
        return order_of(self, query, *rest)

    monkeypatch.setattr(Orders, "of", counted)
    assert {fusion: orders.outcomes(fusion) for fusion in (WHOLE, FIRST)} == before
    assert computed == []
    list(bench.queries.score(BARS[0], 6))
    computed.clear()
    orders.note(BARS[0])
    assert query_ids_of(orders.outcomes(WHOLE)) == [BARS[0], CROSS, DISC]
    assert computed == [BARS[0]]


def test_a_query_that_is_evaluated_again_has_its_new_scores(open_bench):
    bench = open_bench()
    orders = Orders(bench._session)
    orders.note(DISC)  # before its pairs are scored
    (before,) = orders.outcomes(WHOLE)
    assert (before.n_unscored, orders.withheld(WHOLE, [DISC])) == (6, True)
    list(bench.queries.score(DISC, 6))
    orders.note(DISC)
    (after,) = orders.outcomes(WHOLE)
    assert (after.n_unscored, orders.withheld(WHOLE, [DISC])) == (0, False)


def test_a_noted_query_keeps_the_last_stages_scores(open_bench):
    for pipeline, n_scored in (("mllm@6", 6), ("maxsim@6 > mllm@2", 2)):
        bench = open_bench(pipeline, workspace=f"w{n_scored}")
        orders = scored(bench, DISC)
        order = orders.noted(DISC, WHOLE)
        kept = orders.evaluated()[DISC].scores
        assert kept == order.last.scores
        assert len(kept) == n_scored


def test_other_scores_replace_those_of_the_last_stage_only(open_bench):
    for n_stages, pipeline in enumerate(("mllm@6", "maxsim@6 > mllm@3"), start=1):
        bench = open_bench(pipeline, workspace=f"w{n_stages}")
        orders, query = scored(bench, DISC), bench._session.queries[DISC]
        own = orders.of(query, WHOLE)
        turned = {image_id: -score for image_id, score in own.last.scores.items()}
        other = orders.with_scores(query, WHOLE, turned)
        assert [stage.stage for stage in other.stages] == [stage.stage for stage in own.stages]
        assert other.last.scores == turned
        n = own.last.depth
        assert other.after == (*own.after[:n][::-1], *own.after[n:])
        for first, second in zip(own.stages[:-1], other.stages[:-1], strict=True):
            assert first.scores == second.scores


def test_pairs_are_those_of_the_last_stage(open_bench):
    orders = scored(open_bench("maxsim@6 > mllm@2"), DISC, CROSS)
    assert orders.n_pairs(WHOLE, [DISC, CROSS]) == 4
    assert orders.n_pairs(WHOLE, [DISC, "images/not_evaluated.png"]) == 2
    assert orders.n_pairs(WHOLE, []) == 0


def test_seconds_of_a_query_are_those_of_all_stages_in_the_mean_over_queries(open_bench):
    bench = open_bench("maxsim@6 > mllm@2")
    assert scored(bench).seconds_per_query(WHOLE) is None
    orders = scored(bench, DISC, CROSS)
    stages = zip(*(noted.stages for noted in orders.evaluated().values()), strict=True)
    told = [sum(one.seconds for pairs in stage for one in pairs.values()) for stage in stages]
    assert orders.seconds_per_query(WHOLE) == pytest.approx(sum(told) / 2)
    uses = orders.uses(WHOLE, [DISC, CROSS])
    assert [use.n_pairs for use in uses] == [6.0, 2.0]
    assert [use.seconds for use in uses] == [pytest.approx(one / 2) for one in told]
    assert orders.uses(WHOLE, []) == ()


def test_seconds_are_not_known_where_one_stage_does_not_know_them(open_bench, tmp_path):
    bench = open_bench()
    file = tmp_path / "scores.csv"
    with file.open("w", newline="") as lines:
        rows = [(DISC, record.image_id, 0.5) for record in bench._session.corpus.database]
        csv.writer(lines).writerows([("query", "image", "score"), *rows])
    list(bench.exchange.import_scores(file, "ames", replace=False))
    bench.close()
    orders = scored(open_bench("import:ames@6 > mllm@2"), DISC)
    assert orders.seconds_per_query(WHOLE) is None
    assert [use.seconds is None for use in orders.uses(WHOLE, [DISC])] == [True, False]


def test_a_query_without_ground_truth_has_an_order_and_no_outcome(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root / "images", tmp_path / "plain")
    list(bench.runs.build_index())
    (query, *_) = bench._session.queries.values()
    orders = Orders(bench._session)
    orders.note(query.image_id)
    order = orders.noted(query.image_id, WHOLE)
    assert order.query_id == query.image_id
    assert orders.outcome(query, order) is None
    assert orders.outcomes(WHOLE) == ()
    bench.close()
