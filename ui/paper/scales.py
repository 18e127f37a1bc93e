"""What an axis shows on paper: its ends, its ticks, and their labels without overlap."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from core.errors import ExchangeError
from core.types.number_text import with_minus
from ui.paper.words import words

_PAD = 0.05
"""Of the data's span, on each side, where the plot sets no range."""
APART_PT = 3.0
"""Between two labels of an axis."""
_X_STEP_PT, _Y_STEP_PT = 34.0, 17.0
"""Room for one tick where the plot sets none."""
_MOST_TICKS = 400


@dataclass(frozen=True, slots=True)
class Scale:
    """The two ends (low may be above high) and the ticks; `is_shown` = labels are written."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    is_shown: bool = True

    def share(self, value: float) -> float:
        """Return where a value lies between the ends, 0 at `low` and 1 at `high`."""
        if self.is_log:
            start, end = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - start) / (end - start) if value > 0 else -math.inf
        return (value - self.low) / (self.high - self.low)

    def shares(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `share` of many values; NaN where a log axis has no place."""
        if not self.is_log:
            return (values - self.low) / (self.high - self.low)
        start, end = math.log10(self.low), math.log10(self.high)
        known = np.where(values > 0, values, np.nan)
        return (np.log10(known) - start) / (end - start)

    def of_note(self, value: float) -> float:
        """Return the value that an annotation names; on a log axis it gives the exponent."""
        return 10.0**value if self.is_log else value


def scale_of(axis: Any, values: Sequence[float], categories: Sequence[str] = ()) -> Scale:  # noqa: ANN401
    """Return the ends of an axis of Plotly, without ticks.

    Args:
        axis: Of the layout.
        values: Finite values of everything drawn on it.
        categories: Names of the places 0, 1, 2 ... where the axis shows no numbers.
    """
    is_log = axis.type == "log"
    known = [value for value in values if not is_log or value > 0]
    low, high = _ends(known, is_log=is_log)
    if categories:
        low, high = -0.6, len(categories) - 0.4
    if axis.autorange == "reversed":
        low, high = high, low
    given = axis.range or (None, None)
    low, high = (
        end if one is None else (10.0**one if is_log else float(one))
        for one, end in zip(given, (low, high), strict=True)
    )
    if low == high:
        low, high = low - 0.5, high + 0.5
    return Scale(low, high, is_log, is_shown=axis.showticklabels is not False)


def _ends(known: Sequence[float], *, is_log: bool) -> tuple[float, float]:
    if not known:
        return (1.0, 10.0) if is_log else (0.0, 1.0)
    low, high = min(known), max(known)
    if is_log:
        start, end = math.log10(low), math.log10(high)
        pad = max(_PAD * (end - start), 0.1)
        return 10.0 ** (start - pad), 10.0 ** (end + pad)
    pad = _PAD * (high - low) or max(abs(high) * _PAD, 0.5)
    return low - pad, high + pad


def with_ticks(
    scale: Scale,
    axis: Any,  # noqa: ANN401
    length_pt: float,
    size: Callable[[str], float],
    categories: Sequence[str] = (),
) -> Scale:
    """Return the scale with its ticks, and labels where they have room; others are empty.

    Args:
        scale: Of the axis.
        axis: Of Plotly's layout: its own ticks, step and format are kept.
        length_pt: How long it is drawn.
        size: Of a label along the axis, in points.
        categories: As in `scale_of`.
    """
    ticks, labels = _ticks(scale, axis, length_pt, categories)
    inside = [
        (tick, label)
        for tick, label in zip(ticks, labels, strict=True)
        if -1e-9 <= scale.share(tick) <= 1 + 1e-9
    ]
    places = [scale.share(tick) * length_pt for tick, _ in inside]
    sizes = [size(label) for _, label in inside]
    kept = _kept(places, sizes) if scale.is_shown else set[int]()
    return replace(
        scale,
        ticks=tuple(tick for tick, _ in inside),
        labels=tuple(label if n in kept else "" for n, (_, label) in enumerate(inside)),
    )


def _ticks(
    scale: Scale,
    axis: Any,  # noqa: ANN401
    length_pt: float,
    categories: Sequence[str],
) -> tuple[list[float], list[str]]:
    if categories:
        return [float(place) for place in range(len(categories))], list(categories)
    if axis.tickvals is not None:
        ticks = [float(value) for value in axis.tickvals]
        texts = None if axis.ticktext is None else [words(str(t)).text for t in axis.ticktext]
        return ticks, texts or [_number(value, axis.tickformat, ticks) for value in ticks]
    ticks = _log_ticks(scale) if scale.is_log else _linear_ticks(scale, axis, length_pt)
    return ticks, [_number(value, axis.tickformat, ticks) for value in ticks]


def _linear_ticks(scale: Scale, axis: Any, length_pt: float) -> list[float]:  # noqa: ANN401
    low, high = sorted((scale.low, scale.high))
    step = axis.dtick
    if isinstance(step, int | float) and step > 0 and (high - low) / step < _MOST_TICKS:
        locator: Any = MultipleLocator(float(step))
    else:
        room = _Y_STEP_PT if type(axis).__name__ == "YAxis" else _X_STEP_PT
        locator = MaxNLocator(int(min(max(length_pt / room, 2), 8)), steps=[1, 2, 2.5, 5, 10])
    return [float(value) + 0.0 for value in locator.tick_values(low, high)]


def _log_ticks(scale: Scale) -> list[float]:
    low, high = sorted((scale.low, scale.high))
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    factors = (1,) if last - first > 3 else (1, 2, 5)
    return [factor * 10.0**power for power in range(first, last + 1) for factor in factors]


def _number(value: float, form: str | None, ticks: Sequence[float]) -> str:
    if form:
        try:
            return with_minus(format(value, form))
        except ValueError as error:
            raise ExchangeError(f"Ticks of format '{form}' cannot be written on paper.") from error
    steps = np.diff(sorted(ticks))
    if len(steps) == 0 or value == 0:
        return with_minus(f"{value:g}")
    digits = min(max(0, -math.floor(math.log10(float(steps.min())) + 1e-9)), 6)
    if abs(value) >= 1e6:
        return with_minus(f"{value:g}")
    even = all(abs(round(tick, digits) - tick) < 1e-9 * max(1.0, abs(tick)) for tick in ticks)
    return with_minus(f"{value:.{digits if even else digits + 1}f}")


def _kept(places: Sequence[float], sizes: Sequence[float]) -> set[int]:
    """Return which labels are written: every k-th where ticks are even, else the ends first."""
    n = len(places)
    if n < 2:
        return set(range(n))
    gaps = np.abs(np.diff(places))
    if gaps.max() - gaps.min() < 0.01 * max(float(gaps.max()), 1.0):
        for step in range(1, n):
            kept = list(range(0, n, step))
            if all(_are_apart(places, sizes, a, b) for a, b in pairwise(kept)):
                return set(kept)
        return {0}
    kept: list[int] = []
    for place in (0, n - 1, *range(1, n - 1)):
        if all(_are_apart(places, sizes, place, other) for other in kept):
            kept.append(place)
    return set(kept)


def _are_apart(places: Sequence[float], sizes: Sequence[float], a: int, b: int) -> bool:
    return abs(places[a] - places[b]) >= (sizes[a] + sizes[b]) / 2 + APART_PT
