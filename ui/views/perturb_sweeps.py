"""Measure the curves that a selection asks for, point by point."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.robustness import ResponseCurve
from core.types.runs import Progress
from core.types.surfaces import ResponseSurface, SurfaceRequest
from core.types.sweeps import SweepRequest
from core.types.work import SweptCurves
from ui import messages
from ui.components.plot import figure_json
from ui.figures.response import rank_plot, response_plot
from ui.perturb_requests import (
    asked_key,
    is_single,
    level_at,
    part_state,
    patch_text,
    requests_of,
    spec_of,
    surface_of,
)
from ui.render.perturb_levels import render_levels, render_rank_heading, render_summary
from ui.render.perturb_panels import Panel, render_panels
from ui.render.perturb_scorers import render_scorers
from ui.render.progress import render_done, render_problem, render_scoring, render_stopped
from ui.selection import ViewState
from ui.server.images import level_url
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls
from ui.views.perturb_surface import surface_views

if TYPE_CHECKING:
    from core.workbench import Workbench

Curves = tuple[ResponseCurve, ...]
_N_MEASURED = 6
REDRAW_S = 0.1
"""Levels that come faster, read from the cache, share a drawing."""


def run(
    workbench: "Workbench",
    urls: ThumbnailUrls,
    address: str | None,
    started: str,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[object, ...]]:
    """Yield the view after every level of every sweep; closing it stops within one level.

    Inputs: address, started. Outputs: bar, summary, strip, response, rank heading, rank, panels,
    curves, reached.
    """
    state = read_state(workbench, address)
    if not started or state.view != "perturb":
        yield (gr.skip(),) * (_N_MEASURED + 3)
        return
    clock = _Clock(now)
    try:
        surface = surface_of(workbench, state)
        if surface is not None:
            yield from _surface(workbench, surface, started, clock)
            return
        requests = requests_of(workbench, state)
        scorers = workbench.robustness.shown_scorers(requests, state.scorers)
        before: tuple[object, object] = ((), "")  # the curves of another selection are dropped
        for step in workbench.robustness.measure(requests, scorers):
            if isinstance(step, Progress):
                yield render_scoring(step), *_same(), *before
                before = (gr.skip(), gr.skip())
                continue
            progress, found = step
            if not clock.tick() and progress.done < progress.total:
                continue
            bar = render_scoring(progress)
            if progress.done == progress.total:
                bar = render_done(progress, clock.first, clock.last)
            views = _views(workbench, urls, address, requests, found)
            yield bar, *views, found.own, f"{started}|{progress.done}"
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), *_same(), gr.skip(), gr.skip()


def _surface(
    workbench: "Workbench", request: SurfaceRequest, started: str, clock: "_Clock"
) -> Iterator[tuple[object, ...]]:
    """Yield the view after every combination of a surface, which the panels' place shows."""
    skipped = (gr.skip(),) * (_N_MEASURED - 1)
    for progress, surface in workbench.robustness.measure_surface(request):
        if not clock.tick() and progress.done < progress.total:
            continue
        bar, grid = surface_views(progress, surface, (clock.first, clock.last))
        yield bar, *skipped, grid, (surface,), f"{started}|{progress.done}"


def show_stopped(
    workbench: "Workbench", address: str | None, curves: "Curves | tuple[ResponseSurface]"
) -> str:
    """Return the bar after Stop: how far it came, and a button to go on.

    Inputs: address, curves. Outputs: bar.
    """
    state = read_state(workbench, address)
    try:
        surface = surface_of(workbench, state)
        if surface is not None:
            specs = workbench.robustness.surface_specs(surface)
            total = len(specs[0].levels) * len(specs[1].levels)
            return render_stopped(_n_points(curves), total, "combinations")
        requests = requests_of(workbench, state)
    except SecondLookError as error:
        return render_problem(messages.error_text(error))
    total = _n_levels(workbench, requests)
    return render_stopped(_n_points(curves), total)


def _n_points(curves: "Curves | tuple[ResponseSurface]") -> int:
    return sum(len(curve.points) for curve in curves)


def panels_html(
    workbench: "Workbench", state: ViewState, requests: Sequence[SweepRequest], curves: Curves
) -> str:
    """Return the grid of small drawings; a click opens one sweep alone."""
    panels: list[Panel] = []
    for number, request in enumerate(requests):
        opens = patch_text(part_state(state, requests, number))
        curve = curves[number] if number < len(curves) else None
        panels.append(Panel(request, spec_of(workbench, request), curve, opens))
    return render_panels(panels, workbench.info.scorer)


class _Clock:
    """Seconds from the start to the first and to the last level; says when to draw again."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._start = now()
        self._drawn: float | None = None
        self.first = self.last = 0.0

    def tick(self) -> bool:
        """Note one more level; return whether the last drawing is `REDRAW_S` old."""
        self.last = self._now() - self._start
        if self._drawn is None:
            self.first = self.last
        elif self.last - self._drawn < REDRAW_S:
            return False
        self._drawn = self.last
        return True


def _n_levels(workbench: "Workbench", requests: Sequence[SweepRequest]) -> int:
    return sum(len(spec_of(workbench, request).levels) for request in requests)


def _views(
    workbench: "Workbench",
    urls: ThumbnailUrls,
    address: str | None,
    requests: Sequence[SweepRequest],
    found: SweptCurves,
) -> tuple[object, ...]:
    """Return summary, strip, response, rank heading, rank and panels."""
    curves, others = found.own, found.others
    state = read_state(workbench, address)
    if not is_single(requests):
        skipped = (gr.skip(),) * (_N_MEASURED - 1)
        return *skipped, panels_html(workbench, state, requests, curves)
    (curve,) = curves
    key = asked_key(state)
    level = level_at(curve.spec, state.strength)
    return (
        render_summary(curve),
        render_levels(curve.spec, curve, level, level_url(requests[0], urls), curve.kind),
        figure_json(response_plot(curve.spec, curve, key, curve.kind, others)),
        render_rank_heading(curve),
        figure_json(rank_plot(curve.spec, curve, key)),
        render_scorers(curve, others) if others else "",
    )


def _same() -> tuple[object, ...]:
    return (gr.skip(),) * _N_MEASURED
