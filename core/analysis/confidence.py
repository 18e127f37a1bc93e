"""How well a number per query tells right first results from wrong ones.

Source: To Match or Not to Match (github.com/FarInHeight/To-Match-or-Not-to-Match, e2caede): the
precision-recall curve of scikit-learn over all queries, its area by trapezoids. Equal values are
one point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.evidence_fit import LabelledPairs, fit_weights, folds
from core.analysis.significance import resampled
from core.types.confidence import CurvePoint, Trusted
from core.types.evidence import Estimate

_TAILS = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What a signal says of queries, and whether their first results are right.

    Args:
        right: (n,) bool.
        signal: (n,) float64, finite; high should mean right.
        clusters: n instance ids, which are resampled whole.
    """

    right: NDArray[np.bool_]
    signal: NDArray[np.float64]
    clusters: Sequence[str]

    @property
    def is_told(self) -> bool:
        """Whether there are right and wrong ones, so that there is something to tell apart."""
        return bool(self.right.any() and not self.right.all())


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """By distinct value, falling: (..., m) weight of those at or above it, and of the right."""

    values: NDArray[np.float64]
    above: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def precision(self) -> NDArray[np.float64]:
        """(..., m) share right; 1 where nothing is above."""
        return np.where(self.above > 0, self.right / np.maximum(self.above, 1e-300), 1.0)

    @property
    def recall(self) -> NDArray[np.float64]:
        """(..., m) share of the right ones."""
        return self.right / np.maximum(self.right[..., -1:], 1e-300)


def _counts(judged: Judged, weights: NDArray[np.float64]) -> _Counts:
    """Return the counts under (..., n) weights of the queries."""
    order = np.argsort(-judged.signal, kind="stable")
    falling = judged.signal[order]
    ends = np.flatnonzero(np.append(np.diff(falling) != 0.0, True))
    drawn = weights[..., order]
    above = np.cumsum(drawn, axis=-1)[..., ends]
    right = np.cumsum(drawn * judged.right[order], axis=-1)[..., ends]
    return _Counts(falling[ends], above, right)


def _area(counts: _Counts) -> NDArray[np.float64]:
    """Return (...) areas under precision against recall by trapezoids, from recall 0 at 1."""
    precision, recall = counts.precision, counts.recall
    start = np.ones_like(precision[..., :1])
    high = np.concatenate([start, precision], axis=-1)
    widths = np.diff(recall, axis=-1, prepend=0.0)
    return (widths * (high[..., 1:] + high[..., :-1]) / 2.0).sum(axis=-1)


def curve(judged: Judged) -> tuple[CurvePoint, ...]:
    """Return a point per distinct value, by falling threshold; n >= 1."""
    counts = _counts(judged, np.ones(len(judged.right)))
    coverage = counts.above / len(judged.right)
    table = np.stack([counts.values, counts.precision, counts.recall, coverage], axis=1)
    return tuple(CurvePoint(*row) for row in table.tolist())


def auprc(judged: Judged) -> Estimate | None:
    """Return the area under the curve by trapezoids, with its 95 % interval over instances.

    A draw without a right query has no area and is left out. None where all or none is right; no
    interval with fewer than two instances.
    """
    if not judged.is_told:
        return None
    value = float(_area(_counts(judged, np.ones(len(judged.right)))))
    found: list[NDArray[np.float64]] = []
    for weights in resampled(judged.clusters):
        counts = _counts(judged, weights)
        found.append(_area(counts)[counts.right[:, -1] > 0])
    if not found:
        return Estimate(value)
    low, high = np.quantile(np.concatenate(found), _TAILS).tolist()
    return Estimate(value, low, high)


def average_precision(judged: Judged) -> float | None:
    """Return the sum of precision times the step of recall; None where all or none is right."""
    if not judged.is_told:
        return None
    counts = _counts(judged, np.ones(len(judged.right)))
    return float((np.diff(counts.recall, prepend=0.0) * counts.precision).sum())


def aurc(judged: Judged) -> float | None:
    """Return the mean over coverage k/n of the share wrong among the k most trusted.

    Equal values share their errors evenly. None where all or none is right. Source: Geifman et al.,
    Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers, ICLR 2019.
    """
    if not judged.is_told:
        return None
    counts = _counts(judged, np.ones(len(judged.right)))
    n = len(judged.right)
    at, wrong = np.append(0.0, counts.above), np.append(0.0, counts.above - counts.right)
    covered = np.arange(1, n + 1)
    return float((np.interp(covered, at, wrong) / covered).mean())


def trusted(judged: Judged, wished: float) -> Trusted | None:
    """Return the lowest threshold at which a precision is reached; None where it never is.

    Args:
        judged: At least one query.
        wished: Precision in (0, 1].
    """
    points = curve(judged)
    reaching = [point for point in points if point.precision >= wished]
    if not reaching:
        return None
    point, drawn, n_draws = reaching[-1], list[NDArray[np.float64]](), 0
    for weights in resampled(judged.clusters):
        counts = _counts(judged, weights)
        holds = (counts.precision >= wished) & (counts.above > 0)
        n_draws += len(holds)
        last = holds.shape[1] - 1 - np.argmax(holds[:, ::-1], axis=1)
        drawn.append(counts.values[last][holds.any(axis=1)])
    known = np.concatenate(drawn) if drawn else np.zeros(0)
    if not len(known):
        return Trusted(wished, Estimate(point.threshold), point, 0.0 if n_draws else 1.0)
    low, high = np.quantile(known, _TAILS).tolist()
    return Trusted(wished, Estimate(point.threshold, low, high), point, len(known) / n_draws)


def combination(
    names: Sequence[str],
    signals: NDArray[np.float64],
    right: NDArray[np.bool_],
    clusters: NDArray[np.str_],
) -> NDArray[np.float64]:
    """Return (n,) log-odds that a first result is right, each fitted without its own instance.

    Args:
        names: T signals, for messages.
        signals: (n, T) finite.
        right: (n,) bool.
        clusters: n instance ids; whole ones are held out.

    Raises:
        SettingsError: There is one instance, all or none is right, or a signal does not vary.
    """
    pairs = LabelledPairs(tuple(names), signals, right, clusters)
    found = np.zeros(len(right))
    for held_out in folds(clusters):
        found[held_out] = fit_weights(pairs.at(~held_out)).log_odds(signals[held_out])
    return found
