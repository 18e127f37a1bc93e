"""What a measure and a protocol are in the table: names, formula, source and the function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.types.benchmarks import Benchmark, MeasuredValue, Rankings

Values = tuple[MeasuredValue, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A family of published numbers that one function computes.

    `name` is how it is published, `formula` one line, `source` the repository, commit and file that
    it equals. `compute` raises ProtocolError where the official code has no number.
    """

    name: str
    formula: str
    source: str
    compute: Callable[[Benchmark, Rankings], Values]


@dataclass(frozen=True, slots=True)
class Protocol:
    """One row of the table.

    `difference` is one sentence: why its number is not AP@k of this bench. `is_open` says that
    lists of queries which the ground truth does not name count too. `n_listed` is how many images
    of a list its measures read, None for all: it has no cut-off.
    """

    name: str
    title: str
    measures: tuple[Measure, ...]
    difference: str
    is_open: bool = False
    n_listed: int | None = None


def mean_value(name: str, per_query: Mapping[str, float]) -> MeasuredValue:
    """Return the plain mean over queries; None where there is no query."""
    n = len(per_query)
    mean = sum(per_query.values()) / n if n else None
    return MeasuredValue(name, mean, n, per_query)


def mean_of_means(name: str, groups: Mapping[str, Mapping[str, float]]) -> MeasuredValue:
    """Return the mean of the groups' means, each group weighing the same.

    Args:
        name: The published name.
        groups: By group, its queries' values; groups without a query are left out.
    """
    means = [sum(group.values()) / len(group) for group in groups.values() if group]
    per_query = {query: value for group in groups.values() for query, value in group.items()}
    mean = sum(means) / len(means) if means else None
    return MeasuredValue(name, mean, len(per_query), per_query)
