"""Summaries: means by hand, withheld mAP, slices and their quartiles."""

import pytest

from core.analysis.evaluation import EvaluationCounts, StageCount, is_withheld, summarise
from core.analysis.slices import by_attribute
from core.types.corpus import ImageRecord
from core.types.rankings import QueryOutcome

COUNTS = EvaluationCounts(
    n_queries=5,
    n_database=50,
    n_skipped=1,
    n_pairs=400,
    cached_pairs=0,
    shortlist=50,
    depth=100,
    k=1000,
    lam=0.0,
    gamma=1.0,
    seconds_per_query=0.5,
    bytes_per_image=6144.0,
    stages=(),
)


def outcome(number: int, before: float, after: float, unscored: int = 0) -> QueryOutcome:
    return QueryOutcome(
        query_id=f"q{number}",
        instance_id=f"i{number}",
        n_positives=2,
        ap_before=before,
        ap_margin=after,
        ap_after=after,
        ap_oracle=1.0,
        first_positive_before=1 if before == 1 else 3,
        first_positive_after=1,
        failure_class="rescued" if after > before else "unmoved",
        hard_negative_ids=(),
        intruder_ids=(),
        n_unscored=unscored,
    )


def record(number: int, **tags: str) -> ImageRecord:
    return ImageRecord(
        f"q{number}", f"q{number}", "query", f"i{number}", 8, 8, "00" * 32, tags=tags
    )


def queries(n: int) -> dict[str, ImageRecord]:
    return {f"q{i}": record(i, light="dim" if i % 2 else "bright") for i in range(n)}


def test_means_by_hand():
    outcomes = [outcome(0, 0.5, 1.0), outcome(1, 1.0, 1.0), outcome(2, 0.0, 0.25)]
    summary = summarise(outcomes, COUNTS, queries(3), withheld=False)
    assert summary is not None
    assert (summary.map_before, summary.map_after) == (0.5, 0.75)
    assert (summary.delta_map, summary.map_oracle) == (0.25, 1.0)
    assert summary.r1_before == pytest.approx(1 / 3)
    assert summary.classes["rescued"] == 2
    assert summary.by["light"]["bright"].map_before == 0.25


@pytest.mark.parametrize(
    ("unscored", "withheld"),
    [([(0,), (4,)], False), ([(2,), (3,)], True), ([], False)],
)
def test_more_than_a_hundredth_of_the_pairs_without_a_score_withhold(unscored, withheld):
    queries = [tuple(StageCount(200, n, None) for n in stages) for stages in unscored]
    assert is_withheld(queries) == withheld


@pytest.mark.parametrize(("first", "last", "withheld"), [(1, 0, False), (2, 0, True), (0, 1, True)])
def test_every_stage_counts_the_pairs_that_it_was_asked_for(first, last, withheld):
    cascade = [(StageCount(100, first, None), StageCount(20, last, None))]
    assert is_withheld(cascade) == withheld


def test_nothing_after_re_ranking_is_shown_where_it_is_withheld():
    some = [outcome(0, 0.5, 1.0, unscored=5), outcome(1, 0.5, 0.5)]
    shown = summarise(some, COUNTS, queries(2), withheld=False)
    hidden = summarise(some, COUNTS, queries(2), withheld=True)
    assert shown is not None
    assert shown.map_after == 0.75
    assert hidden is not None
    assert (hidden.map_after, hidden.delta_map, hidden.delta_ci, hidden.r1_after) == (None,) * 4
    assert hidden.by["light"]["dim"].map_after is None
    assert hidden.map_before == 0.5


def test_no_outcome_is_no_summary():
    assert summarise([], COUNTS, {}, withheld=False) is None


def test_numbers_with_many_values_are_binned_by_quartile():
    outcomes = [outcome(i, i / 20, 1.0) for i in range(16)]
    table = {f"q{i}": record(i, angle=str(i * 10)) for i in range(16)}
    slices = by_attribute(outcomes, table, withheld=False)["angle"]
    assert [s.n for s in slices.values()] == [4, 4, 4, 4]
    assert next(iter(slices)).startswith("Q1 (0 to ")
    # queries 0 to 3: mean of 0, 1, 2, 3 twentieths
    assert next(iter(slices.values())).map_before == pytest.approx(0.075)


def test_attributes_that_say_nothing_are_left_out():
    outcomes = [outcome(i, 0.5, 0.5) for i in range(14)]
    table = {f"q{i}": record(i, same="x", name=f"n{i}") for i in range(14)}
    assert by_attribute(outcomes, table, withheld=False) == {}
