"""From the scores of every stage to one query's order; nothing is scored here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.errors import SettingsError
from core.reranking.fusion import rank_after
from core.types.orders import Fusion, Order, StageOrder
from core.types.scores import ScoreKind, Shortlist


class Scored(NamedTuple):
    """A stored score, higher is better, and the seconds it took; None = not known.

    `shares` are those of `PairScore`; None where nothing is joined.
    """

    score: float
    seconds: float | None
    shares: Mapping[str, float] | None = None


Known = Callable[[Sequence[str]], Mapping[str, Scored]]
"""Returns the stored scores of some candidates of one query by image_id; calls no model."""


@dataclass(frozen=True, slots=True)
class StageScores:
    """A stage of a pipeline with what is stored of its scores for one query.

    `depth` None takes the fusion's depth, as the first stage does.
    """

    stage: str
    kind: ScoreKind
    depth: int | None
    known: Known


def order_of(shortlist: Shortlist, stages: Sequence[StageScores], fusion: Fusion) -> Order:
    """Return a query's order before, after every stage, and after the fusion.

    Each stage re-orders the first `depth` of the order before it and leaves the tail. Ties are
    broken by the order before; a candidate without a score keeps its place while the scored ones
    permute among the other places. The fusion joins the cosine with the last stage's scores.

    Args:
        shortlist: The first stage's order.
        stages: At least one.
        fusion: Depth of the first stage, and how cosine and score are joined.

    Raises:
        SettingsError: The last stage gives an order alone, and a cosine is to be fused with it.
    """
    assert stages, "a pipeline has a stage"
    given = before = shortlist
    made: list[StageOrder] = []
    for stage in stages:
        depth = fusion.depth if stage.depth is None else stage.depth
        head = before.image_ids[:depth]
        known = stage.known(head)
        scores = {i: known[i].score for i in head if i in known}
        found = StageOrder(
            stage=stage.stage,
            kind=stage.kind,
            depth=len(head),
            image_ids=rank_after(before, scores, len(head), 0.0, fusion.gamma),
            scores=scores,
            unscored=tuple(i for i in head if i not in known),
            seconds=_seconds([known[i].seconds for i in scores]),
            shares={i: told for i in scores if (told := known[i].shares) is not None},
        )
        given, before = before, reordered(before, found.image_ids)
        made.append(found)
    last = made[-1]
    after = last.image_ids
    if fusion.lam:
        if last.kind.is_order:
            raise SettingsError(
                f"Stage '{last.stage}' gives an order without scores, so the cosine cannot be "
                "fused with it; set lambda to 0."
            )
        after = rank_after(given, last.scores, last.depth, fusion.lam, fusion.gamma)
    return Order(shortlist.query_id, shortlist, tuple(made), fusion, after)


def reordered(shortlist: Shortlist, image_ids: tuple[str, ...]) -> Shortlist:
    """Return the same candidates in another order, each with its cosine."""
    if image_ids == shortlist.image_ids:
        return shortlist
    rows = {image_id: row for row, image_id in enumerate(shortlist.image_ids)}
    cosines = shortlist.cosines[[rows[image_id] for image_id in image_ids]]
    return Shortlist(shortlist.query_id, image_ids, cosines, shortlist.exact)


def _seconds(told: Sequence[float | None]) -> float | None:
    known = [one for one in told if one is not None]
    return sum(known) if len(known) == len(told) else None
