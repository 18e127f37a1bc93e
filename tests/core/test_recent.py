"""The small cache keeps what was used last."""

import pytest

from core.recent import Recent


@pytest.fixture
def recent():
    kept = Recent[str, int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    return kept


def test_the_value_used_longest_ago_is_dropped(recent):
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("b"), recent.get("a"), recent.get("c"), len(recent)) == (None, 1, 3, 2)


def test_a_value_is_made_once_while_it_is_kept(recent):
    calls = []
    assert recent.get_or_make("c", lambda: calls.append(1) or 3) == 3
    assert recent.get_or_make("c", lambda: calls.append(1) or 4) == 3
    assert calls == [1]


def test_what_another_thread_made_first_is_what_both_are_given(recent):
    assert recent.get_or_make("c", lambda: recent.put("c", 7) and 8) == 7


def test_nothing_is_left_of_a_cleared_cache(recent):
    recent.clear()
    assert len(recent) == 0
