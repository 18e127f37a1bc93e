"""Files that the benchmarks' own scripts take, by hand and read back to the same rankings."""

import csv
import io
import json
import random

import numpy as np
import pytest

from core.analysis.protocols.table import measure
from core.corpus.readers.recognise import read_benchmark, reader_named
from core.errors import ExchangeError, SettingsError
from core.exchange.ranking_files import read_rankings
from core.exchange.submissions import SUBMISSIONS, submission_text, write_submission
from core.types.benchmarks import Benchmark, BenchmarkQuery, RankedList
from tests.core.corpus.readers.test_formats import FORMATS
from tests.official import scored

FOLDERS = {
    "gldv2": "gldv2",
    "circo": "circo",
    "cirr": "cirr",
    "cirr-subset": "cirr",
    "ilias": "ilias",
    "revisited": "revisitop/roxford5k",
    "disc21": "disc21",
    "product1m": "product1m",
    "trec": "sop",
}
LISTED = {row.name: row.n_listed for row in SUBMISSIONS}
ENDINGS = {row.name: row.ending for row in SUBMISSIONS}


def benchmark_of(name: str) -> Benchmark:
    row, split = reader_named(FOLDERS[name].replace("revisitop/roxford5k", "revisited"))
    return read_benchmark(row, FORMATS / FOLDERS[name], split)


def random_rankings(benchmark: Benchmark, seed: int) -> dict[str, RankedList]:
    rng = random.Random(seed)
    found = {}
    for query in benchmark.queries:
        images = [one for one in benchmark.database if one not in query.removed]
        rng.shuffle(images)
        found[query.query_id] = scored(images, sorted((rng.random() for _ in images), reverse=True))
    return found


def expected(name, benchmark, rankings):
    """What a format holds of rankings: its first images, and of one format those of a set."""
    lists = {}
    for query in benchmark.queries:
        images = list(rankings[query.query_id].image_ids)
        if name == "cirr-subset":
            images = [one for one in images if one in query.marks["subset"]]
        lists[query.query_id] = images[: LISTED[name]]
    return lists


def test_every_format_is_tested():
    assert set(FOLDERS) == set(LISTED)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", FOLDERS)
def test_a_file_is_read_back_to_the_same_rankings(name, seed, tmp_path):
    benchmark = benchmark_of(name)
    rankings = random_rankings(benchmark, seed)
    path = tmp_path / f"rankings{ENDINGS[name]}"
    write_submission(path, name, benchmark, rankings)
    found = read_rankings(path, benchmark)
    assert {query: list(one.image_ids) for query, one in found.items()} == expected(
        name, benchmark, rankings
    )
    if name in ("ilias", "disc21"):
        for query, one in found.items():
            assert one.scores is not None
            np.testing.assert_array_equal(one.scores, rankings[query].scores[: LISTED[name]])


@pytest.mark.parametrize("name", ["gldv2", "circo", "ilias", "revisited", "disc21", "product1m"])
def test_the_numbers_of_a_file_that_is_read_back_are_the_same(name, tmp_path):
    benchmark = benchmark_of(name)
    rankings = random_rankings(benchmark, 7)
    path = tmp_path / f"rankings{ENDINGS[name]}"
    write_submission(path, name, benchmark, rankings)
    assert measure(benchmark, read_rankings(path, benchmark)) == measure(benchmark, rankings)


def toy(protocol="gldv2", database="abr", **more):
    query = BenchmarkQuery("q", "q", **more)
    return Benchmark(protocol, "toy", (query,), list(database))


def test_gldv2_has_a_row_for_every_query_and_images_parted_by_blanks():
    queries = (BenchmarkQuery("q", "q"), BenchmarkQuery("silent", "silent"))
    benchmark = Benchmark("gldv2", "toy", queries, list("ab"))
    assert submission_text("gldv2", benchmark, {"q": RankedList("ba")}) == (
        "id,images\nq,b a\nsilent,\n"
    )


def test_gldv2_and_circo_hold_the_first_100_and_50():
    images = [f"{i:012d}.jpg" for i in range(200)]
    benchmark = Benchmark("circo", "toy", (BenchmarkQuery("0", "q"),), images)
    rankings = {"0": RankedList(images)}
    assert json.loads(submission_text("circo", benchmark, rankings)) == {"0": list(range(50))}
    ((_, listed),) = list(csv.reader(io.StringIO(submission_text("gldv2", benchmark, rankings))))[
        1:
    ]
    assert listed.split() == images[:100]


def test_cirr_names_version_and_metric_and_leaves_the_reference_out():
    benchmark = toy("cirr", "rabc", removed=frozenset("r"), marks={"subset": frozenset("rab")})
    rankings = {"q": RankedList("rcab")}
    assert json.loads(submission_text("cirr", benchmark, rankings)) == {
        "version": "rc2",
        "metric": "recall",
        "q": ["c", "a", "b"],
    }
    assert json.loads(submission_text("cirr-subset", benchmark, rankings)) == {
        "version": "rc2",
        "metric": "recall_subset",
        "q": ["a", "b"],
    }


def test_revisited_holds_rows_of_the_image_list():
    assert submission_text("revisited", toy(), {"q": RankedList("rab")}) == (
        '{"ranks": {"q": [2, 0, 1]}}'
    )


def test_disc21_is_read_by_the_official_script():
    text = submission_text("disc21", toy(), {"q": scored(["a", "b"], [0.25, 1 / 3])})
    assert text == "query_id,reference_id,score\nq,a,0.25\nq,b,0.3333333333333333\n"


def test_a_mere_order_is_scored_by_places_for_ilias():
    assert json.loads(submission_text("ilias", toy(), {"q": RankedList("ba")})) == {
        "q": {"b": 2.0, "a": 1.0}
    }


def test_product1m_has_a_line_for_each_query():
    assert submission_text("product1m", toy(), {"q": RankedList("ba")}) == "q,b,a\n"


def test_an_unknown_format_is_refused_with_those_there_are():
    with pytest.raises(SettingsError, match="'kaggle' is not known; use one of: gldv2, circo"):
        submission_text("kaggle", toy(), {})


def test_what_a_format_cannot_hold_is_refused():
    with pytest.raises(ExchangeError, match="1 of 1 queries of toy have no list, such as 'q'"):
        submission_text("circo", toy(), {})
    with pytest.raises(ExchangeError, match="'a' has no number of COCO"):
        submission_text("circo", toy(), {"q": RankedList("a")})
    with pytest.raises(ExchangeError, match="The id 'a b' begins like a formula, or holds a blank"):
        submission_text("gldv2", toy(), {"q": RankedList(["a b"])})
    with pytest.raises(ExchangeError, match="The id '=a' begins like a formula"):
        submission_text("gldv2", toy(), {"q": RankedList(["=a"])})
    with pytest.raises(ExchangeError, match="'q' has no scores"):
        submission_text("disc21", toy(), {"q": RankedList("a")})
    with pytest.raises(ExchangeError, match="Image 'z' of query 'q' is not in the image list"):
        submission_text("revisited", toy(), {"q": RankedList("z")})
    with pytest.raises(ExchangeError, match="holds 1 of the 2 images that the file needs"):
        submission_text("cirr", toy(removed=frozenset("r")), {"q": RankedList("a")})
