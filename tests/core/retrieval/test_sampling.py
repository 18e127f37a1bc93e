"""Even samples of rows."""

from hypothesis import given
from hypothesis import strategies as st

from core.retrieval.sampling import spread_rows


def test_few_rows_are_all_taken():
    assert spread_rows(3, 5) == (0, 1, 2)
    assert spread_rows(0, 5) == ()


def test_many_rows_are_taken_evenly():
    assert spread_rows(9, 5) == (0, 2, 4, 6, 8)
    assert spread_rows(5, 0) == ()


@given(st.integers(2, 10_000), st.integers(2, 500))
def test_no_row_is_taken_twice_and_both_ends_are(total, most):
    rows = spread_rows(total, most)
    assert len(set(rows)) == min(total, most) == len(rows)
    assert (rows[0], rows[-1]) == (0, total - 1)
