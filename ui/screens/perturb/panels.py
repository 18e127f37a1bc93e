"""Small multiples: one small drawing per perturbation, all with the same score axis."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import ClassVar

from markupsafe import Markup

from core.types.number_text import signed
from core.types.robustness import PerturbationSpec, ResponseCurve
from core.types.scores import ScoreKind
from core.types.sweeps import SweepRequest
from ui.screens.perturb.axis import share_of_axis
from ui.screens.perturb.selection import part_state, patch_text, spec_of
from ui.screens.perturb.words import (
    breaking_text,
    crossings,
    is_complete,
    ranks_text,
    scores_text,
    strength_text,
)
from ui.selection import ViewState
from ui.shared.screen import Page
from ui.shared.text import file_name

WIDTH, HEIGHT = 200, 190
LEFT, RIGHT, TOP, BOTTOM = 30, 194, 10, 166
Curves = Sequence[ResponseCurve]
_Y = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One perturbation of the grid, drawn in a box of WIDTH x HEIGHT.

    `opens` is what a click writes; `how` is broken, held or wait; `dashed` is the height of the
    hard negatives' mean, `breaks` where the score breaks, `path` the curve and `dots` its levels
    as (x, y, look).
    """

    name: str
    query: str
    opens: str
    how: str
    title: str
    first: str
    last: str
    dashed: float | None
    breaks: tuple[float, ...]
    path: str
    dots: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True, slots=True)
class GridContext:
    """The panels in order, their score axis, and a row per finished sweep."""

    template: ClassVar[str] = "perturb/panels.html"
    panels: tuple[Panel, ...]
    axis: tuple[str, str]
    rows: tuple[tuple[str, ...], ...]
    kind: ScoreKind


def grid(page: Page, state: ViewState, requests: Sequence[SweepRequest], curves: Curves) -> Markup:
    """Return the grid of the sweeps so far; a click on a panel opens its perturbation."""
    kind = page.workbench.info.scorer
    low, high = scale(curves, kind)
    of_many = len({request.query_id for request in requests}) > 1
    specs = [spec_of(page.workbench, request) for request in requests]
    return page.html(
        GridContext(
            panels=tuple(
                panel_of(
                    spec,
                    curves[number] if number < len(curves) else None,
                    (low, high),
                    patch_text(part_state(state, requests, number)),
                    file_name(request.query_id) if of_many else "",
                )
                for number, (request, spec) in enumerate(zip(requests, specs, strict=True))
            ),
            axis=(_tick(high, kind), _tick(low, kind)),
            rows=tuple(_row(curve) for curve in curves if is_complete(curve)),
            kind=kind,
        )
    )


def panel_of(
    spec: PerturbationSpec,
    curve: ResponseCurve | None,
    axis: tuple[float, float],
    opens: str,
    query: str = "",
) -> Panel:
    """Return the drawing of one sweep; `curve` is None until its first point.

    Args:
        spec: Its perturbation.
        curve: So far.
        axis: The score at the bottom and at the top.
        opens: What a click writes.
        query: What the query is called, where the panels are of several.
    """

    def y(score: float) -> float:
        return round(BOTTOM - (score - axis[0]) / (axis[1] - axis[0]) * (BOTTOM - TOP), 1)

    ends = (strength_text(spec, spec.levels[0]), strength_text(spec, spec.levels[-1]))
    if curve is None:
        return Panel(spec.name, query, opens, "wait", "waiting", *ends, None, (), "", ())
    broken = crossings(curve.breaking_margin)
    return Panel(
        name=spec.name,
        query=query,
        opens=opens,
        how="broken" if broken else "held" if is_complete(curve) else "wait",
        title=breaking_text(curve),
        first=ends[0],
        last=ends[1],
        dashed=None if curve.hard_negative_margin is None else y(curve.hard_negative_margin),
        breaks=tuple(_x(spec, value) for value in broken),
        path=_path(curve, y),
        dots=tuple(
            (_x(spec, p.strength), y(p.margin), "neutral" if p.strength == spec.neutral else "dot")
            for p in curve.points
            if p.margin is not None
        ),
    )


def _x(spec: PerturbationSpec, strength: float) -> float:
    return round(LEFT + share_of_axis(spec, strength) * (RIGHT - LEFT), 1)


def _path(curve: ResponseCurve, y: _Y) -> str:
    """Return an SVG path that has a gap where a score is missing."""
    parts: list[str] = []
    pen = "M"
    for point in curve.points:
        if point.margin is None:
            pen = "M"
            continue
        parts.append(f"{pen}{_x(curve.spec, point.strength)} {y(point.margin)}")
        pen = "L"
    return "".join(parts)


def scale(curves: Curves, kind: ScoreKind) -> tuple[float, float]:
    """Return the score axis that all panels share: whole nats, or cosines from 0 to 1."""
    known: list[float] = []
    for curve in curves:
        scores = [*(point.margin for point in curve.points), curve.hard_negative_margin]
        known += [score for score in scores if score is not None]
    if kind.unit != "nats":
        return float(floor(min([0.0, *known]))), float(ceil(max([1.0, *known])))
    if not known:
        return -1.0, 1.0
    low, high = min(known), max(known)
    return float(int(low - 1) if low < 0 else int(low)), float(int(high) + 1)


def _tick(score: float, kind: ScoreKind) -> str:
    return signed(score, 0) if kind.unit == "nats" else f"{score:.0f}".replace("-", "−")


def _row(curve: ResponseCurve) -> tuple[str, ...]:
    return (
        curve.spec.name,
        curve.spec.unit,
        breaking_text(curve, of_margin=True),
        breaking_text(curve, of_margin=False),
        ranks_text(curve),
        scores_text(curve),
    )
