"""Ranked lists as protocols see them."""

import pytest

from core.analysis.protocols.lists import answers, by_score
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import bench, scored


def test_removed_images_and_those_of_other_galleries_are_taken_out_with_their_scores():
    query = BenchmarkQuery("q", "r", removed=frozenset("r"), gallery=tuple("rab"))
    (one,) = answers(
        bench("toy", [query], list("rabxy")), {"q": scored(list("rxab"), [4, 3, 2, 1])}
    )
    assert list(one.image_ids) == ["a", "b"]
    assert one.scores.tolist() == [2.0, 1.0]
    assert one.n_available == 2


def test_equal_scores_keep_the_order_of_the_list():
    query = BenchmarkQuery("q", "q")
    (one,) = answers(bench("toy", [query], []), {"q": scored(list("abc"), [1, 2, 1])})
    assert list(by_score(one)[0]) == ["b", "a", "c"]


def test_a_mere_order_has_falling_scores():
    query = BenchmarkQuery("q", "q")
    (one,) = answers(bench("toy", [query], []), {"q": RankedList("abc")})
    assert by_score(one)[1].tolist() == [3.0, 2.0, 1.0]


def test_queries_without_a_list_are_listed_up_to_twenty():
    queries = [BenchmarkQuery(f"q{i:02}", None) for i in range(25)]
    with pytest.raises(ProtocolError, match="25 of 25 queries") as caught:
        list(answers(bench("toy", queries, []), {}))
    assert len(caught.value.faults) == 21
    assert caught.value.faults[-1] == "... and 5 more"


def test_scores_of_another_number_than_images_are_refused():
    query = BenchmarkQuery("q", "q")
    with pytest.raises(ProtocolError, match="each of its 2 images"):
        list(answers(bench("toy", [query], []), {"q": scored(["a", "b"], [1])}))
