"""Mean response curves to all perturbations as one SVG: small multiples fit for print."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from core.reporting.canvas import DOUBLE_MM, LINE, MM, SINGLE_MM, drawing, svg_text
from core.robustness.breaking import plotted
from core.types.number_text import with_minus
from core.types.robustness import PerturbationSpec
from core.types.sets import Estimate, LevelMean, RobustnessReport, ScorerResponse, SetResponse

_COLUMNS, _FEW = 5, 2
"""Panels in a row, and how many still fit into one column of a page."""
_LEFT_MM, _RIGHT_MM, _GAP_MM, _NAME_MM = 15.0, 2.0, 3.0, 9.0
_SCORE_MM, _SHARE_MM, _BETWEEN_MM = 21.0, 13.0, 2.0
_TITLE_MM, _FOOT_MM, _EDGE_MM = 5.0, 10.0, 2.0
_COLOURS = ("#4338ca", "#475569", "#0e7490", "#b45309", "#be185d", "#15803d")
"""Of the scorers in their order; the own scorer and the descriptor as everywhere on screen."""
_SHAPES = ("o", "s", "D", "^", "v", "<")
_OWN_UNIT = "as imported"
"""Scores in this unit are not comparable, so that they share no frame."""
_LONG_NAME, _LONG_TITLE = 56, 18


@dataclass(frozen=True, slots=True)
class _Scales:
    """Ends of the y axes, one per frame, shared by all panels.

    `frames` are the places of the scorers that share one: those whose scores have the same unit.
    """

    frames: tuple[tuple[int, ...], ...]
    ends: tuple[tuple[float, float], ...]

    @property
    def height_mm(self) -> float:
        """Height of a panel with its title and the x axis."""
        scores = len(self.frames) * (_SCORE_MM + _BETWEEN_MM)
        return _TITLE_MM + scores + _SHARE_MM + _FOOT_MM


def panels_svg(report: RobustnessReport) -> Markup:
    """Return the figure: per perturbation each scorer's mean curve, and the share above the line.

    A standalone SVG file that can also stand in a page: it holds its style, no script and no link
    but to its own parts. One or two perturbations are as wide as a column of a page, more as two.
    """
    n = len(report.responses)
    label = f"Mean score under {n} perturbations, n = {len(report.instances)} queries"
    with drawing():
        kind = "panels narrow" if n <= _FEW else "panels"
        return Markup(svg_text(panels(report), kind, label))


def panels(report: RobustnessReport) -> Figure:
    """Return the same figure for matplotlib; axes stand panel by panel. Within `drawing` only."""
    responses = report.responses
    scales = _scales(responses)
    width_mm = SINGLE_MM if len(responses) <= _FEW else DOUBLE_MM
    n_rows = -(-len(responses) // _COLUMNS)
    figure = Figure(figsize=(width_mm * MM, n_rows * scales.height_mm * MM))
    head_mm = _legend(figure, responses[0], len(report.instances), width_mm)
    figure.set_figheight((head_mm + n_rows * scales.height_mm) * MM)
    n_columns = min(_COLUMNS, len(responses))
    room = width_mm - _LEFT_MM - _RIGHT_MM - (n_columns - 1) * _GAP_MM
    for place, response in enumerate(responses):
        row, column = divmod(place, n_columns)
        left = _LEFT_MM + column * (room / n_columns + _GAP_MM)
        cursor = _Cursor(figure, left, room / n_columns, head_mm + row * scales.height_mm)
        _panel(cursor, response, scales, is_first=column == 0)
    return figure


@dataclass(slots=True)
class _Cursor:
    """Where the next frame of a panel goes, in millimetres from the figure's top left."""

    figure: Figure
    left: float
    width: float
    top: float

    def frame(self, height: float, gap: float) -> Axes:
        """Return axes of some height and go on below them, `gap` further down."""
        across, down = (side / MM for side in self.figure.get_size_inches())
        bottom = down - self.top - height
        place = (self.left / across, bottom / down, self.width / across, height / down)
        self.top += height + gap
        return self.figure.add_axes(place)


