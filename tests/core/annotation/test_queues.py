"""Hard pairs of one query."""

import numpy as np

from core.analysis.outcomes import Thresholds, query_outcome
from core.annotation.queues import PER_QUERY, hard_pairs
from core.reranking.ordering import order_of
from core.types.corpus import Relevance
from core.types.orders import Fusion
from core.types.scores import Shortlist
from tests.orders import stage


def ranked(margins, positives, junk=(), query="q"):
    """The arguments of `hard_pairs` for a shortlist in the order of `margins`."""
    ids = tuple(margins)
    cosines = np.linspace(0.9, 0.1, len(ids), dtype=np.float32)
    shortlist = Shortlist(query, ids, cosines)
    relevance = Relevance(query, frozenset(positives), frozenset(junk))
    order = order_of(shortlist, [stage("mllm", None, margins)], Fusion(len(ids), 0.0, 1.0))
    outcome = query_outcome(order, relevance, None, k=1000, thresholds=Thresholds())
    return outcome, ids, order.after, relevance, margins


def test_intruders_come_first_and_then_the_positives_below_them():
    items = hard_pairs(*ranked({"a": 1.0, "n1": 3.0, "n2": 2.0, "b": 4.0, "n3": 5.0}, "ab"))
    assert [(i.image_id, i.relation, i.rank_before, i.rank_after, i.margin) for i in items] == [
        ("n3", "negative", 5, 1, 5.0),
        ("b", "positive", 4, 2, 4.0),
        ("a", "positive", 1, 5, 1.0),
    ]
    assert items[0].reason == "intruder at rank 1, AP 0.450"
    assert items[1].reason == "positive at rank 2, below 1 negative, AP 0.450"
    assert items[2].reason == "positive at rank 5, below 3 negatives, AP 0.450"


def test_a_query_that_is_right_has_no_hard_pair():
    assert hard_pairs(*ranked({"a": 3.0, "b": 2.0, "n": 1.0}, "ab")) == ()


def test_without_a_listed_positive_the_best_negatives_come():
    items = hard_pairs(*ranked({"m": 1.0, "n": 3.0}, ["gone"]))
    assert [(i.image_id, i.reason) for i in items] == [
        ("n", "negative at rank 1, no positive listed"),
        ("m", "negative at rank 2, no positive listed"),
    ]


def test_a_query_gives_few_pairs():
    margins = {f"n{i}": 10.0 - i for i in range(9)} | {f"p{i}": -float(i) for i in range(9)}
    items = hard_pairs(*ranked(margins, [f"p{i}" for i in range(9)]))
    assert len(items) == 2 * PER_QUERY


def test_the_query_itself_is_never_a_pair():
    arguments = ranked({"q": 9.0, "n": 3.0, "a": 1.0}, "a", junk=("q",))
    assert "q" not in {item.image_id for item in hard_pairs(*arguments)}
