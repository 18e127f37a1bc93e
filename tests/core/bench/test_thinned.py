"""A thinned second stage: every screen ranks as the strips do, and counts the same pairs."""

from dataclasses import replace

import numpy as np
import pytest

from core.bench.orders import Noted
from core.types.annotation import QueueSpec
from core.types.orders import Fusion
from tests.core.stand_ins import ColourScorer, ColourTower, make_workbench

DEPTH, THIN = 6, 3
SETTING = Fusion(DEPTH, 0.0, 1.0)


class UpsideDown(ColourScorer):
    """Prefers the candidates that are least like the query, against MaxSim."""

    def score(self, query_tokens, candidates, mass_first=8):
        for batch in super().score(query_tokens, candidates, mass_first):
            yield [replace(one, logit_no=-one.logit_no) for one in batch]


class ScatteredTower(ColourTower):
    """Its descriptors put images in another order than MaxSim on its tokens does."""

    def describe_encoded(self, images, tokens):
        vectors = np.stack([np.cos(37 * one.tokens.mean(axis=0)) for one in tokens])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    settings = {"ranking.depth": DEPTH, "ranking.thin": THIN}
    opened = make_workbench(
        tiny_corpus_root,
        tmp_path / "w",
        tower=ScatteredTower(),
        scorer=UpsideDown(),
        **settings,
    )
    list(opened.runs.build_index())
    list(opened.runs.evaluate(DEPTH))
    yield opened
    opened.close()


def ranks(view):
    return {card.image_id: card.rank_after for card in view.after}


def test_a_thinned_order_is_not_that_of_the_scores_alone(bench):
    views = [bench.queries.inspect(o.query_id, SETTING) for o in bench.runs.outcomes(SETTING)]
    assert any(view.after != view.before for view in views)
    assert any(card.is_thinned for view in views for card in view.after)


@pytest.mark.parametrize("kind", ["hard", "query"])
def test_queues_rank_as_the_strips_do(bench, kind):
    queries = [outcome.query_id for outcome in bench.runs.outcomes(SETTING)]
    specs = [QueueSpec("hard")] if kind == "hard" else [QueueSpec("query", q) for q in queries]
    items = [item for spec in specs for item in bench.annotations.queue(spec, SETTING).items]
    assert items
    for item in items:
        view = bench.queries.inspect(item.query_id, SETTING)
        assert item.rank_after == ranks(view)[item.image_id]


def test_mined_queues_and_ledgers_see_the_order_of_the_strips(bench):
    for outcome in bench.runs.outcomes(SETTING):
        view = bench.queries.inspect(outcome.query_id, SETTING)
        assert view.outcome == outcome


def test_overview_labels_and_failures_withhold_by_one_rule(bench, monkeypatch):
    """One of the 12 pairs that were to be scored has no score: more than a twentieth.

    Counted over the depth, it would be one of 24 pairs, and the mAP would be shown.
    """
    monkeypatch.setattr("core.analysis.evaluation.MAX_UNSCORED_SHARE", 0.05)
    query = bench.runs.outcomes(SETTING)[0].query_id
    forget_a_score(bench.runs._orders, query, bench.queries.inspect(query, SETTING))
    summary = bench.runs.summary(SETTING, intervals=False)
    assert (summary.n_unscored, summary.n_pairs, summary.map_after) == (1, 4 * THIN, None)
    assert bench.labels.effect(None, SETTING).map_after_filed is None
    assert bench.failures.report(SETTING).withheld


def forget_a_score(orders, query, view):
    scored = next(card.image_id for card in view.after if card.margin is not None)
    earlier, last = orders._noted[query].stages
    kept = {i: one for i, one in last.items() if i != scored}
    orders._noted[query] = Noted((earlier, kept))
    orders._revision += 1