def _frames(response: SetResponse) -> tuple[tuple[int, ...], ...]:
    """Return the places of the scorers frame by frame, in order of their first scorer."""
    frames: dict[str, list[int]] = {}
    for place, one in enumerate(response.responses):
        key = one.scorer if one.unit == _OWN_UNIT else one.unit
        frames.setdefault(key, []).append(place)
    return tuple(tuple(places) for places in frames.values())


def _scales(responses: Sequence[SetResponse]) -> _Scales:
    ends: list[tuple[float, float]] = []
    frames = _frames(responses[0])
    for places in frames:
        found = [one.responses[place] for one in responses for place in places]
        values = [value for one in found for value in _drawn(one)] or [0.0]
        low, high = min(values), max(values)
        room = 0.06 * (high - low) or 1.0
        ends.append((low - room, high + room))
    return _Scales(frames, tuple(ends))


def _drawn(one: ScorerResponse) -> list[float]:
    estimates = [one.line, *(e for level in one.levels for e in (level.score, level.moved_line))]
    return [value for e in estimates if e is not None for value in (e.mean, *_ends(e))]


def _ends(found: Estimate) -> tuple[float, float]:
    ends = found.interval
    return (found.mean, found.mean) if ends is None else (ends.low, ends.high)


def _panel(cursor: _Cursor, response: SetResponse, scales: _Scales, *, is_first: bool) -> None:
    spec = response.spec
    cursor.top += _TITLE_MM
    for row, places in enumerate(scales.frames):
        axes = cursor.frame(_SCORE_MM, _BETWEEN_MM)
        axes.set_title(spec.name if row == 0 else "", loc="left")
        axes.set_ylim(scales.ends[row])
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        for place in places:
            _scorer(axes, spec, response.responses[place], place)
        _set_axes(axes, spec)
        _name_y(axes, _title(response, places) if is_first else None, cursor.width)
    axes = cursor.frame(_SHARE_MM, 0.0)
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([0.0, 0.5, 1.0])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
    _set_axes(axes, spec)
    _name_y(axes, "above line" if is_first else None, cursor.width)
    for place, one in enumerate(response.responses):
        _curve(axes, spec, one, lambda level: level.above, place)
    _x_axis(axes, spec)


def _set_axes(axes: Axes, spec: PerturbationSpec) -> None:
    """Set the strengths' axis without ticks, and mark neutral where it lies inside."""
    axes.set_xlim(plotted(spec, spec.levels[0]), plotted(spec, spec.levels[-1]))
    axes.set_xticks([])
    if min(spec.levels) < spec.neutral < max(spec.levels):
        axes.axvline(plotted(spec, spec.neutral), color=LINE, linewidth=0.6)


def _name_y(axes: Axes, title: str | None, width_mm: float) -> None:
    """Name the first panel's y axis; the others have the same ends and no numbers."""
    if title is None:
        axes.tick_params(axis="y", length=0, labelleft=False)
        return
    axes.set_ylabel(title)
    axes.yaxis.set_label_coords(-_NAME_MM / width_mm, 0.5)


def _title(response: SetResponse, places: Sequence[int]) -> str:
    """Return what a frame shows: its one scorer, or the unit that several share."""
    first = response.responses[places[0]]
    if len(places) > 1 or first.scorer == first.unit:
        return _short(first.unit, _LONG_TITLE)
    return f"{_short(first.scorer, _LONG_TITLE)}\n{_short(first.unit, _LONG_TITLE)}"


def _short(text: str, n_most: int) -> str:
    return text if len(text) <= n_most else text[: n_most - 1] + "…"


def _scorer(axes: Axes, spec: PerturbationSpec, one: ScorerResponse, place: int) -> None:
    colour = _colour(place)
    if one.line is not None:
        axes.axhspan(*_ends(one.line), facecolor=colour, alpha=0.09, linewidth=0)
        axes.axhline(one.line.mean, color=colour, linewidth=0.9, dashes=(4, 2.5))
    known = [(level.strength, e.mean) for level in one.levels if (e := level.moved_line)]
    if known:
        x, y = zip(*known, strict=True)
        axes.plot([plotted(spec, v) for v in x], y, color=colour, linewidth=1.0, dashes=(1, 1.6))
    _curve(axes, spec, one, lambda level: level.score, place)
    for found in one.breaking:
        if found.median is not None:
            x, at_bottom = plotted(spec, found.median), axes.get_xaxis_transform()
            axes.plot([x], [0.07], transform=at_bottom, **_median_look(place))


