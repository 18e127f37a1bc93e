"""Mean response curves to all perturbations as one SVG: small multiples fit for print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from core.reporting.axes import N_SHAPES, SHARE_TICKS, Frame, nice_ticks, number, with_minus
from core.reporting.text import esc
from core.robustness.breaking import plotted
from core.types.robustness import PerturbationSpec
from core.types.sets import Estimate, LevelMean, RobustnessReport, ScorerResponse, SetResponse

_COLUMNS, _WIDTH = 5, 1000
_LEFT, _RIGHT, _GAP = 64, 10, 14
_LEGEND_ROW = 22
_SCORE_HEIGHT, _SHARE_HEIGHT, _BETWEEN = 104, 56, 9
_TITLE, _FOOT = 20, 44
_COLOURS = ("#4338ca", "#475569", "#0e7490", "#b45309", "#be185d", "#15803d")
"""Of the scorers in their order; the own scorer and the descriptor as everywhere on screen."""
_OWN_UNIT = "as imported"
"""Scores in this unit are not comparable, so that they share no frame."""
_STYLE = """\
.panels { background: #fff; font-family: Helvetica, Arial, sans-serif; font-size: 13px; }
.panels text { fill: #334155; stroke: none; }
.panels .title { fill: #0f172a; font-weight: 700; font-size: 14px; }
.panels .frame { fill: none; stroke: #94a3b8; stroke-width: .8; }
.panels .grid { stroke: #e2e8f0; stroke-width: .8; }
.panels .neutral { stroke: #94a3b8; stroke-width: .8; }
.panels .curve { fill: none; stroke-width: 1.4; } .panels .curve.s0 { stroke-width: 1.8; }
.panels .dash { fill: none; stroke-width: 1.2; stroke-dasharray: 5 3; }
.panels .dots { fill: none; stroke-width: 1.4; stroke-dasharray: 1 3; stroke-linecap: round; }
.panels .band { stroke: none; fill-opacity: .16; }
.panels .line { stroke: none; fill-opacity: .09; }
.panels .mark { stroke-width: 1; }
"""


@dataclass(frozen=True, slots=True)
class _Scales:
    """Ends and ticks of the y axes, one per frame, shared by all panels.

    `frames` are the places of the scorers that share one: those whose scores have the same unit.
    """

    frames: tuple[tuple[int, ...], ...]

    ends: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, ...], ...]


def panels_svg(report: RobustnessReport) -> str:
    """Return the figure: per perturbation each scorer's mean curve, and the share above the line.

    A standalone SVG file that can also stand in a page: it holds its style, no script and no link.
    """
    responses = report.responses
    scales = _scales(responses)
    height = _TITLE + len(scales.frames) * (_SCORE_HEIGHT + _BETWEEN) + _SHARE_HEIGHT + _FOOT
    n_rows = -(-len(responses) // _COLUMNS)
    legend, head = _legend(responses[0], len(report.instances))
    total = head + n_rows * height
    width = (_WIDTH - _LEFT - _RIGHT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    panels = "".join(
        _panel(
            response,
            scales,
            _LEFT + (place % _COLUMNS) * (width + _GAP),
            head + place // _COLUMNS * height,
            width,
            is_first=place % _COLUMNS == 0,
        )
        for place, response in enumerate(responses)
    )
    label = f"Mean score under {len(responses)} perturbations, n = {len(report.instances)} queries"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="panels" viewBox="0 0 {_WIDTH} {total}" '
        f'width="{_WIDTH}" height="{total}" role="img" aria-label="{esc(label)}">'
        f"<style>{_STYLE}{_looks(len(responses[0].responses))}</style>"
        f'<rect width="{_WIDTH}" height="{total}" fill="#fff"/>{legend}{panels}</svg>'
    )


def _looks(n_scorers: int) -> str:
    """Return the colours of the scorers; every other one has open marks."""
    rules: list[str] = []
    for place in range(n_scorers):
        kind, colour = _kind(place), _COLOURS[place % len(_COLOURS)]
        inside = "#fff" if place % 2 else colour
        rules.append(
            f".panels .{kind} {{ stroke: {colour}; }} "
            f".panels :is(.band, .line).{kind} {{ fill: {colour}; stroke: none; }} "
            f".panels .mark.{kind} {{ fill: {inside}; }}\n"
        )
    return "".join(rules)


def _kind(place: int) -> str:
    return f"s{place}"


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
    return _Scales(frames, tuple(ends), tuple(nice_ticks(*pair) for pair in ends))


def _drawn(one: ScorerResponse) -> list[float]:
    estimates = [one.line, *(e for level in one.levels for e in (level.score, level.moved_line))]
    return [value for e in estimates if e is not None for value in (e.mean, *_ends(e))]


def _ends(found: Estimate) -> tuple[float, float]:
    ends = found.interval
    return (found.mean, found.mean) if ends is None else (ends.low, ends.high)


def _panel(
    response: SetResponse,
    scales: _Scales,
    left: float,
    top: float,
    width: float,
    *,
    is_first: bool,
) -> str:
    spec = response.spec
    ends = plotted(spec, spec.levels[0]), plotted(spec, spec.levels[-1])
    y = top + _TITLE
    parts = [
        f'<text class="title" x="{number(left)}" y="{number(top + 13)}">{esc(spec.name)}</text>'
    ]
    for row, places in enumerate(scales.frames):
        frame = Frame(left, y, width, _SCORE_HEIGHT, ends, scales.ends[row])
        labels = (_title(response, places), "g") if is_first else None
        parts.append(frame.background(scales.ticks[row], labels))
        parts.append(_neutral(frame, spec))
        parts += [_scorer(frame, spec, response.responses[place], place) for place in places]
        y += _SCORE_HEIGHT + _BETWEEN
    frame = Frame(left, y, width, _SHARE_HEIGHT, ends, (0.0, 1.0))
    parts += [
        frame.background(SHARE_TICKS, ("above line", ".0%") if is_first else None),
        _neutral(frame, spec),
    ]
    for place, one in enumerate(response.responses):
        parts.append(_curve(frame, spec, one, lambda level: level.above, place))
    parts.append(_x_axis(frame, spec))
    return "".join(parts)


def _neutral(frame: Frame, spec: PerturbationSpec) -> str:
    """Mark neutral where it lies inside the axis."""
    if not min(spec.levels) < spec.neutral < max(spec.levels):
        return ""
    return frame.vertical(plotted(spec, spec.neutral), "neutral")


def _title(response: SetResponse, places: Sequence[int]) -> str:
    """Return what a frame shows: its one scorer, or the unit that several share."""
    first = response.responses[places[0]]
    if len(places) > 1 or first.scorer == first.unit:
        return first.unit
    return f"{first.scorer}, {first.unit}"


def _scorer(frame: Frame, spec: PerturbationSpec, one: ScorerResponse, place: int) -> str:
    parts: list[str] = []
    kind = _kind(place)
    if one.line is not None:
        across = [frame.x_ends[0], frame.x_ends[1]]
        low, high = _ends(one.line)
        parts.append(frame.band(across, [low, low], [high, high], f"line {kind}"))
        parts.append(frame.path(across, [one.line.mean] * 2, f"dash {kind}"))
    parts.append(_curve(frame, spec, one, lambda level: level.moved_line, place, "dots"))
    parts.append(_curve(frame, spec, one, lambda level: level.score, place))
    medians = [found.median for found in one.breaking if found.median is not None]
    parts += [frame.triangle(plotted(spec, median), f"mark {kind}") for median in medians]
    return "".join(parts)


def _curve(
    frame: Frame,
    spec: PerturbationSpec,
    one: ScorerResponse,
    value: Callable[[LevelMean], Estimate | None],
    place: int,
    look: str = "curve",
) -> str:
    """Draw a value with its band and marks; levels without it are left out."""
    known = [(level.strength, found) for level in one.levels if (found := value(level)) is not None]
    if not known:
        return ""
    kind = _kind(place)
    x = [plotted(spec, strength) for strength, _ in known]
    means = [found.mean for _, found in known]
    path = frame.path(x, means, f"{look} {kind}")
    if look != "curve":
        return path
    low, high = zip(*(_ends(found) for _, found in known), strict=True)
    marks = "".join(
        frame.mark(at, mean, f"mark {kind}", place % N_SHAPES)
        for at, mean in zip(x, means, strict=True)
    )
    return frame.band(x, low, high, f"band {kind}") + path + marks


def _x_axis(frame: Frame, spec: PerturbationSpec) -> str:
    ends = plotted(spec, spec.levels[0]), plotted(spec, spec.levels[-1])
    middle = min(spec.levels, key=lambda v: abs(plotted(spec, v) - sum(ends) / 2))
    ticks = [
        (plotted(spec, v), with_minus(f"{v:g}")) for v in (spec.levels[0], middle, spec.levels[-1])
    ]
    unit = f"{spec.unit}, log axis" if spec.log_axis else spec.unit
    return frame.x_axis(ticks, unit)


def _legend(response: SetResponse, n: int) -> tuple[str, int]:
    """Return what the scorers look like and what the lines mean, and where the panels begin."""
    flow = _Flow()
    for place, one in enumerate(response.responses):
        flow.add(40, one.scorer, partial(_key, place))
    flow.add(0, f"mean of n = {n} pairs, 95 % bootstrap band over instances", _no_key)
    flow.add(40, "mean score of the hard negatives, undamaged", partial(_line_key, "dash"))
    if any(level.moved_line for one in response.responses for level in one.levels):
        flow.add(40, "the same against the damaged query", partial(_line_key, "dots"))
    flow.add(20, "median breaking strength", _median_key)
    return "".join(flow.parts), int(flow.top + _LEGEND_ROW + 14)


class _Flow:
    """Entries from left to right that begin another row where there is no room."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.left, self.top = float(_LEFT), 8.0

    def add(self, key: float, text: str, draw: Callable[[float, float], str]) -> None:
        """Add a key of some width and its text; `draw` takes the key's left and top."""
        width = key + 6.6 * len(text) + 18
        if self.left > _LEFT and self.left + width > _WIDTH:
            self.left, self.top = float(_LEFT), self.top + _LEGEND_ROW
        x, y = number(self.left + key), number(self.top + 12)
        self.parts.append(f'{draw(self.left, self.top)}<text x="{x}" y="{y}">{esc(text)}</text>')
        self.left += width


def _key(place: int, left: float, top: float) -> str:
    frame = Frame(left, top, 34, 16, (0.0, 1.0), (0.0, 1.0))
    kind = _kind(place)
    return (
        frame.band([0, 1], [0.1, 0.1], [0.9, 0.9], f"band {kind}")
        + frame.path([0, 1], [0.5, 0.5], f"curve {kind}")
        + frame.mark(0.5, 0.5, f"mark {kind}", place % N_SHAPES)
    )


def _line_key(look: str, left: float, top: float) -> str:
    frame = Frame(left, top, 34, 16, (0.0, 1.0), (0.0, 1.0))
    return frame.path([0, 1], [0.5, 0.5], f"{look} {_kind(0)}")


def _median_key(left: float, top: float) -> str:
    frame = Frame(left, top, 14, 12, (0.0, 1.0), (0.0, 1.0))
    return frame.triangle(0.5, f"mark {_kind(0)}")


def _no_key(left: float, top: float) -> str:  # noqa: ARG001 - a text without a key
    return ""
