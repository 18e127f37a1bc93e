"""Golden cases of official evaluators: small invented inputs and what the official code made.

Most files are copied from the shared golden values to tests/golden/evaluators; each names
repository, commit and command. The rest is read from the shared folder where that is at hand.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.types.benchmarks import Benchmark, BenchmarkQuery, MeasuredValue, RankedList
from tests.shared import shared

FOLDER = Path(__file__).parent / "golden" / "evaluators"
EXACT = 1e-9
"""The official code is in float64."""
FLOAT32 = 1e-7
"""The official code divides in float32."""


@cache
def golden(name: str) -> dict[str, Any]:
    """One golden file by case id, from the project or else from the shared folder, or a skip."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        path = shared("golden/evaluators") / path.name
    cases = json.loads(path.read_text("utf-8"))["cases"]
    return {case["id"]: case for case in cases}


def case(name: str, case_id: str) -> tuple[Any, Any]:
    """Inputs and expected values of one case."""
    found = golden(name)[case_id]
    return found["inputs"], found["expected"]


def bench(protocol: str, queries: list[BenchmarkQuery], n: int | list[str], **more: Any):
    """A benchmark whose database are the texts of 0 to n - 1, or the names given."""
    database = rows(range(n)) if isinstance(n, int) else n
    return Benchmark(protocol, "toy", tuple(queries), database, **more)


def rows(numbers: Any) -> list[str]:
    """Rows of a database as ids."""
    return [str(number) for number in numbers]


def by_query(orders: Any) -> dict[str, RankedList]:
    """Lists of rows as rankings of the queries 0, 1, ..."""
    return {str(i): RankedList(rows(order)) for i, order in enumerate(orders)}


def scored(image_ids: list[str], scores: Any) -> RankedList:
    """A list with scores."""
    return RankedList(image_ids, np.array(scores, np.float64))


def sorted_by(image_ids: list[str], scores: Any) -> RankedList:
    """Images with their scores, falling; equal scores in the order given."""
    values = np.array(scores, np.float64)
    order = np.argsort(-values, kind="stable")
    return RankedList([image_ids[i] for i in order], values[order])


def values_of(values: tuple[MeasuredValue, ...]) -> dict[str, float | None]:
    """Values by name."""
    found = {one.name: one.value for one in values}
    assert len(found) == len(values)
    return found
