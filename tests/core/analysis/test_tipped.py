"""What tipped it: the term in which an intruder exceeds the best positive most."""

import numpy as np
import pytest

from core.analysis.outcomes import Thresholds, query_outcome
from core.analysis.tipped import tipped, tipped_terms, tipping_term
from core.bench.orders import known_in
from core.reranking.ordering import Scored, StageScores, order_of
from core.types.corpus import Relevance
from core.types.failures import Tipped
from core.types.orders import Fusion
from core.types.scores import OFFSET, Shortlist, evidence_kind

TERMS = ("mllm", "geometric", "kreciprocal")


def shares(mllm, geometric, kreciprocal):
    return {"mllm": mllm, "geometric": geometric, "kreciprocal": kreciprocal, OFFSET: -4.0}


@pytest.mark.parametrize(
    ("intruder", "positive", "found"),
    [
        (shares(2, 1, 0), shares(1, 1, 0), ("mllm", 1.0)),
        (shares(2, 5, 0), shares(1, 1, 0), ("geometric", 4.0)),
        (shares(0, 5, 9), shares(4, 1, 0), ("kreciprocal", 9.0)),  # though the model is against it
        (shares(-1, -1, -1), shares(-3, -2, -1), ("mllm", 2.0)),
        (shares(1, 1, 1), shares(1, 1, 1), None),
        (shares(0, 0, 0), shares(1, 1, 1), None),
    ],
)
def test_the_term_is_the_one_that_exceeds_most(intruder, positive, found):
    assert tipping_term(intruder, positive) == found


def test_the_offset_tips_nothing():
    assert tipping_term({OFFSET: 5.0}, {OFFSET: 1.0}) is None


def ordered(scored, n_listed=4):
    """A query's order and outcome under evidence; b is its positive."""
    ids = tuple("abcd")[:n_listed]
    shortlist = Shortlist("q", ids, np.linspace(1, 0.5, n_listed, dtype=np.float32))
    known = {i: Scored(sum(one.values()), None, one) for i, one in scored.items()}
    stage = StageScores("evidence", evidence_kind("evidence"), None, known_in(known))
    order = order_of(shortlist, (stage,), Fusion(n_listed, 0.0, 1.0))
    relevance = Relevance("q", frozenset("b"))
    outcome = query_outcome(order, relevance, None, k=10, thresholds=Thresholds())
    return outcome, order, relevance


def test_every_intruder_says_what_put_it_before_the_best_positive():
    scored = {
        "a": shares(3, 0, 0),
        "b": shares(1, 1, 0),
        "c": shares(0, 4, 0),
        "d": shares(0, 0, 0),
    }
    found = list(tipped(*ordered(scored)))
    assert found == [Tipped("q", "c", "b", "geometric", 3.0), Tipped("q", "a", "b", "mllm", 2.0)]


def test_an_intruder_without_shares_is_left_out():
    scored = {"b": shares(1, 1, 0), "c": shares(0, 4, 0)}
    assert [one.image_id for one in tipped(*ordered(scored))] == ["c"]


def test_nothing_is_told_where_the_best_positive_was_not_scored():
    scored = {"a": shares(3, 0, 0), "c": shares(0, 4, 0)}
    outcome, order, relevance = ordered(scored)
    assert outcome.intruder_ids
    assert list(tipped(outcome, order, relevance)) == []


def test_terms_are_counted_in_their_order_with_the_clearest_first():
    found = (
        Tipped("q", "a", "b", "mllm", 1.0),
        Tipped("q", "c", "b", "mllm", 2.0),
        Tipped("r", "c", "d", "geometric", 0.5),
    )
    mllm, printed, neighbours = tipped_terms(found, TERMS)
    assert (mllm.term, mllm.n_intruders, mllm.n_queries) == ("mllm", 2, 1)
    assert mllm.worst == (found[1], found[0])
    assert (printed.n_intruders, printed.n_queries) == (1, 1)
    assert (neighbours.term, neighbours.n_intruders, neighbours.worst) == ("kreciprocal", 0, ())
