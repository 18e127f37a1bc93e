"""DISC21, equal to isc/metrics.py on its golden cases."""

import pytest

from core.analysis.protocols.disc21 import micro_ap, recall_at_precision, recall_at_rank
from core.analysis.protocols.table import measure
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, scored, values_of


def truth(pairs, names):
    queries = [
        BenchmarkQuery(name, name, positives=frozenset(image for q, image in pairs if q == name))
        for name in sorted({q for q, _ in pairs} | set(names))
    ]
    return bench("disc21", queries, [])


def lists(predictions):
    found = {}
    for query, image, score in predictions:
        images, scores = found.setdefault(query, ([], []))
        images.append(image)
        scores.append(score)
    return {query: scored(images, scores) for query, (images, scores) in found.items()}


@pytest.mark.parametrize("case_id", golden("disc21"))
def test_all_numbers_equal_the_official_code(case_id):
    inputs, expected = case("disc21", case_id)
    rankings = lists(inputs["predictions"])
    benchmark = truth(inputs["ground truth"], rankings)
    found = (
        *micro_ap(benchmark, rankings),
        *recall_at_precision(benchmark, rankings),
        *recall_at_rank(benchmark, rankings),
    )
    assert values_of(found) == pytest.approx(
        {
            "DISC21 micro AP": expected["uAP"],
            "DISC21 recall at 90 % precision": expected["recall at P90"],
            "DISC21 threshold at 90 % precision (score)": expected["threshold at P90"],
            "DISC21 recall at rank 1": expected["recall at rank 1"],
            "DISC21 recall at rank 10": expected["recall at rank 10"],
        },
        abs=EXACT,
    )


def test_a_match_stands_behind_the_errors_of_its_score():
    benchmark = truth([("q", "m")], ["q"])
    tie = {"q": scored(["m", "n"], [0.5, 0.5])}
    assert micro_ap(benchmark, tie)[0].value == 0.5
    assert recall_at_rank(benchmark, tie)[0].value == 0.0


def test_pairs_of_queries_without_a_match_are_errors():
    benchmark = truth([("q", "m")], ["q", "r"])
    rankings = {"q": scored(["m"], [0.5]), "r": scored(["n"], [0.9])}
    assert micro_ap(benchmark, rankings)[0].value == 0.5


def test_pairs_of_queries_that_the_ground_truth_does_not_name_are_errors_too():
    benchmark = truth([("q", "m")], ["q"])
    rankings = {"q": scored(["m"], [0.5]), "unnamed": scored(["n"], [0.9])}
    (one, *_) = measure(benchmark, rankings)
    assert (one.value, one.n) == (0.5, 2)


def test_a_precision_that_is_never_reached_has_no_recall():
    benchmark = truth([("q", "m")], ["q"])
    found = recall_at_precision(benchmark, {"q": scored(["n", "m"], [0.9, 0.5])})
    assert [one.value for one in found] == [None, None]


def test_a_mere_order_is_refused():
    with pytest.raises(ProtocolError, match="'q' has no scores"):
        micro_ap(truth([("q", "m")], ["q"]), {"q": RankedList(["m"])})


def test_an_image_given_twice_is_refused():
    with pytest.raises(ProtocolError, match="holds image 'm' more than once"):
        micro_ap(truth([("q", "m")], ["q"]), {"q": scored(["m", "m"], [1, 0])})


def test_a_ground_truth_without_a_match_is_refused():
    for of in (micro_ap, recall_at_precision, recall_at_rank):
        with pytest.raises(ProtocolError, match="holds no match"):
            of(truth([], ["q"]), {"q": scored(["m"], [1])})


def test_no_prediction_at_all_finds_nothing():
    benchmark = truth([("q", "m")], ["q"])
    assert micro_ap(benchmark, {})[0].value == 0.0
    assert [one.value for one in recall_at_rank(benchmark, {})] == [0.0, 0.0]
