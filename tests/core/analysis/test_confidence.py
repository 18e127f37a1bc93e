"""Confidence of a first result: curves and areas are the official ones and scikit-learn's."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import auc, average_precision_score, precision_recall_curve

from core.analysis.confidence import (
    Judged,
    auprc,
    aurc,
    average_precision,
    combination,
    curve,
    trusted,
)
from core.errors import SettingsError
from tests.shared import shared


def judged(right, signal, clusters=None):
    right = np.array(right, bool)
    names = [str(row) for row in range(len(right))] if clusters is None else clusters
    return Judged(right, np.array(signal, float), names)


def test_areas_are_the_official_codes():
    file = shared("golden/evaluators") / "confidence.json"
    cases = json.loads(file.read_text("utf-8"))["cases"]
    for case in cases:
        inputs, expected = case["inputs"], case["expected"]
        first, second = (np.array(inputs[f"distance of {which}"]) for which in ("first", "second"))
        signals = {
            "inliers": inputs["inliers of top-1"],
            "distance": -first,
            "ratio of first to second": -first / second,
        }
        for name, signal in signals.items():
            found = auprc(judged(inputs["top-1 is right"], signal)).value
            assert abs(found - expected["AUC-PR in full"][name]) < 1e-9, (case["id"], name)
    assert len(cases) == 4


MANY = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=30)


@given(MANY)
@settings(max_examples=100)
def test_curves_and_areas_are_scikit_learns(rows):
    right, signal = zip(*rows, strict=True)
    made = judged(right, signal)
    if all(right) or not any(right):
        assert auprc(made) is None
        assert average_precision(made) is None
        assert aurc(made) is None
        return
    precision, recall, thresholds = precision_recall_curve(right, signal)
    points = curve(made)[::-1]
    assert [point.threshold for point in points] == thresholds.tolist()
    assert np.allclose([point.precision for point in points], precision[:-1])
    assert np.allclose([point.recall for point in points], recall[:-1])
    assert abs(auprc(made).value - auc(recall, precision)) < 1e-12
    assert abs(average_precision(made) - average_precision_score(right, signal)) < 1e-12


def test_risk_against_coverage_by_hand():
    # most trusted first: right, wrong, right, wrong: risks 0, 1/2, 1/3, 2/4
    found = aurc(judged([1, 0, 1, 0], [4, 3, 2, 1]))
    assert abs(found - (0 + 1 / 2 + 1 / 3 + 2 / 4) / 4) < 1e-12
    # all equal: half of each is wrong, whatever the order
    assert abs(aurc(judged([1, 0, 1, 0], [1, 1, 1, 1])) - 0.5) < 1e-12


def test_a_signal_that_ranks_perfectly_has_area_one_and_any_precision():
    made = judged([1, 1, 1, 0, 0], [5, 4, 3, 2, 1])
    assert auprc(made).value == 1.0
    found = trusted(made, 1.0)
    assert (found.threshold.value, found.point.recall, found.point.coverage) == (3.0, 1.0, 0.6)


def test_the_threshold_is_the_lowest_that_reaches_the_precision():
    # precision by falling threshold: 1, 1/2, 2/3, 3/4, 3/5
    made = judged([1, 0, 1, 1, 0], [5, 4, 3, 2, 1])
    assert trusted(made, 0.75).threshold.value == 2.0
    assert trusted(made, 0.76).threshold.value == 5.0
    assert trusted(made, 0.6).point.coverage == 1.0


def test_a_precision_that_is_never_reached_has_no_threshold():
    assert trusted(judged([0, 1, 0], [3, 2, 1]), 0.9) is None


def test_intervals_are_over_instances_and_repeat():
    random = np.random.default_rng(0)
    right = random.random(60) < 0.6
    signal = right + random.normal(size=60)
    clusters = [str(row // 3) for row in range(60)]
    one = auprc(judged(right, signal, clusters))
    assert one == auprc(judged(right, signal, clusters))
    assert one.low < one.value < one.high
    alone = auprc(judged(right, signal, ["same"] * 60))
    assert (alone.value, alone.low) == (one.value, None)
    found = trusted(judged(right, signal, clusters), 0.8)
    assert found.threshold.low <= found.threshold.value <= found.threshold.high
    assert 0.5 < found.reached <= 1.0


@given(MANY, st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_the_order_of_the_queries_does_not_count(rows, seed):
    right, signal = map(np.array, zip(*rows, strict=True))
    turned = np.random.default_rng(seed).permutation(len(rows))
    assert curve(judged(right, signal)) == curve(judged(right[turned], signal[turned]))
    assert aurc(judged(right, signal)) == pytest.approx(aurc(judged(right[turned], signal[turned])))


def test_a_combination_is_fitted_without_the_instance_that_it_judges():
    random = np.random.default_rng(1)
    right = random.random(80) < 0.5
    signals = np.stack([2 * right + random.normal(size=80), random.normal(size=80)], axis=1)
    clusters = np.array([f"{row // 2:02d}" for row in range(80)])
    found = combination(("a", "b"), signals, right, clusters)
    assert auprc(judged(right, found)).value > 0.7
    flipped = right.copy()
    flipped[:2] = ~flipped[:2]
    again = combination(("a", "b"), signals, flipped, clusters)
    assert again[:2].tolist() == found[:2].tolist()  # its own labels did not count
    assert not np.array_equal(again, found)


def test_what_cannot_be_combined_is_one_sentence():
    signals, clusters = np.ones((4, 1)), np.array(["a", "b", "c", "d"])
    with pytest.raises(SettingsError, match="'a' has the same score"):
        combination(("a",), signals, np.array([True, False, True, False]), clusters)
    with pytest.raises(SettingsError, match="one instance"):
        combination(("a",), signals, np.array([True, False] * 2), np.array(["a"] * 4))
