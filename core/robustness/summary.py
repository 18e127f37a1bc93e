"""Means, bands and breaking strengths of many pairs under one perturbation."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.analysis.significance import bootstrap
from core.robustness.breaking import at_position, plotted
from core.types.robustness import Breaking, PerturbationSpec, ResponseCurve, ResponsePoint
from core.types.sets import (
    BreakingStrengths,
    Direction,
    Estimate,
    LevelMean,
    PairBreaking,
    PairEnd,
    ScorerResponse,
    SetResponse,
)

DESCRIPTOR = "descriptor"
_End = tuple[PairEnd, float | None]


def set_response(
    curves: Sequence[ResponseCurve],
    clusters: Sequence[str],
    rivals: Sequence[Sequence[ResponseCurve]] = (),
) -> SetResponse:
    """Summarise the finished curves of one perturbation, at least one, one per pair.

    Args:
        curves: Of the same perturbation, levels and scorer; the descriptor's are in them.
        clusters: The instance of every curve's query: what the bootstrap resamples.
        rivals: Per further scorer the curves of the same pairs, in the same order.

    Raises:
        ValueError: The curves do not belong together, or one is not finished.
    """
    spec = curves[0].spec
    lines = _lines(curve.hard_negative_cosine for curve in curves)
    descriptor = ScorerResponse(
        DESCRIPTOR,
        "cosine",
        _levels(spec, _points(curves, lambda point: point.cosine), lines, None, clusters),
        _estimate(lines, clusters),
        _strengths(spec, [_cosine_ends(curve) for curve in curves], clusters),
    )
    own, *others = (_scorer_response(spec, one, clusters) for one in (curves, *rivals))
    return SetResponse(spec, (own, descriptor, *others))


def _scorer_response(
    spec: PerturbationSpec, curves: Sequence[ResponseCurve], clusters: Sequence[str]
) -> ScorerResponse:
    kind = curves[0].kind
    if any((curve.spec, curve.kind) != (spec, kind) for curve in curves):
        raise ValueError("the curves of a set share perturbation, levels and scorer")
    lines = _lines(curve.hard_negative_margin for curve in curves)
    scores = _points(curves, lambda point: point.margin)
    moved = _points(curves, lambda point: point.perturbed_negative_margin)
    return ScorerResponse(
        kind.name,
        kind.unit,
        _levels(spec, scores, lines, moved, clusters),
        _estimate(lines, clusters),
        _strengths(spec, [_margin_ends(curve) for curve in curves], clusters),
    )


def pair_breakings(curve: ResponseCurve, *, with_descriptor: bool = True) -> list[PairBreaking]:
    """Return where one pair breaks, per scorer and direction."""
    found = [(curve.kind.name, _margin_ends(curve))]
    if with_descriptor:
        found.append((DESCRIPTOR, _cosine_ends(curve)))
    return [
        PairBreaking(
            curve.query_id,
            curve.candidate_id,
            curve.spec.name,
            scorer,
            direction,
            *ends[side],
        )
        for scorer, ends in found
        for side, direction in enumerate(_directions(curve.spec))
    ]


def _ends(curve: ResponseCurve, breaking: Breaking | None, line: float | None) -> list[_End]:
    """Return how a pair ends in each direction, by one of its two scores."""
    sides = range(len(_directions(curve.spec)))
    return [_end(breaking, side, has_line=line is not None) for side in sides]


def _margin_ends(curve: ResponseCurve) -> list[_End]:
    return _ends(curve, curve.breaking_margin, curve.hard_negative_margin)


def _cosine_ends(curve: ResponseCurve) -> list[_End]:
    return _ends(curve, curve.breaking_cosine, curve.hard_negative_cosine)


def _directions(spec: PerturbationSpec) -> tuple[Direction, ...]:
    if min(spec.levels) < spec.neutral < max(spec.levels):
        return ("below neutral", "above neutral")
    return ("any",)


def _end(breaking: Breaking | None, side: int, *, has_line: bool) -> _End:
    """Return how a pair ends on one side of neutral; `side` counts the spec's directions."""
    if breaking is None:
        return ("not scored" if has_line else "no line"), None
    if breaking.reason == "below_at_neutral":
        return "below_at_neutral", None
    value = breaking.both[side] if breaking.both else breaking.value
    return ("never", None) if value is None else ("crossed", value)


def _strengths(
    spec: PerturbationSpec, ends: Sequence[Sequence[_End]], clusters: Sequence[str]
) -> tuple[BreakingStrengths, ...]:
    return tuple(
        breaking_strengths(spec, direction, [one[side] for one in ends], clusters)
        for side, direction in enumerate(_directions(spec))
    )


