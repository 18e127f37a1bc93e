"""A benchmark and a measure are one file and one row each: both are added here."""

from core.analysis.protocols.measures import Measure, Protocol, mean_value
from core.analysis.protocols.table import PROTOCOLS, measure
from core.corpus.readers.recognise import read_benchmark, reader_named, recognised
from core.corpus.readers.table import READERS, Reader
from core.types.benchmarks import Benchmark, BenchmarkQuery, RankedList


def read(files, split):
    """Lines of `query image`: the image is the query's one positive."""
    pairs = [line.split() for line in files.lines("pairs.txt")]
    queries = tuple(BenchmarkQuery(q, q, positives=frozenset({i})) for q, i in pairs)
    database = tuple(dict.fromkeys(i for _, i in pairs))
    return files.checked(Benchmark("pairs", "pairs", queries, database), "pairs.txt")


ROW = Reader("pairs", "Pairs", (("pairs.txt",),), "ID.jpg", "example.org", "none", read)


def first(benchmark, rankings):
    found = {
        query.query_id: float(rankings[query.query_id].image_ids[0] in query.positives)
        for query in benchmark.queries
    }
    return (mean_value("pairs first", found),)


PROTOCOL = Protocol(
    "pairs", "Pairs", (Measure("pairs first", "share right", "here", first),), "One place."
)


def test_a_row_makes_a_folder_known_and_read_and_measured(tmp_path):
    (tmp_path / "pairs.txt").write_text("q1 a\nq2 b\n")
    readers, protocols = (*READERS, ROW), {**PROTOCOLS, "pairs": PROTOCOL}
    assert recognised(tmp_path, readers) is ROW
    row, split = reader_named("pairs", readers)
    benchmark = read_benchmark(row, tmp_path, split)
    rankings = {"q1": RankedList(["a", "b"]), "q2": RankedList(["a", "b"])}
    (value,) = measure(benchmark, rankings, protocols)
    assert (value.name, value.value, value.n) == ("pairs first", 0.5, 2)
