"""A stated probability held against the ground truth: its bins, its error, what is left out."""

import numpy as np
import pytest

from core.analysis.evidence_fit import calibration_error
from core.types.orders import Fusion
from core.types.scores import sigmoid
from tests.core.bench.test_evidence import DEPTH, FUSION, fitted, opened
from tests.core.stand_ins import make_workbench


@pytest.fixture
def plain(tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "p", **{"ranking.depth": DEPTH})
    list(made.runs.evaluate(DEPTH))
    yield made
    made.close()


@pytest.fixture
def joined(tiny_corpus_root, tmp_path):
    fitted(tiny_corpus_root, tmp_path / "w")
    made = opened(tiny_corpus_root, tmp_path / "w", f"evidence:own@{DEPTH}")
    list(made.runs.evaluate(DEPTH))
    yield made
    made.close()


def pairs(bench, fusion=FUSION):
    """Log-odds and labels of every scored pair that is labelled, read from the orders."""
    for query_id, order in bench.runs._orders.orders(fusion).items():
        relevance = bench.runs._session.relevance(query_id)
        for image_id, score in order.last.scores.items():
            if relevance.relation(image_id) != "junk":
                yield score, relevance.relation(image_id) == "positive"


def test_a_margin_has_one_curve_over_the_pairs_of_the_depth(plain):
    (curve,) = plain.reliability.of(FUSION)
    known = list(pairs(plain))
    assert curve.name == "P(yes)"
    assert (curve.n, curve.n_queries) == (len(known), 4)
    assert curve.n_matches == sum(is_match for _, is_match in known)
    assert sum(one.n for one in curve.bins) == curve.n
    assert curve.error == calibration_error(curve.bins)
    said = np.average([one.said for one in curve.bins], weights=[one.n for one in curve.bins])
    assert said == pytest.approx(np.mean([sigmoid(score) for score, _ in known]))
    assert curve.held_out is None


def test_a_shallower_depth_holds_fewer_pairs(plain):
    (all_of_them,) = plain.reliability.of(FUSION)
    (first,) = plain.reliability.of(Fusion(2, 0.0, 1.0))
    assert first.n < all_of_them.n
    assert first.n == len(list(pairs(plain, Fusion(2, 0.0, 1.0))))


def test_evidence_is_held_beside_the_models_own_probability(joined):
    before, after = joined.reliability.of(FUSION)
    assert (before.name, after.name) == ("P(yes)", "calibrated probability (evidence:own)")
    assert (before.n, before.n_matches) == (after.n, after.n_matches)
    assert after.error < before.error  # fitted on these very labels


def test_a_fit_of_this_corpus_says_what_it_reaches_held_out(joined):
    fit = joined.evidence.fit_named("own")
    assert joined.reliability.of(FUSION)[-1].held_out == fit.held_out.calibration_after


def test_where_no_probability_is_said_or_known_nothing_is_shown(tiny_corpus_root, tmp_path):
    named = {"ranking.scorer": "maxsim", "ranking.depth": DEPTH}
    bench = make_workbench(tiny_corpus_root, tmp_path / "m", **named)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(DEPTH))
    assert bench.reliability.of(FUSION) == ()
    bench.close()


def test_before_the_first_query_nothing_is_shown(tiny_corpus_root, tmp_path):
    bench = opened(tiny_corpus_root, tmp_path / "f")
    assert bench.reliability.of(FUSION) == ()
    bench.close()


def test_without_ground_truth_nothing_is_shown(write_corpus, tmp_path):
    bench = opened(write_corpus(None, "a.png", "b.png"), tmp_path / "u")
    list(bench.queries.score("a.png", 1))
    assert bench.runs._orders.evaluated()
    assert bench.reliability.of(FUSION) == ()
    bench.close()
