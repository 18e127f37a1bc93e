"""A run's outcomes query by query, as CSV, JSONL and Parquet."""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import ExchangeError
from core.spreadsheet import csv_text
from core.types.rankings import QueryOutcome
from core.types.runs import RunReport

_CELLS: Mapping[str, tuple[type, Callable[[RunReport, QueryOutcome], object]]] = {
    "query": (str, lambda _, outcome: outcome.query_id),
    "instance": (str, lambda _, outcome: outcome.instance_id),
    "n_positives": (int, lambda _, outcome: outcome.n_positives),
    "ap_before": (float, lambda _, outcome: outcome.ap_before),
    "ap_margin": (float, lambda _, outcome: outcome.ap_margin),
    "ap_after": (float, lambda _, outcome: outcome.ap_after),
    "ap_oracle": (float, lambda _, outcome: outcome.ap_oracle),
    "delta": (float, lambda _, outcome: outcome.delta),
    "first_positive_before": (int, lambda _, outcome: outcome.first_positive_before),
    "first_positive_after": (int, lambda _, outcome: outcome.first_positive_after),
    "class": (str, lambda _, outcome: outcome.failure_class),
    "n_intruders": (int, lambda _, outcome: len(outcome.intruder_ids)),
    "n_unscored": (int, lambda _, outcome: outcome.n_unscored),
    "depth": (int, lambda report, _: report.summary.depth),
    "lam": (float, lambda report, _: report.summary.lam),
    "gamma": (float, lambda report, _: report.summary.gamma),
    "pipeline": (str, lambda report, _: report.receipt.fields.get("pipeline")),
    "chosen_by_looking": (bool, lambda report, _: report.chosen_by_looking),
    "run_id": (str, lambda report, _: report.run_id),
    "receipt": (str, lambda report, _: report.receipt.receipt_id),
}
"""The columns in order: the type of each, and what it holds of a query or its run's setting."""
COLUMNS = tuple(_CELLS)
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
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema(
        [(name, types[kind]) for name, (kind, _) in _CELLS.items()],
        metadata={"second-look receipt": json.dumps(dict(report.receipt.fields))},
    )
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_rows(report), schema=schema), buffer)
    return buffer.getvalue()


def _rows(report: RunReport) -> list[dict[str, Any]]:
    return [
        {name: read(report, outcome) for name, (_, read) in _CELLS.items()}
        for outcome in report.outcomes
    ]
