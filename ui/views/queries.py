"""Queries: the list on the left; on the right one query, its two strips and the rank flow.

Panel, strips and rank flow are filled by `assets/queries.js` from `ui/server/query_parts.py`.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from markupsafe import Markup

from core.errors import SecondLookError
from core.types.runs import Progress
from ui import messages
from ui.components.address import hidden_text
from ui.components.panes import action_pane, pane
from ui.components.plot import plot
from ui.figures.rank_flow import HEIGHT_PX
from ui.render.frame import render_list_controls
from ui.render.parts import tag
from ui.render.progress import render_problem, render_scoring, render_unscored
from ui.render.query_list import render_list
from ui.render.query_panel import render_nothing
from ui.server.query_parts import WAITING
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls
from ui.views.shared import QUIET, STREAMING, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench

REFRESH_S = 0.7
_SCORED_JS = "() => { window.SecondLookQueries.renew(); return []; }"


@dataclass(frozen=True, slots=True)
class Queries:
    """Components that have events.

    `pending` is written by the page's script: it names the query and depth whose pairs are to be
    scored, or is empty. `scoring` repeats it a moment later, when the scoring of the query before
    it is cancelled.
    """

    rows: gr.HTML
    bar: gr.HTML
    pending: gr.Textbox
    scoring: gr.Textbox


def build() -> Queries:
    """Make the view's components, empty."""
    with gr.Row(elem_id="sl-queries", elem_classes="sl-split"):
        with gr.Column(elem_id="sl-list-column", elem_classes="sl-list-column"):
            pane(render_list_controls(), elem_id="sl-list-controls")
            rows = pane(elem_id="sl-list")
        with gr.Column(elem_id="sl-detail", elem_classes="sl-detail"):
            bar = action_pane(elem_id="sl-scoring")
            with gr.Row(elem_classes="sl-query-row"):
                with gr.Column(elem_classes="sl-query-column"):
                    pane(_slot(render_nothing(messages.NO_QUERY)), elem_id="sl-panel")
                with gr.Column(elem_classes="sl-strips"):
                    pane(_slot(), elem_id="sl-before")
                    plot(
                        opens="card",
                        height_px=HEIGHT_PX,
                        label="Rank flow from before to after",
                        elem_id="sl-flow",
                        figure="rank-flow",
                        script="window.SecondLookQueries.flow(element);",
                    )
                    for name in ("after", "third-choice", "third"):
                        pane(_slot(), elem_id=f"sl-{name}")
    pending, scoring = hidden_text("sl-pending"), hidden_text("sl-scoring-key")
    return Queries(rows, bar, pending, scoring)


def _slot(*body: Markup) -> Markup:
    """Return a place that `assets/queries.js` fills."""
    return tag("div", *body, class_="sl-slot")


def wire(workbench: "Workbench", parts: Queries, shared: Shared) -> None:
    """Show list and query on every change; score what is missing, one query at a time."""
    address = shared.address
    shared.on["list"].change(
        partial(show_list, workbench, shared.urls),
        address,
        parts.rows,
        trigger_mode="always_last",
        **QUIET,
    )
    shared.scored.change(None, shared.scored, None, js=_SCORED_JS, **QUIET)
    _wire_scoring(workbench, parts, shared)


def _wire_scoring(workbench: "Workbench", parts: Queries, shared: Shared) -> None:
    score = partial(score_query, workbench)
    inputs, outputs = [shared.address, parts.pending], [parts.bar, shared.scored]
    running = parts.scoring.change(
        partial(score_chosen, workbench),
        inputs,
        outputs,
        concurrency_id="model",
        concurrency_limit=1,
        trigger_mode="multiple",
        **STREAMING,
    )
    resumed = parts.bar.resume(score, inputs, outputs, concurrency_id="model", **STREAMING)
    stopped = parts.bar.stop(None, None, None, cancels=[running, resumed], **QUIET)
    stopped.then(partial(show_stopped, workbench), shared.address, parts.bar, **QUIET)
    # A new key first cancels the scoring of the query before, then starts its own.
    parts.pending.change(
        None, parts.pending, parts.scoring, js="(key) => key", cancels=[running, resumed], **QUIET
    )


def show_list(workbench: "Workbench", urls: ThumbnailUrls, address: str | None) -> object:
    """Return the query list in the chosen order and filter.

    Inputs: address. Outputs: rows.
    """
    state = read_state(workbench, address)
    if state.view != "queries":
        return gr.skip()
    try:
        fusion = state.fusion
        rows = workbench.queries.rows(fusion)
        members = None if state.slice is None else workbench.failures.members(state.slice, fusion)
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    return render_list(rows, state, urls, members)


def score_chosen(
    workbench: "Workbench", address: str | None, pending: str
) -> Iterator[tuple[object, object]]:
    """Score a query as soon as it is chosen, but not before the setting's work was started.

    Inputs: address, pending. Outputs: bar, scored.
    """
    if workbench.jobs.plan() is None or pending in ("", WAITING):
        yield from score_query(workbench, address, pending)
    else:
        yield show_stopped(workbench, address), gr.skip()


def score_query(
    workbench: "Workbench",
    address: str | None,
    pending: str,
    now: Callable[[], float] = time.monotonic,
) -> Iterator[tuple[object, object]]:
    """Score the chosen query's missing pairs batch by batch; closing it stops within one batch.

    Inputs: address, pending. Outputs: bar, scored.
    """
    state = read_state(workbench, address)
    if state.query is None or pending in ("", WAITING):
        yield "", gr.skip()
        return
    yield render_scoring(Progress("score", 0, state.depth, "pairs")), gr.skip()
    shown_at = now()
    key = f"{state.depth}|{state.query}"
    try:
        for progress in workbench.queries.score(state.query, state.depth):
            fresh = now() - shown_at >= REFRESH_S
            if fresh:
                shown_at = now()
            yield render_scoring(progress), f"{key}|{progress.done}" if fresh else gr.skip()
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip()
        return
    yield "", f"{key}|end|{shown_at}"


def show_stopped(workbench: "Workbench", address: str | None) -> str:
    """Return the bar after Stop: how far scoring came, and a button to go on.

    Inputs: address. Outputs: bar.
    """
    state = read_state(workbench, address)
    if state.query is None:
        return ""
    try:
        view = workbench.queries.inspect(state.query, state.fusion, 1)
    except SecondLookError as error:
        return render_problem(messages.error_text(error))
    return render_unscored(view.n_pending, view.n_pairs) if view.n_pending else ""
