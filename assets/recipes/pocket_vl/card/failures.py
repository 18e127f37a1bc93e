"""Where re-ranking helps and hurts on the demo: queries by class, positives by condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assets.recipes.pocket_vl.card.comparison import Orders, listed, reordered
from assets.recipes.pocket_vl.card.lab import Lab, Ranked
from core.types.corpus import ImageRecord
from core.types.rankings import FAILURE_CLASSES, QueryOutcome

WITHIN = 10
"""A positive counts as found when it stands among this many first images."""
N_NAMED = 3
Condition = Callable[[ImageRecord, ImageRecord], bool | None]
"""Whether query and positive are of a slice; None where the manifest does not say."""


def measure_failures(lab: Lab) -> dict[str, Any]:
    """Return the classes of the demo's queries, the worst ones, and recall by condition."""
    ranked = lab.ranked("demo")
    outcomes = ranked.outcomes
    harmed = sorted((o for o in outcomes if o.failure_class.startswith("harmed")), key=_loss)
    return {
        "depth": ranked.depth,
        "n_queries": len(outcomes),
        "classes": {
            name: sum(o.failure_class == name for o in outcomes) for name in FAILURE_CLASSES
        },
        "harmed": [
            {"query": o.query_id, "ap_before": o.ap_before, "ap_after": o.ap_after}
            for o in harmed[:N_NAMED]
        ],
        "within": WITHIN,
        **recall_by_condition(ranked),
    }


def recall_by_condition(ranked: Ranked) -> dict[str, Any]:
    """Return the share of positives among the first `WITHIN`, before and after, of every slice.

    Pairs of a query and one of its positives are counted, junk removed from the lists.
    """
    found = _found(ranked)
    slices = {name: [p for p in found if test(p.query, p.positive)] for name, test in SLICES}
    return {
        "all": _recall(found),
        "slices": {name: _recall(some) for name, some in slices.items() if some},
    }


def turn(one: float, other: float) -> float:
    """Return the angle between two directions in degrees, 0 to 180."""
    gap = abs(one - other) % 360
    return min(gap, 360 - gap)


@dataclass(frozen=True, slots=True)
class _Found:
    query: ImageRecord
    positive: ImageRecord
    before: bool
    after: bool


def _found(ranked: Ranked) -> list[_Found]:
    database = {record.image_id: record for record in ranked.corpus.database}
    truth = ranked.truth
    orders = (listed(ranked.shortlists), reordered(ranked, ranked.margins))
    heads = [_heads(ranked, some) for some in orders]
    return [
        _Found(query, database[i], *(i in head[query.image_id] for head in heads))
        for query in ranked.queries
        for i in sorted(truth[query.image_id].positives - truth[query.image_id].junk)
    ]


def _heads(ranked: Ranked, orders: Orders) -> dict[str, frozenset[str]]:
    truth = ranked.truth
    return {
        query: frozenset([i for i in ids if i not in truth[query].junk][:WITHIN])
        for query, ids in orders.items()
    }


def _recall(some: Sequence[_Found]) -> dict[str, Any]:
    return {
        "n": len(some),
        "before": sum(one.before for one in some) / len(some),
        "after": sum(one.after for one in some) / len(some),
    }


def _loss(outcome: QueryOutcome) -> tuple[float, str]:
    return outcome.delta, outcome.query_id


def _turned(tag: str, degrees: float) -> Condition:
    def test(query: ImageRecord, positive: ImageRecord) -> bool | None:
        angles = [_number(record.tags.get(tag, "")) for record in (query, positive)]
        known = [angle for angle in angles if angle is not None]
        return None if len(known) < 2 else turn(*known) > degrees

    return test


def _scaled(tag: str, factor: float) -> Condition:
    def test(query: ImageRecord, positive: ImageRecord) -> bool | None:
        sizes = [_number(record.tags.get(tag, "")) for record in (query, positive)]
        known = [size for size in sizes if size is not None]
        return None if len(known) < 2 else max(known) > factor * min(known)

    return test


def _differs(tag: str) -> Condition:
    def test(query: ImageRecord, positive: ImageRecord) -> bool | None:
        one, other = query.tags.get(tag), positive.tags.get(tag)
        return one != other if one and other else None

    return test


def _occluded(_: ImageRecord, positive: ImageRecord) -> bool | None:
    return None if positive.occluded is None else positive.occluded > 0.3


def _small(_: ImageRecord, positive: ImageRecord) -> bool | None:
    return None if positive.coverage is None else positive.coverage < 0.05


def _crowded(_: ImageRecord, positive: ImageRecord) -> bool | None:
    return None if positive.clutter is None else positive.clutter >= 3


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


SLICES: tuple[tuple[str, Condition], ...] = (
    ("azimuth differs by more than 60 degrees", _turned("azimuth", 60)),
    ("elevation differs by more than 30 degrees", _turned("elevation", 30)),
    ("turned in the image plane by more than 60 degrees", _turned("rotation", 60)),
    ("positive occluded by more than 0.3", _occluded),
    ("positive covers less than 0.05 of its picture", _small),
    ("positive among 3 or more other objects", _crowded),
    ("distance differs by more than a factor of 2", _scaled("distance", 2)),
    ("another light", _differs("light")),
    ("another background", _differs("background")),
)
