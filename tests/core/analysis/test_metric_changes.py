"""Every metric's change: means by hand, the same draws as mAP's, p corrected together."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.metric_changes import METRICS, metric_changes, resampled
from core.analysis.significance import bootstrap
from core.types.rankings import QueryOutcome
from tests.runs import make_outcome


def outcome(
    number: int, aps: tuple[float, float], firsts: tuple[int | None, int | None]
) -> QueryOutcome:
    made = make_outcome(f"q{number}", *aps)
    return replace(made, first_positive_before=firsts[0], first_positive_after=firsts[1])


def many(n: int = 40) -> list[QueryOutcome]:
    """mAP rises for all, and the first place is lost in every fourth query."""
    return [
        outcome(i, (0.3, 0.4 + i / 1000), (1, 2) if i % 4 == 0 else (1, 1) if i % 2 else (None, 3))
        for i in range(n)
    ]


def changed(outcomes: list[QueryOutcome], *, withheld: bool = False, tested: bool = True):
    draws = resampled(outcomes) if tested else None
    return metric_changes(outcomes, 1000, draws, withheld=withheld)


def test_means_and_counts_by_hand():
    some = [
        outcome(0, (0.5, 0.75), (1, 2)),
        outcome(1, (0.2, 0.1), (2, 3)),
        outcome(2, (0.45, 0.45), (4, 1)),
        outcome(3, (0.1, 0.1 + 1e-15), (None, None)),
    ]
    ap, first = changed(some)
    assert (ap.name, first.name) == ("mAP@1000", "R@1")
    assert (ap.before, ap.after) == (pytest.approx(0.3125), pytest.approx(0.35))
    assert ap.change == pytest.approx(0.0375)
    assert (ap.n_better, ap.n_worse, ap.n) == (1, 1, 4)
    # one query lost its first place and one won it
    assert (first.before, first.after, first.change) == (0.25, 0.25, 0.0)
    assert (first.n_better, first.n_worse, first.n_instances) == (1, 1, 4)


def test_the_interval_of_map_is_that_of_a_bootstrap_of_ap_alone():
    some = many()
    alone = bootstrap(
        np.array([(o.ap_before, o.ap_after) for o in some]), [o.cluster for o in some]
    )
    assert alone is not None
    ap = changed(some)[0]
    assert ap.interval == alone.difference(1, 0)
    assert ap.p == alone.p_value(1, 0)


def test_a_fall_of_the_first_place_has_an_interval_and_a_p_of_its_own():
    _, first = changed(many())
    assert first.change == pytest.approx(-0.25)
    assert first.interval is not None
    assert first.interval.low < first.change < first.interval.high < 0
    assert first.p is not None
    assert first.p < 0.01


def test_p_is_corrected_for_the_number_of_metrics():
    found = changed(many())
    p_values = sorted(one.p for one in found if one.p is not None)
    corrected = sorted(one.p_corrected for one in found if one.p_corrected is not None)
    assert len(corrected) == len(METRICS)
    assert corrected[0] == pytest.approx(min(1.0, len(METRICS) * p_values[0]))
    assert all(one.p <= one.p_corrected for one in found)


def test_queries_of_one_instance_are_one_observation():
    some = [replace(one, instance_id="mug") for one in many(8)]
    for one in changed(some):
        assert (one.interval, one.p, one.p_corrected) == (None, None, None)
        assert (one.n, one.n_instances) == (8, 1)
        assert one.change is not None


def test_nothing_after_is_shown_where_it_is_withheld():
    for one in changed(many(), withheld=True):
        shown = (one.after, one.change, one.interval, one.p, one.p_corrected)
        assert shown == (None,) * 5
        assert (one.n_better, one.n_worse) == (None, None)
        assert one.before > 0


def test_without_draws_the_change_is_shown_and_not_tested():
    for one in changed(many(), tested=False):
        assert one.change is not None
        assert (one.interval, one.p, one.p_corrected) == (None, None, None)
