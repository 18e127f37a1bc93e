"""What readers give is what measures read: every benchmark from its official files to numbers."""

import dataclasses

import pytest

from core.analysis.protocols.table import PROTOCOLS, measure
from core.corpus.readers.recognise import read_benchmark, reader_named
from core.corpus.readers.table import READERS
from core.types.benchmarks import Benchmark, RankedList
from tests.core.corpus.readers.test_formats import FOLDERS, FORMATS
from tests.official import scored

BELOW_ONE = ("P_5", "P_10", "threshold", "Product1M mP", "mAR")
"""Parts of names whose values a perfect list does not bring to 1, or which are no shares."""


def benchmark_of(folder: str) -> Benchmark:
    row, split = reader_named(FOLDERS[folder])
    return read_benchmark(row, FORMATS / folder, split)


def perfect(benchmark: Benchmark) -> dict[str, RankedList]:
    """Complete lists with the positives first, best soft targets leading, scores falling."""
    found = {}
    for query in benchmark.queries:
        images = [i for i in query.gallery or benchmark.database if i not in query.removed]
        images += sorted(query.positives - set(images))
        target = query.marks.get("target", query.positives)
        images.sort(
            key=lambda i, q=query, t=target: (
                i in q.junk,
                i not in q.positives,
                i not in t,
                -q.grades.get(i, 0.0),
            )
        )
        scores = [float(i in query.positives) - place / 1e6 for place, i in enumerate(images)]
        found[query.query_id] = scored(images, scores)
    return found


def test_every_reader_has_measures_and_every_measure_but_mmeb_a_reader():
    assert {one.name for one in READERS} == set(PROTOCOLS) - {"mmeb"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_perfect_list_of_what_was_read_has_one_under_every_name(folder):
    benchmark = benchmark_of(folder)
    asked = tuple(q for q in benchmark.queries if q.positives or benchmark.protocol == "disc21")
    asked_of = dataclasses.replace(benchmark, queries=asked)
    found = measure(asked_of, perfect(asked_of))
    assert [one.problem for one in found if one.problem] == []
    heads = [one for one in found if one.n and not any(part in one.name for part in BELOW_ONE)]
    assert heads
    for one in heads:
        assert one.value == pytest.approx(1.0, abs=1e-5), one.name
