"""INSTRE, equal to vissl's evaluator on its golden cases."""

import pytest

from core.analysis.protocols.instre import mean_ap
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery
from tests.official import EXACT, bench, by_query, case, golden, rows, sorted_by


def truth(ok_1_based, n):
    queries = [
        BenchmarkQuery(str(i), None, positives=frozenset(str(row - 1) for row in ok))
        for i, ok in enumerate(ok_1_based)
    ]
    return bench("instre", queries, n)


@pytest.mark.parametrize("case_id", golden("instre"))
def test_map_equals_the_official_code_in_both_orders(case_id):
    inputs, expected = case("instre", case_id)
    benchmark = truth(inputs["ok_1_based"], len(inputs["scores"][0]))
    (one,) = mean_ap(benchmark, by_query(expected["ranks_official"]))
    assert one.value == pytest.approx(expected["mAP_official"], abs=EXACT)
    stable = {
        str(i): sorted_by(rows(range(len(scores))), scores)
        for i, scores in enumerate(inputs["scores"])
    }
    assert {q: one.image_ids for q, one in stable.items()} == {
        q: one.image_ids for q, one in by_query(expected["ranks_stable"]).items()
    }
    (one,) = mean_ap(benchmark, stable)
    assert one.value == pytest.approx(expected["mAP_stable"], abs=EXACT)
    assert list(one.per_query.values()) == pytest.approx(expected["aps_stable"], abs=EXACT)


def test_a_query_without_a_list_is_refused_with_its_name():
    with pytest.raises(ProtocolError, match="1 of 2 queries of toy have no list") as caught:
        mean_ap(truth([[1], [2]], 2), by_query([[0, 1]]))
    assert caught.value.faults == ("query '1' has no list",)