def breaking_strengths(
    spec: PerturbationSpec,
    direction: Direction,
    ends: Sequence[_End],
    clusters: Sequence[str],
) -> BreakingStrengths:
    """Count and average how pairs end in one direction; see `BreakingStrengths`.

    Args:
        spec: The perturbation.
        direction: One of the perturbation's own.
        ends: Reason and value of every pair.
        clusters: The instance of every pair's query.
    """
    last = _strongest(spec, direction)
    places = np.full(len(ends), np.nan)
    for row, (reason, value) in enumerate(ends):
        if reason in ("crossed", "never"):
            places[row] = plotted(spec, last if value is None else value)
    reasons = [reason for reason, _ in ends]
    found = _estimate(places, clusters)
    median = _median(spec, [value for reason, value in ends if reason in ("crossed", "never")])
    return BreakingStrengths(
        direction=direction,
        n=len(ends),
        n_crossed=reasons.count("crossed"),
        n_never=reasons.count("never"),
        n_below_at_neutral=reasons.count("below_at_neutral"),
        n_no_line=reasons.count("no line"),
        n_not_scored=reasons.count("not scored"),
        mean=None if found is None else _in_unit(spec, found),
        median=median,
        median_never=found is not None and median is None,
    )


def _strongest(spec: PerturbationSpec, direction: Direction) -> float:
    if direction == "below neutral":
        return min(spec.levels)
    if direction == "above neutral":
        return max(spec.levels)
    return max(spec.levels, key=lambda v: abs(plotted(spec, v) - plotted(spec, spec.neutral)))


def _median(spec: PerturbationSpec, values: Sequence[float | None]) -> float | None:
    """Return the median on the plotted axis; None = never, which lies beyond every crossing."""
    neutral = plotted(spec, spec.neutral)
    places = [None if value is None else plotted(spec, value) for value in values]
    ordered = sorted(places, key=lambda p: math.inf if p is None else abs(p - neutral))
    middle = [p for p in ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1] if p is not None]
    if not middle or len(middle) < 2 - len(ordered) % 2:
        return None
    return at_position(spec, statistics.fmean(middle))


def _in_unit(spec: PerturbationSpec, found: Estimate) -> Estimate:
    """Return a mean of plotted places as strengths; the plotted axis never turns ends around."""
    interval = found.interval
    if interval is not None:
        low, high = at_position(spec, interval.low), at_position(spec, interval.high)
        interval = type(interval)(low, high, interval.level)
    return Estimate(found.n, at_position(spec, found.mean), interval)


def _levels(
    spec: PerturbationSpec,
    scores: NDArray[np.float64],
    lines: NDArray[np.float64],
    moved: NDArray[np.float64] | None,
    clusters: Sequence[str],
) -> tuple[LevelMean, ...]:
    """Return the mean curve of (pairs, levels) scores against (pairs,) lines, NaN = none.

    A level at which no pair has a score is left out.
    """
    unknown = np.isnan(lines)[:, None] | np.isnan(scores)
    above = np.where(unknown, np.nan, scores >= lines[:, None])
    no_lines: list[Estimate | None] = [None] * len(spec.levels)
    columns = zip(
        spec.levels,
        _estimates(scores, clusters),
        _estimates(above, clusters),
        no_lines if moved is None else _estimates(moved, clusters),
        strict=True,
    )
    made: list[LevelMean] = []
    for strength, score, share, line in columns:
        if score is not None:
            made.append(LevelMean(strength, score, share, line))
    return tuple(made)


def _estimate(values: NDArray[np.float64], clusters: Sequence[str]) -> Estimate | None:
    """Return the mean of what is known, (pairs,) float64 with NaN = not known."""
    return _estimates(values[:, None], clusters)[0]


def _estimates(values: NDArray[np.float64], clusters: Sequence[str]) -> list[Estimate | None]:
    """Return the columns' means over the pairs that are known; columns known alike share draws."""
    gaps = np.isnan(values)
    if values.shape[1] > 1 and (gaps != gaps[:, :1]).any():
        return [_estimate(column, clusters) for column in values.T]
    known = ~gaps[:, 0]
    rows = values[known]
    if not len(rows):
        return [None] * values.shape[1]
    drawn = bootstrap(rows, [clusters[place] for place in np.flatnonzero(known).tolist()])
    return [
        Estimate(len(rows), float(mean), None if drawn is None else drawn.interval(column))
        for column, mean in enumerate(rows.mean(axis=0))
    ]


def _points(
    curves: Sequence[ResponseCurve], read: Callable[[ResponsePoint], float | None]
) -> NDArray[np.float64]:
    """Return a number of every level, (pairs, levels) with NaN = none."""
    return np.array([[_number(read(p)) for p in curve.points] for curve in curves], np.float64)


def _lines(numbers: Iterable[float | None]) -> NDArray[np.float64]:
    """Return a number of every pair, (pairs,) with NaN = none."""
    return np.array([_number(one) for one in numbers], np.float64)


def _number(value: float | None) -> float:
    return math.nan if value is None else value
