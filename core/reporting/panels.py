"""Mean response curves to all perturbations as one SVG: small multiples fit for print."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.reporting.axes import SHARE_TICKS, Frame, nice_ticks, number, with_minus
from core.reporting.text import esc
from core.robustness.breaking import plotted
from core.types import (
    Estimate,
    LevelMean,
    PerturbationSpec,
    RobustnessReport,
    ScorerResponse,
    SetResponse,
)

_COLUMNS, _WIDTH = 5, 1000
_LEFT, _RIGHT, _GAP, _HEAD = 64, 10, 14, 66
_SCORE_HEIGHT, _SHARE_HEIGHT, _BETWEEN = 104, 56, 9
_TITLE, _FOOT = 20, 44
_CLASSES = ("first", "second")
_STYLE = """\
.panels { background: #fff; font-family: Helvetica, Arial, sans-serif; font-size: 11px; }
.panels text { fill: #334155; stroke: none; }
.panels .title { fill: #0f172a; font-weight: 700; font-size: 12px; }
.panels .frame { fill: none; stroke: #94a3b8; stroke-width: .8; }
.panels .grid { stroke: #e2e8f0; stroke-width: .8; }
.panels .neutral { stroke: #94a3b8; stroke-width: .8; }
.panels .first { stroke: #4338ca; } .panels .second { stroke: #475569; }
.panels .curve { fill: none; stroke-width: 1.8; } .panels .curve.second { stroke-width: 1.4; }
.panels .dash { fill: none; stroke-width: 1.2; stroke-dasharray: 5 3; }
.panels .dots { fill: none; stroke-width: 1.4; stroke-dasharray: 1 3; stroke-linecap: round; }
.panels .band { stroke: none; fill-opacity: .16; }
.panels .line { stroke: none; fill-opacity: .09; }
.panels .band.first, .panels .line.first, .panels .mark.first { fill: #4338ca; }
.panels .band.second, .panels .line.second { fill: #475569; }
.panels .mark { stroke-width: 1; } .panels .mark.second { fill: #fff; }
"""


@dataclass(frozen=True, slots=True)
class _Scales:
    """Ends and ticks of the y axes, one per scorer, shared by all panels."""

    ends: tuple[tuple[float, float], ...]
    ticks: tuple[tuple[float, ...], ...]


def panels_svg(report: RobustnessReport) -> str:
    """Return the figure: per perturbation each scorer's mean curve, and the share above the line.

    A standalone SVG file that can also stand in a page: it holds its style, no script and no link.
    """
    responses = report.responses
    n_scorers = len(responses[0].responses)
    scales = _scales(responses)
    height = _TITLE + n_scorers * (_SCORE_HEIGHT + _BETWEEN) + _SHARE_HEIGHT + _FOOT
    n_rows = -(-len(responses) // _COLUMNS)
    total = _HEAD + n_rows * height
    width = (_WIDTH - _LEFT - _RIGHT - (_COLUMNS - 1) * _GAP) / _COLUMNS
    panels = "".join(
        _panel(
            response,
            scales,
            _LEFT + (place % _COLUMNS) * (width + _GAP),
            _HEAD + place // _COLUMNS * height,
            width,
            is_first=place % _COLUMNS == 0,
        )
        for place, response in enumerate(responses)
    )
    label = f"Mean score under {len(responses)} perturbations, n = {len(report.instances)} queries"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="panels" viewBox="0 0 {_WIDTH} {total}" '
        f'width="{_WIDTH}" height="{total}" role="img" aria-label="{esc(label)}">'
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{total}" fill="#fff"/>'
        f"{_legend(responses[0], len(report.instances))}{panels}</svg>"
    )


def _scales(responses: Sequence[SetResponse]) -> _Scales:
    ends: list[tuple[float, float]] = []
    for place in range(len(responses[0].responses)):
        found = [one.responses[place] for one in responses]
        values = [value for one in found for value in _drawn(one)]
        low, high = min(values), max(values)
        room = 0.06 * (high - low) or 1.0
        ends.append((low - room, high + room))
    return _Scales(tuple(ends), tuple(nice_ticks(*pair) for pair in ends))


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
    for place, one in enumerate(response.responses):
        frame = Frame(left, y, width, _SCORE_HEIGHT, ends, scales.ends[place])
        title = f"{one.scorer}, {one.unit}" if one.scorer != one.unit else one.scorer
        labels = (title, "g") if is_first else None
        parts.append(frame.background(scales.ticks[place], labels))
        parts += [_neutral(frame, spec), _scorer(frame, spec, one, _CLASSES[place])]
        y += _SCORE_HEIGHT + _BETWEEN
    frame = Frame(left, y, width, _SHARE_HEIGHT, ends, (0.0, 1.0))
    parts += [
        frame.background(SHARE_TICKS, ("above line", ".0%") if is_first else None),
        _neutral(frame, spec),
    ]
    for place, one in enumerate(response.responses):
        parts.append(_curve(frame, spec, one, lambda level: level.above, _CLASSES[place]))
    parts.append(_x_axis(frame, spec))
    return "".join(parts)


def _neutral(frame: Frame, spec: PerturbationSpec) -> str:
    """Mark neutral where it lies inside the axis."""
    if not min(spec.levels) < spec.neutral < max(spec.levels):
        return ""
    return frame.vertical(plotted(spec, spec.neutral), "neutral")


def _scorer(frame: Frame, spec: PerturbationSpec, one: ScorerResponse, kind: str) -> str:
    parts: list[str] = []
    if one.line is not None:
        across = [frame.x_ends[0], frame.x_ends[1]]
        low, high = _ends(one.line)
        parts.append(frame.band(across, [low, low], [high, high], f"line {kind}"))
        parts.append(frame.path(across, [one.line.mean] * 2, f"dash {kind}"))
    parts.append(_curve(frame, spec, one, lambda level: level.moved_line, kind, "dots"))
    parts.append(_curve(frame, spec, one, lambda level: level.score, kind))
    medians = [found.median for found in one.breaking if found.median is not None]
    parts += [frame.triangle(plotted(spec, median), f"mark {kind}") for median in medians]
    return "".join(parts)


def _curve(
    frame: Frame,
    spec: PerturbationSpec,
    one: ScorerResponse,
    value: Callable[[LevelMean], Estimate | None],
    kind: str,
    look: str = "curve",
) -> str:
    """Draw a value with its band and marks; levels without it are left out."""
    known = [(level.strength, found) for level in one.levels if (found := value(level)) is not None]
    if not known:
        return ""
    x = [plotted(spec, strength) for strength, _ in known]
    means = [found.mean for _, found in known]
    path = frame.path(x, means, f"{look} {kind}")
    if look != "curve":
        return path
    low, high = zip(*(_ends(found) for _, found in known), strict=True)
    marks = "".join(
        frame.mark(place, mean, f"mark {kind}", is_round=kind == _CLASSES[0])
        for place, mean in zip(x, means, strict=True)
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


def _legend(response: SetResponse, n: int) -> str:
    """Return two lines above the panels: what the scorers look like, and what the lines mean."""
    parts: list[str] = []
    x = float(_LEFT)
    for place, one in enumerate(response.responses):
        kind = _CLASSES[place]
        frame = Frame(x, 8, 34, 16, (0.0, 1.0), (0.0, 1.0))
        text = f"{one.scorer}: mean of n = {n} pairs, 95 % bootstrap band over instances"
        parts += [
            frame.band([0, 1], [0.1, 0.1], [0.9, 0.9], f"band {kind}"),
            frame.path([0, 1], [0.5, 0.5], f"curve {kind}"),
            frame.mark(0.5, 0.5, f"mark {kind}", is_round=place == 0),
            f'<text x="{number(x + 40)}" y="20">{esc(text)}</text>',
        ]
        x += 450
    entries = [("dash", "mean score of the hard negatives, undamaged")]
    if any(level.moved_line for one in response.responses for level in one.levels):
        entries.append(("dots", "the same against the damaged query"))
    x = float(_LEFT)
    for look, text in entries:
        frame = Frame(x, 30, 34, 16, (0.0, 1.0), (0.0, 1.0))
        parts.append(frame.path([0, 1], [0.5, 0.5], f"{look} {_CLASSES[0]}"))
        parts.append(f'<text x="{number(x + 40)}" y="42">{esc(text)}</text>')
        x += 50 + 6 * len(text)
    frame = Frame(x, 30, 14, 12, (0.0, 1.0), (0.0, 1.0))
    parts.append(frame.triangle(0.5, f"mark {_CLASSES[0]}"))
    parts.append(f'<text x="{number(x + 20)}" y="42">median breaking strength</text>')
    return "".join(parts)
