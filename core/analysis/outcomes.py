"""One query's outcome: four APs, its failure class, hard negatives and intruders."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from core.analysis.metrics import ap_at_k, first_positive_rank, intruders, oracle_order
from core.types.corpus import Relevance
from core.types.orders import Order
from core.types.rankings import FailureClass, QueryOutcome

HARD_SHARE = 0.05
"""Share of the scored negatives that count as hard (at least one)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an AP counts as easy, and how large a change counts as rescued or harmed."""

    easy: float = 0.99
    change: float = 0.05


def query_outcome(
    order: Order,
    relevance: Relevance,
    instance_id: str | None,
    *,
    k: int,
    thresholds: Thresholds,
) -> QueryOutcome | None:
    """Return the outcome of one query, or None when it has no positive.

    Args:
        order: The query's candidates before, after every stage, and after the fusion.
        relevance: The query's ground truth.
        instance_id: The query's instance, for the bootstrap's clusters.
        k: Cut-off rank of AP@k.
        thresholds: What counts as easy and as a change.
    """
    before, after, head = order.before.image_ids, order.after, order.head
    first = order.stages[0].depth
    ap_before = ap_at_k(before, relevance, k)
    if ap_before is None:
        return None
    ap_after = ap_at_k(after, relevance, k) or 0.0
    new_intruders = intruders(after, relevance)
    return QueryOutcome(
        query_id=order.query_id,
        instance_id=instance_id,
        n_positives=len(relevance.positives - relevance.junk),
        ap_before=ap_before,
        ap_margin=ap_at_k(order.last.image_ids, relevance, k) or 0.0,
        ap_after=ap_after,
        ap_oracle=ap_at_k(oracle_order(before, relevance, first), relevance, k) or 0.0,
        first_positive_before=first_positive_rank(before, relevance),
        first_positive_after=first_positive_rank(after, relevance),
        failure_class=classify(
            ap_before,
            ap_after,
            missed=not any(relevance.relation(i) == "positive" for i in head),
            intruded=bool(set(new_intruders) - set(intruders(before, relevance))),
            thresholds=thresholds,
        ),
        hard_negative_ids=hard_negatives(head, relevance, order.last.scores),
        intruder_ids=new_intruders,
        n_unscored=order.n_unscored,
        ap_ideals=ideal_aps(order, relevance, k),
    )


def ideal_aps(order: Order, relevance: Relevance, k: int) -> tuple[float, ...]:
    """Return the best AP@k that the next stage could still make of each stage's order.

    Of every stage but the last: the AP of its order with the positives among the candidates that
    the next stage re-orders put first.
    """
    return tuple(
        ap_at_k(oracle_order(stage.image_ids, relevance, following.depth), relevance, k) or 0.0
        for stage, following in pairwise(order.stages)
    )


def classify(
    ap_before: float, ap_after: float, *, missed: bool, intruded: bool, thresholds: Thresholds
) -> FailureClass:
    """Return the first class whose rule holds.

    Args:
        ap_before: AP of the shortlist's order.
        ap_after: AP after re-ranking.
        missed: No positive among the first `depth`.
        intruded: A negative that was not above the first positive before is above it after.
        thresholds: What counts as easy and as a change.
    """
    delta = round(ap_after - ap_before, 12)  # 0.45 - 0.5 is a change of 0.05, not of 0.0499...
    if missed:
        return "missed"
    if ap_before >= thresholds.easy and ap_after >= thresholds.easy:
        return "easy"
    if delta >= thresholds.change:
        return "rescued"
    if delta <= -thresholds.change:
        return "harmed by an intruder" if intruded else "harmed, demoted"
    return "unmoved"


def hard_negatives(
    image_ids: tuple[str, ...], relevance: Relevance, margins: Mapping[str, float]
) -> tuple[str, ...]:
    """Return the highest-scoring 5 % (at least one) of the scored negatives, best first.

    Ties are broken by the order of `image_ids`.
    """
    negatives = [i for i in image_ids if relevance.relation(i) == "negative" and i in margins]
    if not negatives:
        return ()
    n = max(1, math.ceil(HARD_SHARE * len(negatives)))
    return tuple(sorted(negatives, key=lambda i: -margins[i])[:n])