def _curve(
    axes: Axes,
    spec: PerturbationSpec,
    one: ScorerResponse,
    value: Callable[[LevelMean], Estimate | None],
    place: int,
) -> None:
    """Draw a value with its band and marks; levels without it are left out."""
    known = [(level.strength, found) for level in one.levels if (found := value(level)) is not None]
    if not known:
        return
    x = [plotted(spec, strength) for strength, _ in known]
    low, high = zip(*(_ends(found) for _, found in known), strict=True)
    axes.fill_between(x, low, high, facecolor=_colour(place), alpha=0.16, linewidth=0)
    axes.plot(x, [found.mean for _, found in known], **_look(place), clip_on=False)


def _x_axis(axes: Axes, spec: PerturbationSpec) -> None:
    """Write first, middle and last strength inside the panel's width, and the unit below."""
    first, last = spec.levels[0], spec.levels[-1]
    half = (plotted(spec, first) + plotted(spec, last)) / 2
    middle = min(spec.levels, key=lambda v: abs(plotted(spec, v) - half))
    ticks = (first, middle, last)
    axes.set_xticks([plotted(spec, v) for v in ticks], [with_minus(f"{v:g}") for v in ticks])
    for label, side in zip(axes.get_xticklabels(), ("left", "center", "right"), strict=True):
        label.set_horizontalalignment(side)
    axes.set_xlabel(f"{spec.unit}, log axis" if spec.log_axis else spec.unit)


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _look(place: int) -> dict[str, Any]:
    """Return line and marks of a scorer; every other one has open marks."""
    return {
        "color": _colour(place),
        "linewidth": 1.2 if place == 0 else 1.0,
        "marker": _SHAPES[place % len(_SHAPES)],
        "markersize": 2.6,
        "markeredgewidth": 0.7,
        "markerfacecolor": "#fff" if place % 2 else _colour(place),
    }


def _median_look(place: int) -> dict[str, Any]:
    return _look(place) | {"marker": "^", "markersize": 4.5, "linestyle": "none"}


def _legend(figure: Figure, response: SetResponse, n: int, width_mm: float) -> float:
    """Draw what the scorers look like and what the lines mean; return its height in mm.

    It has as many columns as there is room for.
    """
    texts, samples = zip(*_keys(response, n), strict=True)
    renderer = FigureCanvasAgg(figure).get_renderer()
    for n_columns in range(len(texts), 0, -1):
        legend = figure.legend(
            samples,
            texts,
            loc="upper left",
            bbox_to_anchor=(_EDGE_MM / width_mm, 1.0),
            ncols=n_columns,
            borderaxespad=0.4,
        )
        size = legend.get_window_extent(renderer)
        if size.width / figure.dpi / MM <= width_mm - 2 * _EDGE_MM or n_columns == 1:
            return size.height / figure.dpi / MM + _EDGE_MM
        legend.remove()
    raise AssertionError("one column is always taken")


def _keys(response: SetResponse, n: int) -> Iterator[tuple[str, Artist]]:
    """Yield the legend's texts, each with its sample."""
    own = _colour(0)
    for place, one in enumerate(response.responses):
        yield _short(one.scorer, _LONG_NAME), Line2D([], [], **_look(place))
    yield "median breaking strength", Line2D([], [], **_median_look(0))
    line = Line2D([], [], color=own, linewidth=0.9, dashes=(4, 2.5))
    yield "mean score of the hard negatives, undamaged", line
    if any(level.moved_line for one in response.responses for level in one.levels):
        moved = Line2D([], [], color=own, linewidth=1.0, dashes=(1, 1.6))
        yield "the same against the damaged query", moved
    band = Patch(facecolor=own, alpha=0.16)
    yield f"mean of n = {n} pairs, 95 % bootstrap band over instances", band
