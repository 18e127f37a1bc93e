"""Failure classes, hard negatives and one whole outcome worked by hand."""

import numpy as np
import pytest

from core.analysis.outcomes import Thresholds, classify, hard_negatives, query_outcome
from core.reranking.ordering import order_of
from core.types.corpus import Relevance
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome
from core.types.scores import Shortlist
from tests.orders import stage

RULES = Thresholds()


@pytest.mark.parametrize(
    ("before", "after", "missed", "intruded", "expected"),
    [
        (0.2, 0.9, True, False, "missed"),
        (1.0, 0.99, False, False, "easy"),
        (0.99, 1.0, False, False, "easy"),
        (0.5, 0.55, False, False, "rescued"),
        (0.5, 0.45, False, True, "harmed by an intruder"),
        (0.5, 0.45, False, False, "harmed, demoted"),
        (0.5, 0.54, False, True, "unmoved"),
        (1.0, 0.5, False, True, "harmed by an intruder"),
    ],
)
def test_the_first_rule_that_holds_names_the_class(before, after, missed, intruded, expected):
    assert classify(before, after, missed=missed, intruded=intruded, thresholds=RULES) == expected


def test_a_class_follows_the_thresholds_that_were_chosen():
    # 0.9 to 0.95 is a change of 0.05: unmoved where 0.2 counts, easy where 0.9 does
    kinds = [
        classify(0.9, 0.95, missed=False, intruded=False, thresholds=rules)
        for rules in (RULES, Thresholds(change=0.2), Thresholds(easy=0.9, change=0.2))
    ]
    assert kinds == ["rescued", "unmoved", "easy"]


def test_hard_negatives_are_the_top_twentieth_rounded_up():
    ids = tuple(f"n{i:02d}" for i in range(21))
    margins = {image_id: float(i) for i, image_id in enumerate(ids)}
    assert hard_negatives(ids, Relevance("q", frozenset()), margins) == ("n20", "n19")


def test_no_scored_negative_means_no_hard_negative():
    assert hard_negatives(("p", "n"), Relevance("q", frozenset("p")), {"p": 1.0}) == ()


def outcome_of(margins: dict[str, float], depth: int) -> QueryOutcome | None:
    listed = Shortlist("q", tuple("npmr"), np.float32([0.9, 0.8, 0.7, 0.6]))
    order = order_of(listed, [stage("mllm", None, margins)], Fusion(depth, 0.0, 1.0))
    return query_outcome(order, Relevance("q", frozenset("pr")), "i", k=1000, thresholds=RULES)


def test_a_rescue_by_hand():
    # before n p m r: (1/2 + 2/4) / 2 = 0.5; after p r n m: 1; oracle of depth 4: 1
    got = outcome_of({"n": -1.0, "p": 3.0, "m": -2.0, "r": 1.0}, 4)
    assert got == QueryOutcome(
        query_id="q",
        instance_id="i",
        n_positives=2,
        ap_before=0.5,
        ap_margin=1.0,
        ap_after=1.0,
        ap_oracle=1.0,
        first_positive_before=2,
        first_positive_after=1,
        failure_class="rescued",
        hard_negative_ids=("n",),
        intruder_ids=(),
        n_unscored=0,
    )


def test_a_new_intruder_harms():
    # after m n p r: (1/3 + 2/4) / 2 = 5/12, below 0.5 by more than 0.05; m is new above p
    got = outcome_of({"n": 2.0, "p": 1.0, "m": 3.0, "r": 0.0}, 4)
    assert got is not None
    assert (got.failure_class, got.intruder_ids) == ("harmed by an intruder", ("m", "n"))


def test_no_positive_within_the_depth_is_missed():
    got = outcome_of({"n": 2.0}, 1)
    assert got is not None
    assert got.failure_class == "missed"
    assert got.ap_oracle == got.ap_before


def test_an_ap_of_nothing_found_by_the_cut_is_zero():
    # AP@1 with the negative n first before and after, and m first after stage one
    listed = Shortlist("q", tuple("nmpr"), np.float32([0.9, 0.8, 0.7, 0.6]))
    stages = [stage("maxsim", None, {"n": 0.0, "m": 1.0}), stage("mllm", 2, {"n": 1.0, "m": 0.0})]
    order = order_of(listed, stages, Fusion(2, 0.0, 1.0))
    got = query_outcome(order, Relevance("q", frozenset("pr")), "i", k=1, thresholds=RULES)
    assert got is not None
    assert (got.ap_before, got.ap_margin, got.ap_after, got.ap_oracle) == (0.0, 0.0, 0.0, 0.0)
    assert got.ap_ideals == (0.0,)


def test_the_oracle_may_use_the_depth_of_the_first_stage_and_an_ideal_that_of_the_next():
    # Before: n p m r. Stage one of depth 4 makes it m p n r, stage two re-orders the first 2.
    listed = Shortlist("q", tuple("npmr"), np.float32([0.9, 0.8, 0.7, 0.6]))
    first = stage("maxsim", None, {"m": 4.0, "p": 3.0, "n": 2.0, "r": 1.0})
    order = order_of(listed, [first, stage("mllm", 2, {})], Fusion(4, 0.0, 1.0))
    got = query_outcome(order, Relevance("q", frozenset("pr")), "i", k=1000, thresholds=RULES)
    assert got is not None
    assert got.ap_oracle == 1.0  # p r n m
    assert got.ap_ideals == (0.75,)  # p m n r: (1/1 + 2/4) / 2


def test_unscored_pairs_are_counted():
    got = outcome_of({"n": 2.0}, 3)
    assert got is not None
    assert got.n_unscored == 2
