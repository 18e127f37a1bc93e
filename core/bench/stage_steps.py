"""What every stage did to one query: the ranks that it left, its AP, and its cost."""

from collections.abc import Mapping, Sequence

from core.analysis.metrics import ap_at_k
from core.reranking.ordering import reordered
from core.types.corpus import Relevance
from core.types.orders import Fusion, Order, StageOrder
from core.types.rankings import StageStep
from core.types.runs import StageUse


def stage_steps(
    order: Order,
    uses: Sequence[StageUse],
    relevance: Relevance | None,
    failed: Mapping[str, str],
    k: int,
) -> tuple[StageStep, ...]:
    """Return one step per stage of an order.

    Args:
        order: Of the bench's own pipeline.
        uses: What each stage costs for this query.
        relevance: The query's ground truth, or None.
        failed: Why a pair has no score, by image_id.
        k: Cut-off rank of AP@k.
    """
    head = frozenset(order.head)
    before = _ranks(order.before.image_ids, head)
    found: list[StageStep] = []
    for stage, use in zip(order.stages, uses, strict=True):
        ranks = _ranks(stage.image_ids, head)
        found.append(_step(stage, use, before, ranks, relevance, failed, k))
        before = ranks
    return tuple(found)


def alone(order: Order, place: int) -> Order:
    """Return what one stage made of the order before it, as if there were no other stage."""
    stage, given = order.stages[place], order.before
    if place:
        given = reordered(given, order.stages[place - 1].image_ids)
    return Order(order.query_id, given, (stage,), Fusion(stage.depth, 0.0, 1.0), stage.image_ids)


def _step(
    stage: StageOrder,
    use: StageUse,
    before: Mapping[str, int],
    ranks: Mapping[str, int],
    relevance: Relevance | None,
    failed: Mapping[str, str],
    k: int,
) -> StageStep:
    reasons = [failed[image_id] for image_id in stage.unscored if image_id in failed]
    n_pending = len(stage.unscored) - len(reasons)
    is_there = bool(stage.scores)
    ap = None
    if is_there and relevance is not None and not n_pending:
        ap = ap_at_k(stage.image_ids, relevance, k)
    return StageStep(
        stage=use.stage,
        kind=stage.kind,
        depth=stage.depth,
        n_pairs=stage.n_asked,
        n_pending=n_pending,
        n_failed=len(reasons),
        n_up=sum(ranks[image_id] < rank for image_id, rank in before.items()),
        n_down=sum(ranks[image_id] > rank for image_id, rank in before.items()),
        ranks=ranks if is_there else {},
        ap=ap,
        n_calls=round(use.n_calls),
        n_tokens=use.n_tokens,
        seconds=use.seconds if is_there else None,
        problem="" if is_there or n_pending or not reasons else reasons[0],
    )


def _ranks(image_ids: Sequence[str], head: frozenset[str]) -> dict[str, int]:
    return {image_id: i for i, image_id in enumerate(image_ids, start=1) if image_id in head}
