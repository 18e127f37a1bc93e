"""One query's outcome: four APs, its failure class, hard negatives and intruders."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core.analysis.metrics import ap_at_k, first_positive_rank, intruders, oracle_order
from core.reranking.fusion import rank_after
from core.types.corpus import Relevance
from core.types.rankings import FailureClass, QueryOutcome, Selection
from core.types.scores import Shortlist

HARD_SHARE = 0.05
"""Share of the scored negatives that count as hard (at least one)."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an AP counts as easy, and how large a change counts as rescued or harmed."""

    easy: float = 0.99
    change: float = 0.05


def query_outcome(
    shortlist: Shortlist,
    relevance: Relevance,
    margins: Mapping[str, float],
    instance_id: str | None,
    *,
    depth: int,
    k: int,
    lam: float,
    gamma: float,
    thresholds: Thresholds,
    selection: Selection | None = None,
) -> QueryOutcome | None:
    """Return the outcome of one query, or None when it has no positive.

    `margins` maps image_id to the score of the candidates that were scored. `selection` is what a
    middle stage left to be scored of the first `depth`; None = all of them, in shortlist order.
    """
    before = shortlist.image_ids
    ap_before = ap_at_k(before, relevance, k)
    if ap_before is None:
        return None
    chosen = selection or Selection(shortlist, min(depth, len(before)), before[:depth])
    margins = {i: margins[i] for i in chosen.image_ids if i in margins}
    by_margin = rank_after(chosen.shortlist, margins, chosen.depth, 0.0, gamma).image_ids
    after = rank_after(chosen.shortlist, margins, chosen.depth, lam, gamma).image_ids
    oracle = oracle_order(before, relevance, depth)
    ap_after = ap_at_k(after, relevance, k) or 0.0
    new_intruders = intruders(after, relevance)
    head = before[:depth]
    return QueryOutcome(
        query_id=shortlist.query_id,
        instance_id=instance_id,
        n_positives=len(relevance.positives - relevance.junk),
        ap_before=ap_before,
        ap_margin=ap_at_k(by_margin, relevance, k) or 0.0,
        ap_after=ap_after,
        ap_oracle=ap_at_k(oracle, relevance, k) or 0.0,
        first_positive_before=first_positive_rank(before, relevance),
        first_positive_after=first_positive_rank(after, relevance),
        failure_class=classify(
            ap_before,
            ap_after,
            missed=not any(relevance.relation(i) == "positive" for i in head),
            intruded=bool(set(new_intruders) - set(intruders(before, relevance))),
            thresholds=thresholds,
        ),
        hard_negative_ids=hard_negatives(head, relevance, margins),
        intruder_ids=new_intruders,
        n_unscored=sum(i not in margins for i in chosen.image_ids) + len(chosen.missing),
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
