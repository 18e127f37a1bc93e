"""Where a response curve first falls under its dashed line."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from core.types.robustness import Breaking, PerturbationSpec, ResponseCurve


def breaking_strength(
    spec: PerturbationSpec,
    strengths: Sequence[float],
    scores: Sequence[float | None],
    line: float,
) -> Breaking | None:
    """Return the first crossing of the line away from neutral, in the perturbation's unit.

    A score equal to the line has not fallen below it. The crossing is interpolated linearly
    between the last level not below the line and the first level below it, on the plotted axis
    (log2 where the spec says so). Levels without a score are skipped: a crossing next to one lies
    between its nearest scored neighbours, so it is known only as well as their distance.

    A spec whose neutral lies inside its levels (brightness) is walked on both sides; the crossing
    nearest to neutral on the plotted axis is the value, the lower side where they are equally near.

    Args:
        spec: The perturbation.
        strengths: In any order, each once.
        scores: One per strength, finite; None = not computed.
        line: Mean score of the hard negatives.

    Returns:
        None where the neutral level has no score, or no other level has one and it does not lie
        below the line: then nothing can be said about breaking.
    """
    known = {
        strength: score
        for strength, score in zip(strengths, scores, strict=True)
        if score is not None
    }
    if not all(math.isfinite(value) for value in (line, *known.values())):
        raise ValueError("scores and line must be finite; leave out what was not computed")
    if spec.neutral not in known:
        return None
    two_sided = min(spec.levels) < spec.neutral < max(spec.levels)
    if known[spec.neutral] < line:
        return Breaking(None, "below_at_neutral", (None, None) if two_sided else ())
    if len(known) == 1:
        return None
    ordered = sorted(known)
    place = ordered.index(spec.neutral)
    sides = (
        _crossing(spec, ordered[place::-1], known, line),
        _crossing(spec, ordered[place:], known, line),
    )
    crossed = [value for value in sides if value is not None]
    if not crossed:
        return Breaking(None, "never", sides if two_sided else ())
    nearest = min(crossed, key=lambda v: abs(plotted(spec, v) - plotted(spec, spec.neutral)))
    return Breaking(nearest, "crossed", sides if two_sided else ())


def with_breaking(curve: ResponseCurve) -> ResponseCurve:
    """Return a finished curve with its breaking strengths; None where it has no line."""
    strengths = [point.strength for point in curve.points]
    margins = [point.margin for point in curve.points]
    cosines = [point.cosine for point in curve.points]
    lines = (curve.hard_negative_margin, curve.hard_negative_cosine)
    broken = [
        None if line is None else breaking_strength(curve.spec, strengths, scores, line)
        for scores, line in zip((margins, cosines), lines, strict=True)
    ]
    return replace(
        curve,
        breaking_margin=broken[0],
        breaking_cosine=broken[1],
        lead_lost=_lead_lost(curve, strengths),
    )


def _lead_lost(curve: ResponseCurve, strengths: Sequence[float]) -> Breaking | None:
    """Return where the positive's lead over the negative first falls below zero."""
    if curve.rival is None:
        return None
    sign = -1.0 if curve.relation == "negative" else 1.0
    leads = [
        None if p.margin is None or p.rival_margin is None else sign * (p.margin - p.rival_margin)
        for p in curve.points
    ]
    return breaking_strength(curve.spec, strengths, leads, 0.0)


def _crossing(
    spec: PerturbationSpec, walk: Sequence[float], known: dict[float, float], line: float
) -> float | None:
    """Return the first crossing along `walk`, which starts at neutral; None where there is none."""
    for before, after in itertools.pairwise(walk):
        if known[after] < line:
            share = (known[before] - line) / (known[before] - known[after])
            start, end = plotted(spec, before), plotted(spec, after)
            return at_position(spec, start + share * (end - start))
    return None


def plotted(spec: PerturbationSpec, strength: float) -> float:
    """Return where a strength lies on the plotted axis: log2 where the spec says so."""
    return math.log2(strength) if spec.log_axis else strength


def at_position(spec: PerturbationSpec, position: float) -> float:
    """Return the strength at a place of the plotted axis."""
    return 2.0**position if spec.log_axis else position
