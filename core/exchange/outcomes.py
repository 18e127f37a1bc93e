"""A run's outcomes query by query, as CSV, JSONL and Parquet."""

import io
import json
from collections.abc import Mapping
from typing import Any

from core.errors import ExchangeError
from core.spreadsheet import csv_text
from core.types.rankings import QueryOutcome
from core.types.runs import RunReport

COLUMNS = (
    "query",
    "instance",
    "n_positives",
    "ap_before",
    "ap_margin",
    "ap_after",
    "ap_oracle",
    "delta",
    "first_positive_before",
    "first_positive_after",
    "class",
    "n_intruders",
    "n_unscored",
    "run_id",
    "receipt",
)
NO_PARQUET = (
    'Parquet needs the extra `export`: python -m pip install -e ".[export]"; CSV and JSONL need '
    "nothing."
)


def outcomes_csv(report: RunReport) -> str:
    """Return one line per query; what is missing is empty.

    A cell that a spreadsheet would run as a formula gets a leading apostrophe; JSONL holds ids
    exactly.
    """
    return csv_text(COLUMNS, (list(row.values()) for row in _rows(report)))


def outcomes_jsonl(report: RunReport) -> str:
    """Return one object per query, with its hard negatives and intruders, exactly."""
    lines = (
        {
            **row,
            "hard_negatives": list(outcome.hard_negative_ids),
            "intruders": list(outcome.intruder_ids),
        }
        for row, outcome in zip(_rows(report), report.outcomes, strict=True)
    )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def outcomes_parquet(report: RunReport) -> bytes:
    """Return the columns of the CSV, typed, with the receipt in the file's metadata.

    Raises:
        ExchangeError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # pyright: ignore[reportMissingImports]
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ExchangeError(NO_PARQUET) from error
    whole = {"n_positives", "first_positive_before", "first_positive_after"}
    whole |= {"n_intruders", "n_unscored"}
    text = {"query", "instance", "class", "run_id", "receipt"}
    schema = pa.schema(
        [
            (name, pa.string() if name in text else pa.int64() if name in whole else pa.float64())
            for name in COLUMNS
        ],
        metadata={"second-look receipt": json.dumps(dict(report.receipt.fields))},
    )
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_rows(report), schema=schema), buffer)
    return buffer.getvalue()


def _rows(report: RunReport) -> list[Mapping[str, Any]]:
    return [_row(report, outcome) for outcome in report.outcomes]


def _row(report: RunReport, outcome: QueryOutcome) -> Mapping[str, Any]:
    cells = (
        outcome.query_id,
        outcome.instance_id,
        outcome.n_positives,
        outcome.ap_before,
        outcome.ap_margin,
        outcome.ap_after,
        outcome.ap_oracle,
        outcome.delta,
        outcome.first_positive_before,
        outcome.first_positive_after,
        outcome.failure_class,
        len(outcome.intruder_ids),
        outcome.n_unscored,
        report.run_id,
        report.receipt.receipt_id,
    )
    return dict(zip(COLUMNS, cells, strict=True))
