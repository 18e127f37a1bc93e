"""mAP per group of positives: a case worked by hand, and equality with AP@k under more junk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.groups import (
    ILIAS_COVERAGE,
    group_ap,
    group_means,
    members_of,
    quarter,
    quartile_bounds,
    ranked_positives,
)
from core.analysis.metrics import ap_at_k
from core.types.corpus import Relevance
from core.types.failures import GroupMean

COVERAGE = {"a": 0.05, "b": 0.30, "c": 0.10, "d": 0.50, "e": 0.20, "f": 0.06, "g": 0.40, "h": 0.15}


def group(_query_id, image_id):
    bounds = quartile_bounds(list(COVERAGE.values()))
    return f"Q{quarter(COVERAGE[image_id], bounds)}" if image_id in COVERAGE else None


def worked():
    """Two queries; their positives are a, b, c, d and e, f, g, h.

    Sorted: .05 .06 .10 .15 .20 .30 .40 .50; quartiles (linear) .09, .175, .325, so that
    Q1 = {a, f}, Q2 = {c, h}, Q3 = {b, e}, Q4 = {d, g}.
    """
    first = Relevance("q1", frozenset("abcd"), frozenset("j"))
    second = Relevance("q2", frozenset("efgh"))
    return [
        ranked_positives("q1", ("b", "n", "a", "j", "c", "m", "d"), tuple("abcdnmj"), first),
        ranked_positives("q2", ("n", "e", "f", "m", "h"), ("f", "e", "n", "m", "h"), second),
    ]


def test_the_quartiles_of_a_hand_worked_case_with_the_other_groups_removed():
    assert quartile_bounds(list(COVERAGE.values())) == pytest.approx((0.09, 0.175, 0.325))
    means = group_means(worked(), group, ("Q1", "Q2", "Q3", "Q4"), 1000, withheld=False)
    # q1 before, j junk: b n a c m d. Q1 a: n a -> 1/2; Q2 c: n c -> 1/2; Q3 b: 1; Q4 d: n m d 1/3
    # q2 before: n e f m h (g never). Q1 f: n f -> 1/2; Q2 h: n m h -> 1/3; Q3 e: n e -> 1/2; Q4: 0
    assert means == (
        GroupMean("Q1", 2, 2, pytest.approx((1 / 2 + 1 / 2) / 2), pytest.approx(1)),
        GroupMean("Q2", 2, 2, pytest.approx((1 / 2 + 1 / 3) / 2), pytest.approx((1 + 1 / 3) / 2)),
        GroupMean("Q3", 2, 2, pytest.approx((1 + 1 / 2) / 2), pytest.approx(1)),
        GroupMean("Q4", 2, 2, pytest.approx((1 / 3 + 0) / 2), pytest.approx((1 + 0) / 2)),
    )


def test_a_query_without_a_positive_in_the_group_is_skipped_and_not_0():
    only_first = group_means(worked()[:1], group, ("Q1",), 1000, withheld=False)
    both = group_means(
        worked(), lambda _q, i: "x" if i == "a" else None, ("x", "y"), 1000, withheld=False
    )
    assert both[0] == GroupMean("x", 1, 1, only_first[0].map_before, only_first[0].map_after)
    assert both[1] == GroupMean("y", 0, 0, None, None)
    assert members_of(worked(), group, "Q1") == {"q1", "q2"}


def test_a_withheld_mean_after_is_missing_and_not_0():
    assert group_means(worked(), group, ("Q1",), 1000, withheld=True)[0].map_after is None


def test_a_bound_belongs_to_the_upper_group():
    assert [quarter(v, ILIAS_COVERAGE) for v in (0.0, 0.0688, 0.13527, 0.3)] == [1, 2, 3, 4]


@given(st.text("+*-o", min_size=1, max_size=30), st.integers(0, 3), st.integers(1, 12))
def test_group_ap_is_ap_at_k_with_the_other_positives_as_junk(letters, n_unlisted, k):
    ids = [str(i) for i in range(len(letters))]
    mine = {i for i, c in zip(ids, letters, strict=True) if c == "*"} | {
        f"u{n}" for n in range(n_unlisted)
    }
    others = {i for i, c in zip(ids, letters, strict=True) if c == "+"}
    junk = {i for i, c in zip(ids, letters, strict=True) if c == "o"}
    if not mine:
        return
    whole = Relevance("q", frozenset(mine | others), frozenset(junk))
    reduced = Relevance("q", frozenset(mine), frozenset(junk | others))
    ranked = ranked_positives("q", ids, ids, whole)
    assert group_ap(ranked.before, frozenset(mine), k) == pytest.approx(
        ap_at_k(ids, reduced, k), abs=1e-12
    )
