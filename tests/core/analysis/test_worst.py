"""The finder of worst slices: quiet on noise, sharp on a planted slice."""

import numpy as np
import pytest

from core.analysis.worst import LEVEL, MIN_SIZE, worst_slices
from core.types.corpus import ImageRecord
from core.types.rankings import QueryOutcome

N, PER_INSTANCE = 120, 2
VALUES = {"light": 6, "background": 5, "family": 10, "season": 4}
"""Text attributes and how many values each has; `angle` is a number on top, in quartiles."""


def outcome(place: int, ap: float) -> QueryOutcome:
    instance = f"i{place // PER_INSTANCE:03d}"
    return QueryOutcome(f"q{place:03d}", instance, 3, 0.5, ap, ap, 1.0, 1, 1, "unmoved", (), (), 0)


def corpus(seed: int, tags=None):
    """Queries in pairs of one instance, whose APs are alike, with attributes drawn at random.

    `family` is the same for both queries of an instance.
    """
    rng = np.random.default_rng(seed)
    queries = {}
    family = rng.integers(0, VALUES["family"], N // PER_INSTANCE)
    for place in range(N):
        drawn = {name: f"{name} {rng.integers(0, n)}" for name, n in VALUES.items()}
        drawn["family"] = f"family {family[place // PER_INSTANCE]}"
        drawn["angle"] = f"{rng.uniform(0, 90):.2f}"
        name = f"q{place:03d}"
        queries[name] = ImageRecord(
            name, name, "query", None, 9, 9, "", tags=drawn | (tags or {}).get(place, {})
        )
    base = np.repeat(rng.beta(2, 2, N // PER_INSTANCE), PER_INSTANCE)
    return queries, np.clip(base + rng.normal(0, 0.12, N), 0, 1)


def test_at_most_16_of_200_shuffles_yield_any_finding():
    found = 0
    for seed in range(200):
        queries, aps = corpus(seed)
        outcomes = [outcome(i, float(ap)) for i, ap in enumerate(aps)]
        found += bool(worst_slices(outcomes, queries, shuffles=400, seed=seed).findings)
    # 5 % of 200 are 10; 16 is its 98th percentile
    assert found <= 16


@pytest.mark.parametrize("shuffles", [19, 20, 399, 400, 401])
def test_a_slice_is_a_finding_exactly_where_its_bound_is_below_0(shuffles):
    judged = []
    for seed in range(12):
        queries, aps = corpus(seed)
        queries_of_3 = [name for name in queries if queries[name].tags["season"] == "season 3"]
        shift = dict.fromkeys(queries_of_3, 0.06 * (seed % 6))  # from nothing to plain
        outcomes = [outcome(i, float(ap) - shift.get(f"q{i:03d}", 0.0)) for i, ap in enumerate(aps)]
        search = worst_slices(outcomes, queries, shuffles=shuffles, seed=seed)
        judged += [(one.p_value <= LEVEL, one.bound < 0) for one in search.tried]
        assert len(search.findings) == sum(one.bound < 0 for one in search.tried)
    assert all(flagged == below for flagged, below in judged)
    assert {flagged for flagged, _ in judged} == {True, False}


def test_with_too_few_shuffles_there_is_neither_finding_nor_bound():
    queries, aps = corpus(0)
    outcomes = [outcome(i, float(ap)) for i, ap in enumerate(aps)]
    search = worst_slices(outcomes, queries, shuffles=18)
    assert search.findings == ()
    assert {one.bound for one in search.tried} == {None}


def test_the_bound_holds_the_planted_effect():
    missed = 0
    for seed in range(60):
        rng = np.random.default_rng(2000 + seed)
        bad = {int(i) for i in rng.choice(N, 20, replace=False)}
        tags = {i: {"lens": "cracked" if i in bad else "whole"} for i in range(N)}
        queries, aps = corpus(seed, tags)
        outcomes = [outcome(i, float(ap) - 0.15 * (i in bad)) for i, ap in enumerate(aps)]
        search = worst_slices(outcomes, queries, shuffles=200, seed=seed)
        found = next(one for one in search.tried if one.value == "cracked")
        missed += found.bound < -0.15
    assert missed <= 7  # 5 % of 60 are 3; 7 is its 98th percentile


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_slice_of_20_queries_is_found(seed):
    rng = np.random.default_rng(1000 + seed)
    bad = {int(i) for i in rng.choice(N, 20, replace=False)}
    tags = {i: {"lens": "cracked" if i in bad else "whole"} for i in range(N)}
    queries, aps = corpus(seed, tags)
    aps = 0.35 + 0.6 * aps  # so that 0.3 can be taken from every one
    outcomes = [outcome(i, float(ap) - 0.3 * (i in bad)) for i, ap in enumerate(aps)]
    search = worst_slices(outcomes, queries)
    worst = search.findings[0]
    assert (worst.attribute, worst.value, worst.n, worst.n_rest) == ("lens", "cracked", 20, 100)
    assert worst.p_value <= LEVEL
    assert -0.3 < worst.bound < 0
    assert worst.effect == pytest.approx(
        np.mean([outcomes[i].ap_after for i in sorted(bad)])
        - np.mean([outcomes[i].ap_after for i in range(N) if i not in bad])
    )


def test_a_better_slice_is_no_finding():
    tags = {i: {"lens": "new" if i < 20 else "whole"} for i in range(N)}
    queries, _ = corpus(1, tags)
    outcomes = [outcome(i, 0.9 if i < 20 else 0.4 + 0.01 * (i % 3)) for i in range(N)]
    search = worst_slices(outcomes, queries)
    assert ("lens", "new") not in {(f.attribute, f.value) for f in search.findings}


def test_slices_too_small_to_judge_are_not_tried():
    tags = {i: {"lens": "rare" if i < MIN_SIZE - 1 else "whole"} for i in range(N)}
    queries, aps = corpus(2, tags)
    search = worst_slices([outcome(i, float(ap)) for i, ap in enumerate(aps)], queries)
    assert "lens" not in {f.attribute for f in search.tried}
    assert all(f.n >= MIN_SIZE and f.n_rest >= MIN_SIZE for f in search.tried)


def test_the_same_seed_gives_the_same_answer_and_order_of_queries_no_other():
    queries, aps = corpus(3)
    outcomes = [outcome(i, float(ap)) for i, ap in enumerate(aps)]
    assert worst_slices(outcomes, queries) == worst_slices(outcomes, queries)


def test_without_attributes_nothing_is_tried():
    queries = {"q000": ImageRecord("q000", "q", "query", None, 9, 9, "")}
    assert worst_slices([outcome(0, 0.5)], queries).tried == ()
    assert worst_slices([], {}).tried == ()
