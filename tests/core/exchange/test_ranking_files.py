"""Rankings of a benchmark from files of any known format."""

import json

import pytest

from core.errors import ExchangeError
from core.exchange.ranking_files import open_rankings, read_rankings
from core.types.benchmarks import Benchmark, BenchmarkQuery

IMAGES = ("a", "b", "c")


def toy(protocol="sop", database=IMAGES, queries=("q", "r")):
    return Benchmark(protocol, "toy", tuple(BenchmarkQuery(q, q) for q in queries), database)


def lists(rankings):
    return {query: "".join(one.image_ids) for query, one in rankings.items()}


PAIRS = [("q", "a", 0.5), ("q", "b", 0.75), ("q", "c", 0.5), ("r", "c", 0.25)]
FILES = {
    "scores.csv": "query,image,score\n" + "".join(f"{q},{i},{s}\n" for q, i, s in PAIRS),
    "scores.jsonl": "".join(
        json.dumps({"query": q, "image": i, "score": s}) + "\n" for q, i, s in PAIRS
    ),
    "scores.json": json.dumps([{"query": q, "image": i, "score": s} for q, i, s in PAIRS]),
    "one-line.json": json.dumps({"query": "q", "image": "a", "score": 0.5}) + "\n",
    "scores.run": "".join(f"{q} Q0 {i} 9 {s} tag\n" for q, i, s in PAIRS),
    "ilias.json": json.dumps({"q": {"a": 0.5, "b": 0.75, "c": 0.5}, "r": {"c": 0.25}}),
    "disc21.csv": "query_id,reference_id,score\n" + "".join(f"{q},{i},{s}\n" for q, i, s in PAIRS),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("protocol", ["sop", "product1m"])
def test_scores_are_sorted_and_equal_ones_keep_the_order_of_the_file(name, protocol, tmp_path):
    (tmp_path / name).write_text(FILES[name])
    found = read_rankings(tmp_path / name, toy(protocol))
    if name == "one-line.json":
        assert lists(found) == {"q": "a"}
        return
    assert lists(found) == {"q": "bac", "r": "c"}
    assert found["q"].scores.tolist() == [0.75, 0.5, 0.5]


LISTS = {
    "lists.json": '{"q": ["b", "a"], "r": ["c"]}',
    "cirr.json": '{"version": "rc2", "metric": "recall", "q": ["b", "a"], "r": ["c"]}',
    "gldv2.csv": "id,images\nq,b a\nr,c\n",
    "ranks.json": '{"ranks": {"q": [1, 0], "r": [2]}}',
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_are_taken_as_they_stand_and_have_no_scores(name, tmp_path):
    (tmp_path / name).write_text(LISTS[name])
    found = read_rankings(tmp_path / name, toy())
    assert lists(found) == {"q": "ba", "r": "c"}
    assert all(one.scores is None for one in found.values())


def test_numbers_of_coco_are_the_images_of_circo(tmp_path):
    (tmp_path / "circo.json").write_text('{"0": [48319, 7]}')
    names = ("000000048319.jpg", "000000000007.jpg")
    found = read_rankings(tmp_path / "circo.json", toy("circo", names, ("0",)))
    assert tuple(found["0"].image_ids) == names


def test_lines_of_product1m_are_lists(tmp_path):
    (tmp_path / "retrieval_id_list.txt").write_text("q,b,a\n\nr,c\n")
    found = read_rankings(tmp_path / "retrieval_id_list.txt", toy("product1m"))
    assert lists(found) == {"q": "ba", "r": "c"}


def test_repeated_predictions_of_gldv2_are_kept(tmp_path):
    (tmp_path / "gldv2.csv").write_text("id,images\nq,b b a\n")
    assert lists(read_rankings(tmp_path / "gldv2.csv", toy("gldv2"))) == {"q": "bba"}


def test_all_faults_are_listed(tmp_path):
    (tmp_path / "lists.json").write_text('{"q": ["b", "z"], "q": ["a"], "x": ["a"], "r": 3}')
    with pytest.raises(ExchangeError, match=r"2 faulty lines, 1 unknown query id, 1 unknown") as c:
        read_rankings(tmp_path / "lists.json", toy())
    assert c.value.faults == (
        "lists.json, query 'q': query 'q' has a list already",
        "lists.json, query 'r': no list of images",
        "lists.json, query 'x': 'x' is no query of toy",
        "lists.json, query 'q': 'z' is no database image of toy",
    )


def test_a_pair_that_is_given_twice_is_a_fault(tmp_path):
    (tmp_path / "scores.csv").write_text("query,image,score\nq,a,1\nq,a,2\n")
    with pytest.raises(ExchangeError, match="1 faulty line") as caught:
        read_rankings(tmp_path / "scores.csv", toy())
    assert caught.value.faults == ("scores.csv:3: query 'q' and image 'a' have a score already",)


def test_a_line_that_cannot_be_read_is_a_fault(tmp_path):
    (tmp_path / "scores.csv").write_text("query,image,score\nq,a,high\n")
    with pytest.raises(ExchangeError) as caught:
        read_rankings(tmp_path / "scores.csv", toy())
    assert caught.value.faults == ("scores.csv:2: score 'high' is no number",)
    (tmp_path / "gldv2.csv").write_text("id,images\nq,a,b\n")
    with pytest.raises(ExchangeError) as caught:
        read_rankings(tmp_path / "gldv2.csv", toy())
    assert caught.value.faults == ("gldv2.csv:2: 3 columns instead of 2",)


def test_a_list_too_long_for_one_cell_is_a_fault(tmp_path):
    (tmp_path / "gldv2.csv").write_text("id,images\nq," + "a " * 100_000 + "\n")
    with pytest.raises(ExchangeError) as caught:
        read_rankings(tmp_path / "gldv2.csv", toy("gldv2"))
    assert caught.value.faults == ("gldv2.csv:2: no CSV (field larger than field limit (131072))",)


def test_a_row_that_the_database_does_not_have_is_a_fault(tmp_path):
    (tmp_path / "ranks.json").write_text('{"ranks": {"q": [0, 3], "r": 1.5}}')
    with pytest.raises(ExchangeError) as caught:
        read_rankings(tmp_path / "ranks.json", toy())
    assert caught.value.faults == (
        "ranks.json, query 'q': 3 is no row of the 3 database images",
        "ranks.json, query 'r': 1.5 is no row of the 3 database images",
    )


def test_images_that_a_ground_truth_need_not_name_are_kept_beside_one_that_it_does(tmp_path):
    (tmp_path / "run.trec").write_text("q Q0 unjudged 1 2 x\nq Q0 a 2 1 x\n")
    found = read_rankings(tmp_path / "run.trec", toy("trec"))
    assert list(found["q"].image_ids) == ["unjudged", "a"]
    (tmp_path / "run.trec").write_text("q Q0 a.jpg 1 2 x\n")
    with pytest.raises(ExchangeError, match="1 unknown image id"):
        read_rankings(tmp_path / "run.trec", toy("trec"))


def test_queries_of_disc21_without_a_match_are_kept_and_ignored_ones_of_gldv2_left_out(tmp_path):
    (tmp_path / "disc21.csv").write_text("query_id,reference_id,score\nQ9,a,1\n")
    assert list(read_rankings(tmp_path / "disc21.csv", toy("disc21"))) == ["Q9"]
    (tmp_path / "gldv2.csv").write_text("id,images\nq,a\nignored,a\n")
    found = open_rankings(tmp_path / "gldv2.csv", toy("gldv2"))
    assert list(found.rankings) == ["q"]
    assert found.notes == (
        "gldv2.csv: 1 lists of queries of usage Ignored or unknown are left out",
    )


def test_a_file_without_a_list_of_the_benchmark_is_refused(tmp_path):
    (tmp_path / "gldv2.csv").write_text("id,images\nignored,a\n")
    with pytest.raises(ExchangeError, match=r"gldv2\.csv holds no list of a query of toy"):
        read_rankings(tmp_path / "gldv2.csv", toy("gldv2"))


def test_a_file_of_no_known_format_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("these are notes\n")
    with pytest.raises(ExchangeError, match=r"no known format .* JSON lists"):
        read_rankings(tmp_path / "notes.txt", toy())
    (tmp_path / "cut.json").write_text('{"q": ["a", ')
    with pytest.raises(ExchangeError, match=r"cut\.json is no JSON"):
        read_rankings(tmp_path / "cut.json", toy())


def test_what_was_assumed_of_the_form_is_said(tmp_path):
    (tmp_path / "scores.csv").write_text("query;image;score\nq;a;1\n")
    found = open_rankings(tmp_path / "scores.csv", toy())
    assert lists(found.rankings) == {"q": "a"}
    assert len(found.notes) == 1
    assert ";" in found.notes[0]
