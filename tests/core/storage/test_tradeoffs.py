"""Tables on disk: equal when read back, refused when damaged."""

from dataclasses import replace

import pytest

from core.errors import StaleIndexError
from core.storage.tradeoffs import newest_table, tables
from core.storage.verify import verify
from core.types.runs import Receipt
from tests.tradeoffs import table


def test_a_table_is_read_back_as_it_was(tmp_path):
    assert tables(tmp_path).find(table().receipt.receipt_id) is None
    tables(tmp_path).save(table())
    assert tables(tmp_path).find(table().receipt.receipt_id) == table()


def test_the_newest_is_the_one_written_last_whatever_its_name(tmp_path):
    assert newest_table(tmp_path) is None
    tables(tmp_path).save(replace(table(), receipt=Receipt("ffffffffffff", {})))
    later = replace(table(), updated_at="2026-11-22T15:00:00+00:00")
    tables(tmp_path).save(later)
    assert newest_table(tmp_path) == later


def test_a_damaged_table_is_one_sentence_and_verify_finds_it(tmp_path):
    path = tables(tmp_path / "tradeoffs").save(table())
    assert [one.problem for one in verify(tmp_path)] == [None]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(StaleIndexError, match=r"tradeoff` again"):
        newest_table(tmp_path / "tradeoffs")
    assert [one.problem for one in verify(tmp_path)] == ["cannot be read as a trade-off table"]
