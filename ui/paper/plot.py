"""A figure of Plotly read for paper: its panes, its traces with their looks, its legends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.errors import ExchangeError
from ui.paper.looks import Look, told_apart
from ui.paper.looks_of import look_of
from ui.paper.words import words

KINDS = ("scatter", "scattergl", "bar")
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pane:
    """One pair of axes; rows from the top, columns from the left.

    `share` is its part of the plot's height. `over` is the pane's y axis that it shares its place
    with, the labels of its own stand on the right; None elsewhere.
    """

    x: str
    y: str
    row: int
    column: int
    share: float
    over: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One trace: its values on both axes, (n,) with NaN in gaps, and its look.

    `name` is empty where the legend has no entry for it; `legend` is where the entry stands.
    """

    source: Any
    x: Values
    y: Values
    look: Look
    name: str
    legend: str
    pane: tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """What is drawn; `categories` are the names of an axis's places where it shows no numbers."""

    source: go.Figure
    panes: tuple[Pane, ...]
    traces: tuple[Trace, ...]
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def layout(self) -> Any:  # noqa: ANN401 - Plotly's own type
        """The figure's layout."""
        return self.source.layout

    @property
    def is_empty(self) -> bool:
        """Whether no trace has a point."""
        return not any((np.isfinite(one.x) & np.isfinite(one.y)).any() for one in self.traces)

    def axis(self, name: str) -> Any:  # noqa: ANN401 - Plotly's own type
        """Return the layout's axis of this name, such as `y2`."""
        return self.layout[f"{name[0]}axis{name[1:]}"]

    def legends(self) -> dict[str, list[Trace]]:
        """Return the traces with an entry, by legend, in their order."""
        found: dict[str, list[Trace]] = {}
        for one in self.traces:
            if one.name:
                found.setdefault(one.legend, []).append(one)
        return found

    def values(self, axis: str) -> list[float]:
        """Return the finite values drawn on an axis."""
        found: list[float] = []
        for one in self.traces:
            if axis in one.pane:
                mine = one.x if axis == one.pane[0] else one.y
                found += [float(value) for value in mine[np.isfinite(mine)]]
                if one.source.type == "bar" and (one.source.orientation == "h") == (axis[0] == "x"):
                    found.append(0.0)
        return found


def read(figure: go.Figure) -> Plot:
    """Return what a figure draws.

    Raises:
        ExchangeError: It draws what paper cannot show.
    """
    drawn: tuple[Any, ...] = tuple(figure.data)
    sources = [one for one in drawn if one.visible in (None, True)]
    for one in sources:
        if one.type not in KINDS:
            raise ExchangeError(f"A plot of kind '{one.type}' cannot be laid out for paper.")
    categories = {
        axis: names
        for axis in dict.fromkeys(axis for one in sources for axis in _pane_of(one))
        if (names := _names(axis, sources))
    }
    traces = [_trace(figure, one, categories) for one in sources]
    panes = _panes(figure, [one.pane for one in traces])
    return Plot(figure, panes, tuple(_distinct(traces)), categories)


def _pane_of(trace: Any) -> tuple[str, str]:  # noqa: ANN401
    return (trace.xaxis or "x", trace.yaxis or "y")


def _names(axis: str, sources: Sequence[Any]) -> tuple[str, ...]:
    """Return the texts that stand in place of numbers, in the order in which they come."""
    found: dict[str, None] = {}
    for one in sources:
        values = (one.x if axis[0] == "x" else one.y) if axis in _pane_of(one) else ()
        found |= {str(v): None for v in (() if values is None else values) if isinstance(v, str)}
    return tuple(found)


def _trace(figure: go.Figure, one: Any, categories: dict[str, tuple[str, ...]]) -> Trace:  # noqa: ANN401
    pane = _pane_of(one)
    x, y = _pair(one.x, one.y)
    is_named = figure.layout["showlegend"] is not False and one.showlegend is not False
    return Trace(
        source=one,
        x=_numbers(x, categories.get(pane[0], ())),
        y=_numbers(y, categories.get(pane[1], ())),
        look=look_of(one),
        name=words(str(one.name)).text if one.name and is_named else "",
        legend=one.legend or "legend",
        pane=pane,
    )


def _pair(x: Any, y: Any) -> tuple[Sequence[Any], Sequence[Any]]:  # noqa: ANN401
    """Return both coordinates; one that is not given counts 0, 1, 2 ..."""
    xs = range(0 if y is None else len(y)) if x is None else x
    ys = range(0 if x is None else len(x)) if y is None else y
    n = min(len(xs), len(ys))
    return xs[:n], ys[:n]


def _numbers(values: Sequence[Any], names: tuple[str, ...]) -> Values:
    places = {name: float(place) for place, name in enumerate(names)}
    return np.array(
        [
            np.nan if value is None else places[value] if isinstance(value, str) else float(value)
            for value in values
        ],
        dtype=np.float64,
    )


def _panes(figure: go.Figure, used: Sequence[tuple[str, str]]) -> tuple[Pane, ...]:
    """Return the panes that traces are drawn in; without any trace the first."""
    pairs = list(dict.fromkeys(used)) or [("x", "y")]
    layout = figure.layout
    rows = sorted({_domain(layout, y) for _, y in pairs}, key=lambda ends: -ends[1])
    columns = sorted({_domain(layout, x) for x, _ in pairs})
    made: list[Pane] = []
    for x, y in sorted(pairs, key=lambda pair: _base(layout, pair[1]) is not None):
        domain = _domain(layout, y)
        row = rows.index(domain)
        over = next((p.y for p in made if p.x == x and p.row == row), None)
        column = columns.index(_domain(layout, x))
        made.append(Pane(x, y, row, column, domain[1] - domain[0], over))
    return tuple(sorted(made, key=lambda pane: (pane.row, pane.column)))


def _base(layout: Any, axis: str) -> str | None:  # noqa: ANN401
    """Return the axis that this one is drawn over."""
    over = layout[f"{axis[0]}axis{axis[1:]}"].overlaying
    return None if over in (None, "free") else str(over)


def _domain(layout: Any, axis: str) -> tuple[float, float]:  # noqa: ANN401
    base = _base(layout, axis) or axis
    low, high = layout[f"{base[0]}axis{base[1:]}"].domain or (0.0, 1.0)
    return (float(low), float(high))


def _distinct(traces: Sequence[Trace]) -> list[Trace]:
    """Return the traces with looks that grey tells apart within each legend.

    A trace without an entry follows the one that has its name or its group.
    """
    looks: dict[int, Look] = {}
    for legend in dict.fromkeys(one.legend for one in traces):
        named = [n for n, one in enumerate(traces) if one.legend == legend and one.name]
        looks |= dict(zip(named, told_apart([traces[n].look for n in named]), strict=True))
    leaders: dict[tuple[object, object], Look] = {}
    for n, look in looks.items():
        for key in _keys(traces[n]):
            leaders.setdefault(key, look)
    found: list[Trace] = []
    for n, one in enumerate(traces):
        look = looks.get(n)
        if look is None:
            leader = next((leaders[key] for key in _keys(one) if key in leaders), None)
            look = one.look if leader is None else one.look.like(leader)
        found.append(Trace(one.source, one.x, one.y, look, one.name, one.legend, one.pane))
    return found


def _keys(one: Trace) -> list[tuple[object, object]]:
    """Return what traces of one kind share: the group, else the name with its colour."""
    source = one.source
    if source.legendgroup:
        return [("group", source.legendgroup)]
    return [(source.name, one.look.ink)] if source.name else []
