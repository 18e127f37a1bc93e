"""AMES' two passes of re-ranking, equal to the official code on its golden cases."""

import numpy as np
import pytest

from core.analysis.protocols.ames import ignored_last, mean_ap
from core.reranking.fusion import rank_after
from core.types.benchmarks import BenchmarkQuery, RankedList
from core.types.scores import Shortlist
from tests.core.analysis.protocols.test_revisited import truth
from tests.official import EXACT, by_query, case, golden, rows


def passed(inputs, query: BenchmarkQuery, setting):
    """One query's list after one pass: junk moved, then the first top_k fused and re-ordered."""
    i = int(query.query_id)
    first = rows(inputs["nn_inds"][i])
    sims = dict(zip(first, inputs["nn_sims"][i], strict=True))
    moved = ignored_last(first, query, setting)
    shortlist = Shortlist(
        query.query_id, moved, np.array([sims[image] for image in moved], np.float32), True
    )
    raw = {image: inputs["raw"][i][int(image)] for image in moved}
    return rank_after(shortlist, raw, inputs["top_k"], inputs["lamb"], inputs["temp"])


@pytest.mark.parametrize("case_id", golden("ames_rerank"))
def test_both_passes_equal_the_official_code(case_id):
    inputs, expected = case("ames_rerank", case_id)
    benchmark = truth(inputs)
    for setting, letter in (("medium", "M"), ("hard", "H")):
        lists = {
            query.query_id: RankedList(passed(inputs, query, setting))
            for query in benchmark.queries
        }
        official = by_query(expected[f"{setting}_ranks"])
        assert {q: list(one.image_ids) for q, one in lists.items()} == {
            q: one.image_ids for q, one in official.items()
        }
        (one,) = mean_ap(benchmark, lists, setting)
        aps = {str(i): ap for i, ap in enumerate(expected[f"{letter}_aps"]) if ap is not None}
        assert one.value == pytest.approx(expected[f"{letter}_map"], abs=EXACT)
        assert one.per_query == pytest.approx(aps, abs=EXACT)


@pytest.mark.parametrize("case_id", ["short-101", "short-202"])
def test_short_lists_equal_the_official_code(case_id):
    inputs, expected = case("revisitop", case_id)
    for setting, letter in (("medium", "M"), ("hard", "H")):
        (one,) = mean_ap(truth(inputs), by_query(inputs["ranks"]), setting)
        assert one.value == pytest.approx(expected["ames"][letter]["mAP"], abs=EXACT)


def test_two_passes_re_rank_two_lists():
    easy, hard = frozenset("e"), frozenset("h")
    query = BenchmarkQuery(
        "q", None, positives=easy | hard, junk=frozenset("j"), marks={"easy": easy, "hard": hard}
    )
    assert ignored_last("jenh", query, "medium") == ("e", "n", "h", "j")
    assert ignored_last("jenh", query, "hard") == ("n", "h", "j", "e")
