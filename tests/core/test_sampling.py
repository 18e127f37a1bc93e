"""Even samples of rows and of items."""

from hypothesis import given
from hypothesis import strategies as st

from core.sampling import even_rows, spread


def test_few_rows_are_all_taken():
    assert even_rows(3, 5) == (0, 1, 2)
    assert even_rows(5, 5) == (0, 1, 2, 3, 4)
    assert even_rows(0, 5) == ()


def test_many_rows_are_taken_evenly_by_a_rule_worked_by_hand():
    # i * 10 // 4 of i = 0 .. 3
    assert even_rows(10, 4) == (0, 2, 5, 7)
    assert even_rows(9, 5) == (0, 1, 3, 5, 7)
    assert even_rows(5, 1) == (0,)
    assert even_rows(5, 0) == ()


@given(st.integers(2, 10_000), st.integers(1, 500))
def test_no_row_is_taken_twice_and_steps_differ_by_one_at_most(total, most):
    rows = even_rows(total, most)
    assert (rows[0], len(rows)) == (0, min(total, most))
    steps = {after - before for before, after in zip(rows, (*rows[1:], total), strict=True)}
    assert min(steps) >= 1
    assert max(steps) - min(steps) <= 1


def test_items_keep_their_order_and_none_takes_all():
    items = tuple("abcdefghij")
    assert spread(items, 4) == ["a", "c", "f", "h"]
    assert spread(items, None) == spread(items, 10) == spread(items, 99) == items
