"""A run's outcomes as files: guarded cells, exact JSONL, Parquet with the extra only."""

import csv
import importlib.util
import io
import json
import sys
from dataclasses import replace

import pytest

from core.errors import ExchangeError
from core.exchange.outcomes import COLUMNS, outcomes_csv, outcomes_jsonl, outcomes_parquet
from tests.runs import make_report

HAS_PARQUET = importlib.util.find_spec("pyarrow") is not None


@pytest.fixture
def report():
    made = make_report(afters=(1 / 3, 0.5), befores=(0.1, 0.7))
    return replace(
        made, outcomes=(replace(made.outcomes[0], query_id="=1+1.jpg"), *made.outcomes[1:])
    )


def test_no_spreadsheet_runs_a_name(report):
    rows = list(csv.DictReader(io.StringIO(outcomes_csv(report))))
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["query"] == "'=1+1.jpg"


def test_every_row_says_which_setting_it_holds(report):
    kept = replace(report, chosen_by_looking=True)
    row = list(csv.DictReader(io.StringIO(outcomes_csv(kept))))[1]
    assert (row["depth"], row["lam"], row["gamma"]) == ("20", "0.0", "1.0")
    assert (row["pipeline"], row["chosen_by_looking"]) == ("", "True")
    line = json.loads(outcomes_jsonl(report).splitlines()[1])
    assert (line["depth"], line["lam"], line["chosen_by_looking"]) == (20, 0.0, False)


def test_a_negative_number_is_a_number_and_not_guarded(report):
    rows = list(csv.DictReader(io.StringIO(outcomes_csv(report))))
    assert float(rows[1]["delta"]) == report.outcomes[1].delta < 0


def test_jsonl_holds_names_and_numbers_exactly(report):
    first = json.loads(outcomes_jsonl(report).splitlines()[0])
    assert (first["query"], first["ap_after"]) == ("=1+1.jpg", 1 / 3)


def test_without_the_extra_parquet_is_one_sentence(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # an import of it fails, as where it is not
    with pytest.raises(ExchangeError, match=r"extra `export`.*CSV and JSONL need nothing"):
        outcomes_parquet(report)


@pytest.mark.skipif(not HAS_PARQUET, reason="the extra `export` is not installed")
def test_parquet_holds_the_columns_typed(report):
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(outcomes_parquet(report)))
    assert tuple(table.column_names) == COLUMNS
    assert table.column("ap_after").to_pylist() == [1 / 3, 0.5]
    assert table.column("query").to_pylist()[0] == "=1+1.jpg"
