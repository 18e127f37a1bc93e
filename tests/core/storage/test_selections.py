"""Selections on disk: kept once, newest first, hostile names, damage, the limit."""

import pytest

from core.errors import SettingsError, StaleIndexError
from core.storage.selections import MOST, keep_selection, newest_first, selections
from core.types.maps import MapSelection

LINE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))


def made(number: int, second: int = 0) -> MapSelection:
    when = f"2026-01-01T00:00:{second:02d}.000+00:00"
    return MapSelection(f"{number:012x}", when, "pca", ("a", "b/ü.jpg"), 3, LINE)


def test_a_selection_is_read_as_it_was_written(tmp_path):
    store = selections(tmp_path / "s")
    keep_selection(store, made(1))
    assert selections(tmp_path / "s").find(made(1).selection_id) == made(1)
    assert store.find("0" * 12) is None


def test_the_newest_comes_first_and_a_second_save_changes_nothing(tmp_path):
    store = selections(tmp_path / "s")
    assert newest_first(store) == []
    for one in (made(1, 5), made(2, 9), made(3, 5), made(1, 30)):
        keep_selection(store, one)
    assert newest_first(store) == [made(2, 9), made(1, 5), made(3, 5)]
    store.remove(made(2).selection_id)
    store.remove("f" * 12)
    assert newest_first(store) == [made(1, 5), made(3, 5)]


@pytest.mark.parametrize("name", ["../x", "", "a" * 13, "A" * 12, "..", "0123456789ab.json"])
def test_what_is_no_id_is_never_a_path(tmp_path, name):
    (tmp_path / "x.json").write_text("{}")
    store = selections(tmp_path / "s")
    assert store.find(name) is None
    store.remove(name)
    assert (tmp_path / "x.json").exists()


def test_a_damaged_file_is_one_sentence(tmp_path):
    store = selections(tmp_path)
    keep_selection(store, made(1))
    (tmp_path / f"{made(1).selection_id}.json").write_text("{}")
    with pytest.raises(StaleIndexError, match="select again on the map"):
        newest_first(store)


def test_too_many_are_refused_until_one_is_deleted(tmp_path):
    store = selections(tmp_path)
    for number in range(MOST):
        keep_selection(store, made(number))
    with pytest.raises(SettingsError, match="delete one"):
        keep_selection(store, made(MOST))
    store.remove(made(0).selection_id)
    keep_selection(store, made(MOST))
