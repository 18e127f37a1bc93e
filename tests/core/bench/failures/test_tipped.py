"""What tipped it over a whole corpus: the report, slices and queues made of it."""

from dataclasses import replace

import pytest

from core.errors import SettingsError
from core.storage.fits import FIT, sealed
from core.types.annotation import QueueSpec
from core.types.evidence import Estimate
from core.types.failures import QuerySlice
from core.types.orders import Fusion
from tests.core.bench.test_evidence import DEPTH, FUSION, TERMS, fitted, opened


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    """Evidence that believes the opposite of its terms, so that there are intruders."""
    fit = fitted(tiny_corpus_root, tmp_path / "w")
    terms = tuple(
        replace(term, weight=Estimate(weight))
        for term, weight in zip(fit.terms, (-3.0, -0.5, 0.0), strict=True)
    )
    made = opened(tiny_corpus_root, tmp_path / "w")
    made.evidence.bring(FIT.dump(sealed(replace(fit, name="wrong", terms=terms))))
    made.close()
    made = opened(tiny_corpus_root, tmp_path / "w", f"evidence:wrong@{DEPTH}")
    list(made.runs.evaluate(DEPTH))
    yield made
    made.close()


def test_the_report_counts_intruders_by_term(bench):
    report = bench.failures.report(FUSION)
    outcomes = bench.runs.outcomes(FUSION)
    assert tuple(one.term for one in report.tipped) == TERMS
    assert report.n_intruders == sum(len(one.intruder_ids) for one in outcomes) > 0
    assert 0 < sum(one.n_intruders for one in report.tipped) <= report.n_intruders
    assert [one.n_intruders > 0 for one in report.tipped] == [True, True, False]


def test_a_term_tips_by_the_difference_of_its_shares(bench):
    for term in bench.failures.report(FUSION).tipped:
        for one in term.worst:
            order = bench.runs._orders.noted(one.query_id, FUSION)
            shares = order.last.shares
            apart = {t: shares[one.image_id][t] - shares[one.positive_id][t] for t in TERMS}
            assert one.nats == apart[one.term] == max(apart.values()) > 0
            ranks = order.after.index(one.image_id), order.after.index(one.positive_id)
            assert ranks[0] < ranks[1]


def test_a_term_is_a_slice_and_a_queue_of_its_queries(bench):
    mllm = bench.failures.report(FUSION).tipped[0]
    members = bench.failures.members(QuerySlice("tipped", "mllm"), FUSION)
    assert members == {one.query_id for one in mllm.worst}
    queue = bench.annotations.queue(QueueSpec("set", "tipped:mllm"), FUSION)
    assert {item.query_id for item in queue.items} == members
    assert {(one.query_id, one.image_id) for one in mllm.worst} <= {
        (item.query_id, item.image_id) for item in queue.items
    }


def test_an_intruder_in_a_queue_says_what_put_it_first(bench):
    mllm, printed, _ = bench.failures.report(FUSION).tipped
    told = {(one.query_id, one.image_id): one for one in (*mllm.worst, *printed.worst)}
    words = {"mllm": "model", "geometric": "print"}
    queue = bench.annotations.queue(QueueSpec("hard"), FUSION)
    for item in queue.items:
        one = told.get((item.query_id, item.image_id))
        ending = "" if one is None else f", put first by {words[one.term]} (+{one.nats:.2f} nats)"
        assert item.reason.endswith(ending)
        assert ("put first" in item.reason) == (one is not None)
    assert any("put first by print" in item.reason for item in queue.items)


def test_a_term_that_is_none_is_no_slice(bench):
    with pytest.raises(SettingsError, match="no slice 'tipped:maxsim'"):
        bench.failures.members(QuerySlice("tipped", "maxsim"), FUSION)


def test_other_scorers_tip_nothing(tiny_corpus_root, tmp_path):
    made = opened(tiny_corpus_root, tmp_path / "m", **{"ranking.depth": DEPTH})
    list(made.runs.evaluate(DEPTH))
    assert made.failures.report(Fusion(DEPTH, 0.0, 1.0)).tipped == ()
    with pytest.raises(SettingsError, match="no slice"):
        made.failures.members(QuerySlice("tipped", "mllm"), FUSION)
    made.close()
