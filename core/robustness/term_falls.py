"""Which term of joined evidence falls under damage, by how much, and which would break the pair."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from math import inf

from core.robustness.breaking import breaking_strength, plotted
from core.types.robustness import Breaking, ResponseCurve, TermFall, TermFalls
from core.types.scores import OFFSET


def term_falls(curve: ResponseCurve) -> TermFalls | None:
    """Return what each term loses from neutral to the breaking strength.

    Where the log-odds do not break it is up to the last level. Between two levels a share is
    interpolated linearly on the plotted axis, as the log-odds are, so that the losses up to the
    breaking strength add up to what the log-odds lost.

    Args:
        curve: Finished, with its breaking strength.

    Returns:
        None where nothing is joined, or the neutral or the last level has no shares.
    """
    known = {p.strength: p.shares for p in curve.points if p.shares is not None}
    start = known.get(curve.spec.neutral)
    until = _until(curve.breaking_margin, curve.spec.levels[-1])
    if start is None or (end := _shares_at(curve, known, until)) is None:
        return None
    falls = tuple(
        TermFall(stage, end[stage] - share, _alone(curve, stage, known))
        for stage, share in start.items()
        if stage != OFFSET
    )
    nearest = min(falls, key=partial(_distance, curve))
    first = None if _distance(curve, nearest) == inf else nearest
    return TermFalls(until, falls, first)


def _distance(curve: ResponseCurve, fall: TermFall) -> float:
    """Return how far from neutral on the plotted axis a term alone would break the pair."""
    if fall.alone is None or fall.alone.value is None:
        return inf
    return abs(plotted(curve.spec, fall.alone.value) - plotted(curve.spec, curve.spec.neutral))


def _until(breaking: Breaking | None, last: float) -> float:
    return last if breaking is None or breaking.value is None else breaking.value


def _shares_at(
    curve: ResponseCurve, known: Mapping[float, Mapping[str, float]], strength: float
) -> Mapping[str, float] | None:
    if strength in known:
        return known[strength]
    at = plotted(curve.spec, strength)
    for before, after in pairwise(sorted(known)):
        low, high = plotted(curve.spec, before), plotted(curve.spec, after)
        if low <= at <= high:
            part = (at - low) / (high - low)
            first, second = known[before], known[after]
            return {stage: one + part * (second[stage] - one) for stage, one in first.items()}
    return None


def _alone(
    curve: ResponseCurve, stage: str, known: Mapping[float, Mapping[str, float]]
) -> Breaking | None:
    """Return where the log-odds would break if this term alone changed."""
    line = curve.hard_negative_margin
    if line is None:
        return None
    start = known[curve.spec.neutral]
    lead = sum(start.values()) - line
    if lead < 0:
        return None
    shares = [None if p.shares is None else p.shares[stage] for p in curve.points]
    strengths = [point.strength for point in curve.points]
    return breaking_strength(curve.spec, strengths, shares, start[stage] - lead)
