"""Choosing from a table: the smallest that is good enough, the best that fits."""

from core.analysis.tradeoff_rows import best_within, mean_tau, smallest_within, uncompressed_row
from tests.tradeoffs import row, table

ROWS = table().rows


def test_the_uncompressed_row_is_the_deepest_of_the_scorer_named_first():
    assert uncompressed_row(ROWS) == row("none", 50, "mllm")


def test_without_an_uncompressed_row_there_is_none():
    assert uncompressed_row([row("int8")]) is None


def test_a_loss_of_exactly_one_point_is_still_within_it():
    plain, small = row("none", map_after=0.437), row("pq:48", map_after=0.427)
    assert smallest_within([plain, small], plain, 0.01) == small
    assert smallest_within([plain, small], plain, 0.0099) == plain


def test_the_smallest_is_of_the_same_scorer_and_depth():
    plain = row("none", 50)
    other = [row("pq:48", 10, map_after=0.9), row("pq:48", 50, "maxsim", map_after=0.9)]
    assert smallest_within([plain, *other], plain, 0.01) == plain


def test_of_equal_sizes_the_better_one_is_the_smallest():
    plain, worse = row("none"), row("int8", map_after=0.430)
    better = row("int8", map_after=0.435)
    assert smallest_within([plain, worse, better], plain, 0.01) == better


def test_the_best_fits_the_budget_and_ties_go_to_fewer_bytes_and_depth():
    assert best_within(ROWS, 10_000) == row("int8", 50, "mllm")
    same = [row("none", 50, map_after=0.4), row("int8", 50, map_after=0.4)]
    shallow = row("int8", 10, map_after=0.4)
    assert best_within([*same, shallow], 1e9) == shallow


def test_a_budget_below_every_size_has_no_best():
    assert best_within(ROWS, 100) is None


def test_withheld_and_failed_rows_are_never_chosen():
    withheld = row("pq:48", map_after=None)
    assert smallest_within([row("none"), withheld], row("none"), 1.0) == row("none")
    assert best_within([withheld, table().rows[-1]], 1e9) is None


def test_tau_is_the_mean_over_queries_that_have_an_order():
    orders = {"q1": ("a", "b"), "q2": ("a", "b"), "q3": ("a",)}
    assert mean_tau(orders, {"q1": ("a", "b"), "q2": ("b", "a"), "q3": ("a",)}) == 0.0
    assert mean_tau({"q3": ("a",)}, {"q3": ("a",)}) is None
