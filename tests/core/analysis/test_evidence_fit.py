"""Fitted weights are those of scikit-learn, and what cannot be fitted is refused."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.analysis.evidence_fit import (
    PENALTY,
    LabelledPairs,
    calibration_error,
    fit_weights,
    folds,
    reliability,
    resampled_weights,
    sigmoids,
)
from core.errors import SettingsError


def drawn(n=800, seed=0, n_instances=20):
    random = np.random.default_rng(seed)
    features = random.normal(size=(n, 3)) * [1.0, 30.0, 0.01] + [0.0, 5.0, 2.0]
    is_match = random.random(n) < sigmoids(features @ [1.0, 0.05, 50.0] - 102.0)
    clusters = np.array([f"i{k}" for k in random.integers(n_instances, size=n)])
    return LabelledPairs(("mllm", "geometric", "kreciprocal"), features, is_match, clusters)


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_those_of_scikit_learn(seed):
    pairs = drawn(seed=seed)
    middle, spread = pairs.features.mean(axis=0), pairs.features.std(axis=0)
    other = LogisticRegression(C=PENALTY, tol=1e-10, max_iter=10_000).fit(
        (pairs.features - middle) / spread, pairs.is_match
    )
    found = fit_weights(pairs)
    assert np.allclose(found.weights, other.coef_[0] / spread, rtol=1e-5)
    expected = other.decision_function((pairs.features - middle) / spread)
    assert np.abs(found.log_odds(pairs.features) - expected).max() < 1e-4


def test_pairs_that_a_line_separates_have_finite_weights():
    features = np.array([[0.0], [1.0], [2.0], [3.0]])
    found = fit_weights(
        LabelledPairs(("a",), features, np.array([0, 0, 1, 1], bool), np.array(list("abcd")))
    )
    assert (found.log_odds(features) > 0).tolist() == [False, False, True, True]
    assert 0 < found.weights[0] < 100


def one_class(pairs, value):
    return LabelledPairs(
        pairs.terms, pairs.features, np.full(len(pairs.is_match), value), pairs.clusters
    )


def changed(pairs, column, value):
    features = pairs.features.copy()
    features[:, column] = value
    return LabelledPairs(pairs.terms, features, pairs.is_match, pairs.clusters)


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        (one_class(drawn(), value=False), "there is no match, so nothing can be fitted"),
        (one_class(drawn(), value=True), "there is no pair that is not a match"),
        (changed(drawn(), 1, 7.0), "Term 'geometric' has the same score for every pair"),
        (changed(drawn(), 2, np.nan), "Term 'kreciprocal' has a score that is not a finite"),
        (changed(drawn(), 0, np.inf), "Term 'mllm' has a score that is not a finite"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_sentence(pairs, text):
    with pytest.raises(SettingsError, match=text):
        fit_weights(pairs)


def test_an_instance_is_in_one_fold_and_every_row_is_held_out_once():
    clusters = drawn(n=300, n_instances=7).clusters
    held = list(folds(clusters))
    assert len(held) == 5
    assert (np.sum(held, axis=0) == 1).all()
    for fold in held:
        assert not set(clusters[fold]) & set(clusters[~fold])
    assert len(list(folds(np.array(["a", "b", "a"])))) == 2
    with pytest.raises(SettingsError, match="of one instance"):
        list(folds(np.array(["a", "a"])))


def test_resampled_weights_lie_about_the_fitted_ones_and_skip_draws_of_one_class():
    pairs = drawn()
    low, high = np.quantile(resampled_weights(pairs), [0.025, 0.975], axis=0)
    found = fit_weights(pairs).weights
    assert ((low < found) & (found < high)).all()
    few = pairs.at(np.r_[np.flatnonzero(pairs.is_match)[:1], np.flatnonzero(~pairs.is_match)[:5]])
    lone = LabelledPairs(few.terms, few.features, few.is_match, np.array(list("abcdef")))
    assert 0 < len(resampled_weights(lone)) < 200


def test_the_calibration_error_is_the_mean_gap_of_what_is_said_and_found():
    chance = np.array([0.05, 0.05, 0.95, 0.95])
    is_match = np.array([False, False, True, False])
    low, high = reliability(chance, is_match)
    assert (low.n, low.said, low.found) == (2, pytest.approx(0.05), 0.0)
    assert (high.n, high.said, high.found) == (2, pytest.approx(0.95), 0.5)
    assert calibration_error((low, high)) == pytest.approx((0.05 + 0.45) / 2)
    (only,) = reliability(np.array([1.0]), np.array([True]))
    assert only.said == 1.0
