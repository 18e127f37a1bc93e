"""What fitted weights reach on the instances that they were not fitted on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.analysis.evidence_fit import (
    LabelledPairs,
    calibration_error,
    fit_weights,
    folds,
    reliability,
    sigmoids,
)
from core.analysis.metrics import ap_at_k, recall_at_1
from core.analysis.significance import bootstrap
from core.bench.orders import known_in
from core.reranking.ordering import Scored, StageScores, order_of
from core.types.corpus import ImageRecord, Relevance
from core.types.evidence import Estimate, HeldOut
from core.types.orders import Fusion
from core.types.runs import Interval
from core.types.scores import MARGIN, Shortlist


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """One query with its shortlist and the rows of its labelled pairs, by image_id."""

    query: ImageRecord
    relevance: Relevance
    shortlist: Shortlist
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """All labelled pairs of some queries; `n_left_out` more lack a score of some term."""

    pairs: LabelledPairs
    queries: tuple[Listed, ...]
    n_left_out: int


def held_out_figures(collected: Collected, depth: int, k: int, own: int | None) -> HeldOut:
    """Return what weights fitted without an instance reach on it.

    Args:
        collected: The labelled pairs.
        depth: How many of every shortlist are re-ordered.
        k: Cut-off rank of AP@k.
        own: Column of the language model's margin, None without one.
    """
    pairs = collected.pairs
    log_odds = np.zeros(len(pairs.is_match))
    n_folds = 0
    for held in folds(pairs.clusters):
        made = fit_weights(pairs.at(~held))
        log_odds[held] = made.log_odds(pairs.features[held])
        n_folds += 1
    rows: list[tuple[float, float, float, float]] = []
    clusters: list[str] = []
    for one in collected.queries:
        known = {i: Scored(float(log_odds[row]), None) for i, row in one.rows.items()}
        stage = StageScores("evidence", MARGIN, None, known_in(known))
        before = one.shortlist.image_ids
        after = order_of(one.shortlist, (stage,), Fusion(depth, 0.0, 1.0)).after
        found = [ap_at_k(ids, one.relevance, k) for ids in (before, after)]
        first = [recall_at_1(ids, one.relevance) for ids in (before, after)]
        if None not in found and None not in first:
            rows.append((*found, *first))  # pyright: ignore[reportArgumentType]
            clusters.append(one.query.instance_id or one.query.image_id)
    values = np.array(rows, np.float64)
    means = values.mean(axis=0).tolist()
    draws = bootstrap(values, clusters)
    plain = None
    if own is not None:
        plain = calibration_error(reliability(sigmoids(pairs.features[:, own]), pairs.is_match))
    return HeldOut(
        n_folds=n_folds,
        map_before=means[0],
        map_after=_with(means[1], draws and draws.interval(1)),
        map_gain=_with(means[1] - means[0], draws and draws.difference(1, 0)),
        r1_before=means[2],
        r1_after=_with(means[3], draws and draws.interval(3)),
        calibration_before=plain,
        calibration_after=calibration_error(reliability(sigmoids(log_odds), pairs.is_match)),
    )


def _with(value: float, interval: Interval | None) -> Estimate:
    return Estimate(value) if interval is None else Estimate(value, interval.low, interval.high)
