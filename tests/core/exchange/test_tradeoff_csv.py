"""A trade-off table as CSV."""

import csv
import io
import json

import pytest

from core.errors import ExchangeError
from core.exchange.tradeoff_csv import COLUMNS, table_csv, write_table
from tests.tradeoffs import RECEIPT, row, table


def test_a_row_is_written_to_the_last_bit():
    found = list(csv.DictReader(io.StringIO(table_csv(table((row("int8", 10),))))))
    (one,), made = found, row("int8", 10)
    assert tuple(one) == tuple(COLUMNS)
    assert (one["scorer"], one["resolution"], one["compression"]) == ("mllm", "full", "int8")
    assert float(one["map_after"]) == made.map_after
    assert float(one["map_after_low"]) == made.map_after_ci.low
    assert float(one["kendall_tau"]) == made.tau
    assert one["receipt"] == RECEIPT.receipt_id


def test_what_is_not_known_is_empty_and_never_0():
    last = list(csv.DictReader(io.StringIO(table_csv(table()))))[-1]
    assert (last["map_after"], last["bytes_per_image"], last["delta_low"]) == ("", "", "")
    assert last["problem"].startswith("The model enlarges")


def test_the_receipts_stand_beside_the_file(tmp_path):
    write_table(tmp_path / "t.csv", table())
    receipts = json.loads((tmp_path / "t.receipts.json").read_text("utf-8"))
    assert receipts == {RECEIPT.receipt_id: RECEIPT.fields}


@pytest.mark.parametrize("name", ["t.txt", "no/such/folder/t.csv"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, name):
    with pytest.raises(ExchangeError):
        write_table(tmp_path / name, table())
