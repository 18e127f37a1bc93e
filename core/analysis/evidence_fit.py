"""Logistic regression on labelled pairs: how much each score tells of a match, in nats."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError
from core.types.reliability import ReliabilityBin

PENALTY = 10.0
"""Inverse strength of the L2 penalty on standardised weights, as `C` of scikit-learn."""
N_FOLDS = 5
N_BINS = 15
N_DRAWS = 200
"""Resamples of the instances for the weights' intervals: each is a fit."""
_MOST_STEPS = 100
_DONE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPairs:
    """Pairs with a score of every term.

    Args:
        terms: T names, for messages.
        features: (n, T) float64, finite.
        is_match: (n,) whether the candidate is a positive.
        clusters: n instance ids of the queries: what is resampled, and kept together in a fold.
    """

    terms: tuple[str, ...]
    features: NDArray[np.float64]
    is_match: NDArray[np.bool_]
    clusters: NDArray[np.str_]

    def at(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "LabelledPairs":
        """Return some of the pairs."""
        return LabelledPairs(
            self.terms, self.features[rows], self.is_match[rows], self.clusters[rows]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """log-odds = offset + features @ weights, in nats; weights is (T,) float64."""

    weights: NDArray[np.float64]
    offset: float

    def log_odds(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (n,) log-odds of (n, T) features."""
        return features @ self.weights + self.offset


def fit_weights(pairs: LabelledPairs) -> Weights:
    """Return the weights of logistic regression with an L2 penalty, by Newton's method.

    Features are standardised for the fit, so that the penalty treats all alike, and the weights
    are told per unit of the feature as it is. The offset is not penalised.

    Raises:
        SettingsError: There is one class only, or a term that does not vary or is not finite.
    """
    n_matches = int(pairs.is_match.sum())
    if n_matches in (0, len(pairs.is_match)):
        what = "no match" if n_matches == 0 else "no pair that is not a match"
        raise SettingsError(
            f"Among the {len(pairs.is_match)} labelled pairs there is {what}, so nothing can be "
            "fitted; label more queries or raise --depth."
        )
    for name, column in zip(pairs.terms, pairs.features.T, strict=True):
        if not np.isfinite(column).all():
            raise SettingsError(
                f"Term '{name}' has a score that is not a finite number; run `verify`, or "
                "leave the term out."
            )
        if np.ptp(column) < 1e-12 * (1.0 + abs(column[0])):
            raise SettingsError(
                f"Term '{name}' has the same score for every pair, so it tells nothing; leave it "
                "out of --terms."
            )
    middle, spread = pairs.features.mean(axis=0), pairs.features.std(axis=0)
    found = _newton((pairs.features - middle) / spread, pairs.is_match)
    weights = found[:-1] / spread
    return Weights(weights, float(found[-1] - weights @ middle))


def _newton(features: NDArray[np.float64], is_match: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (T + 1,) weights, the offset last, that minimise the penalised logistic loss.

    Each step is halved until the loss falls, so that no start diverges.
    """
    design = np.column_stack([features, np.ones(len(features))])
    penalty = np.append(np.full(features.shape[1], 1.0 / PENALTY), 0.0)
    signs = np.where(is_match, 1.0, -1.0)

    def loss(at: NDArray[np.float64]) -> float:
        margins = signs * (design @ at)
        return float(np.logaddexp(0.0, -margins).sum() + 0.5 * penalty @ at**2)

    found = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        chance = sigmoids(design @ found)
        gradient = design.T @ (chance - is_match) + penalty * found
        curvature = (design * (chance * (1.0 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature + 1e-12 * np.eye(len(found)), gradient)
        now, size = loss(found), 1.0
        while loss(found - size * step) > now and size > 1e-6:
            size /= 2.0
        found = found - size * step
        if np.abs(size * step).max() < _DONE:
            break
    return found


def sigmoids(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of (n,) log-odds, without overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * log_odds))


def folds(clusters: NDArray[np.str_], seed: int = 0) -> Iterator[NDArray[np.bool_]]:
    """Yield which rows are held out, fold by fold: whole instances, each in one fold.

    Raises:
        SettingsError: There are fewer than two instances.
    """
    names = np.unique(clusters)
    if len(names) < 2:
        raise SettingsError(
            "All labelled pairs are of one instance, so nothing can be held out; label queries of "
            "at least two."
        )
    dealt = np.random.default_rng(seed).permutation(len(names)) % min(N_FOLDS, len(names))
    fold_of = dealt[np.searchsorted(names, clusters)]
    for fold in range(int(dealt.max()) + 1):
        yield fold_of == fold


def resampled_weights(pairs: LabelledPairs, seed: int = 0) -> NDArray[np.float64]:
    """Return the (draws, T) weights of fits to resampled instances.

    A draw on which nothing can be fitted is left out.
    """
    names, index = np.unique(pairs.clusters, return_inverse=True)
    rows = [np.flatnonzero(index == number) for number in range(len(names))]
    random = np.random.default_rng(seed)
    found: list[NDArray[np.float64]] = []
    for _ in range(N_DRAWS):
        drawn = np.concatenate([rows[i] for i in random.integers(len(names), size=len(names))])
        try:
            found.append(fit_weights(pairs.at(drawn)).weights)
        except SettingsError:
            continue
    return np.array(found).reshape(-1, len(pairs.terms))


def reliability(
    chance: NDArray[np.float64], is_match: NDArray[np.bool_]
) -> tuple[ReliabilityBin, ...]:
    """Return 15 bins of equal width over [0, 1], without the empty ones."""
    places = np.minimum((chance * N_BINS).astype(int), N_BINS - 1)
    bins: list[ReliabilityBin] = []
    for place in range(N_BINS):
        inside = places == place
        if inside.any():
            said, found = float(chance[inside].mean()), float(is_match[inside].mean())
            bins.append(ReliabilityBin(int(inside.sum()), said, found))
    return tuple(bins)


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: mean |said - found| over pairs.

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    total = sum(one.n for one in bins)
    return sum(one.n * abs(one.said - one.found) for one in bins) / total
