"""The Perturb view before its first point: what is asked for, the choosers, empty axes."""

from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.sweeps import SweepRequest
from ui import messages
from ui.components.plot import figure_json
from ui.figures.response import rank_plot, response_plot
from ui.perturb_requests import (
    asked_key,
    damaged_id,
    is_single,
    level_at,
    requests_of,
    spec_of,
    surface_of,
)
from ui.render.perturb_controls import render_choice, render_controls, render_picture
from ui.render.perturb_levels import render_levels, render_rank_heading
from ui.render.query_panel import render_nothing
from ui.selection import ViewState, number_text
from ui.server.images import PICTURE_PX, level_url
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls
from ui.views.perturb_surface import empty_surface
from ui.views.perturb_sweeps import panels_html

if TYPE_CHECKING:
    from core.workbench import Workbench

WAITING = "index|"
"""Leads what is asked for while there is no index, so that nothing can be measured yet."""
_POSITIVES_FROM = 1000


def ask(workbench: "Workbench", address: str | None, asked: str) -> tuple[object, ...]:
    """Return which curves the selection asks for, and which level it looks at, each twice.

    Inputs: address, asked. Outputs: asked, on_recipes, looked, on_point.
    """
    state = read_state(workbench, address)
    if state.view != "perturb":
        return (gr.skip(),) * 4
    if state.set_of is not None:
        return ("",) * 4
    key = asked_key(state)
    ready = asked == key or _has_index(workbench, state)
    looked = f"{key}|{number_text(state.strength or 0.0)}" if state.detail and ready else ""
    wanted = key if ready else WAITING + key
    return wanted, wanted, looked, looked


def show(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, asked: str
) -> tuple[object, ...]:
    """Return the view for a new selection: choosers, picture, empty axes; then the sweep starts.

    Inputs: address, asked. Outputs: empty, body, picture, controls, bar, single, summary, strip,
    response, rank heading, rank, panels, started.
    """
    state = read_state(workbench, address)
    if state.view != "perturb":
        return (gr.skip(),) * 13
    if state.set_of is not None:
        return "", gr.Row(visible=False), "", "", "", *_no_curves(), ""
    rows = workbench.queries.rows(state.fusion, state.visitor)
    try:
        requests = requests_of(workbench, state)
        if not requests:
            choice = render_choice(rows, urls, messages.NO_PERTURB_QUERY)
            return choice, gr.Row(visible=False), "", "", "", *_no_curves(), ""
        parts = _choosers(workbench, urls, state, requests)
    except SecondLookError as error:
        controls = render_controls(state, rows, (), None, None, None, urls)
        problem = render_nothing(messages.error_text(error), error=True)
        return "", gr.Row(visible=True), "", controls, problem, *_no_curves(), ""
    waiting = render_nothing(messages.NO_INDEX_TO_PERTURB) if asked.startswith(WAITING) else ""
    started = "" if waiting else asked
    return (
        "",
        gr.Row(visible=True),
        *parts,
        waiting,
        *_axes(workbench, urls, state, requests),
        started,
    )


def _choosers(
    workbench: "Workbench",
    urls: ThumbnailUrls,
    state: ViewState,
    requests: tuple[SweepRequest, ...],
) -> tuple[str, str]:
    """Return picture and controls of the first sweep."""
    request = requests[0]
    spec = spec_of(workbench, request)
    level = level_at(spec, state.strength)
    positives = _positives(workbench, state, request)
    candidate = request.candidate_id or (positives[0] if positives else None)
    damaged = damaged_id(request, candidate)
    workbench.robustness.level_image(request, spec.neutral)  # says what cannot be damaged, and why
    record = workbench.queries.record(damaged)
    box = workbench.robustness.box(damaged, request.damage.box)
    url = level_url(request, urls)
    surface = surface_of(workbench, state)
    if surface is not None:
        workbench.robustness.surface_specs(surface)  # says what makes no surface, and why
    alone = is_single(requests) and surface is None
    shown = level if alone else spec.neutral
    picture = render_picture(
        record, box, spec, url(spec.neutral, PICTURE_PX), url(shown, PICTURE_PX)
    )
    rows = workbench.queries.rows(state.fusion, state.visitor)
    single = (spec, level) if alone else (None, None)
    offered = workbench.robustness.rivals.offered()
    controls = render_controls(state, rows, positives, candidate, *single, urls, offered)
    return picture, controls


def _axes(
    workbench: "Workbench",
    urls: ThumbnailUrls,
    state: ViewState,
    requests: tuple[SweepRequest, ...],
) -> tuple[object, ...]:
    """Return what shows the curves before there is a point, so that nothing jumps later."""
    surface = surface_of(workbench, state)
    if surface is not None:
        grid = empty_surface(workbench, surface)
        return gr.Column(visible=False), "", "", "", "", "", grid
    if not is_single(requests):
        panels = panels_html(workbench, state, requests, ())
        return gr.Column(visible=False), "", "", "", "", "", panels
    request = requests[0]
    spec = spec_of(workbench, request)
    key = asked_key(state)
    level = level_at(spec, state.strength)
    kind = workbench.info.scorer
    return (
        gr.Column(visible=True),
        "",
        render_levels(spec, None, level, level_url(request, urls), kind),
        figure_json(response_plot(spec, None, key, kind)),
        render_rank_heading(None),
        figure_json(rank_plot(spec, None, key)),
        "",
    )


def _no_curves() -> tuple[object, ...]:
    return gr.Column(visible=False), "", "", "", "", "", ""


def _positives(workbench: "Workbench", state: ViewState, request: SweepRequest) -> list[str]:
    """Return the query's positives in shortlist order; empty without labels."""
    if state.damage.pair != "positive":
        return []
    view = workbench.queries.inspect(request.query_id, state.fusion, _POSITIVES_FROM)
    return [one.image_id for one in view.before if one.relation == "positive"]


def _has_index(workbench: "Workbench", state: ViewState) -> bool:
    if state.query is None:
        return True
    try:
        view = workbench.queries.inspect(state.query, state.fusion, 1)
    except SecondLookError:  # an unreadable image or no model: the sweep says so in full
        return True
    return bool(view.n_shortlist)
