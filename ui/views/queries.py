"""Queries: the list on the left; on the right one query, its two strips and the rank flow."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError, SettingsError
from core.types import Progress
from ui import messages
from ui.components.address import hidden_text
from ui.components.panes import action_pane, pane
from ui.components.plot import figure_json, plot
from ui.figures.rank_flow import HEIGHT_PX, rank_flow
from ui.render.frame import render_list_controls
from ui.render.progress import render_problem, render_scoring, render_unscored
from ui.render.query_list import render_list
from ui.render.query_panel import render_nothing, render_query
from ui.render.strips import render_strip
from ui.render.text import ThumbnailUrls
from ui.render.third import render_third_choice
from ui.state import ViewState
from ui.strip_cards import strip_view
from ui.views.shared import QUIET, STREAMING, Shared, read_state

if TYPE_CHECKING:
    from core.workbench import Workbench

FIRST_CARDS = 24
"""Of a strip; more are fetched by `assets/strips.js` when its end comes near."""
REFRESH_S = 0.7
WAITING = "index"
"""What `pending` holds while there is no index, so that nothing can be scored yet."""
_EMPTY = ("", "", "", "")
_N_OUTPUTS = 7


@dataclass(frozen=True, slots=True)
class Queries:
    """Components of the view.

    `pending` names the query and depth whose pairs are to be scored, or is empty; `scoring`
    repeats it a moment later, when the scoring of the query before it is cancelled.
    """

    rows: gr.HTML
    panel: gr.HTML
    bar: gr.HTML
    strips: gr.Column
    before: gr.HTML
    flow: gr.HTML
    after: gr.HTML
    choice: gr.HTML
    third: gr.HTML
    pending: gr.Textbox
    scoring: gr.Textbox

    @property
    def outputs(self) -> list[Component | BlockContext]:
        """Everything `show_query` returns, in order."""
        return [
            self.panel,
            self.strips,
            self.before,
            self.after,
            self.choice,
            self.third,
            self.pending,
        ]


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
                    panel = pane(render_nothing(messages.NO_QUERY), elem_id="sl-panel")
                with gr.Column(elem_classes="sl-strips", visible=False) as strips:
                    before = pane(elem_id="sl-before")
                    flow = plot(
                        opens="card",
                        height_px=HEIGHT_PX,
                        label="Rank flow from before to after",
                        elem_id="sl-flow",
                    )
                    after = pane(elem_id="sl-after")
                    choice = pane(elem_id="sl-third-choice")
                    third = pane(elem_id="sl-third")
    pending, scoring = hidden_text("sl-pending"), hidden_text("sl-scoring-key")
    return Queries(
        rows=rows,
        panel=panel,
        bar=bar,
        strips=strips,
        before=before,
        flow=flow,
        after=after,
        choice=choice,
        third=third,
        pending=pending,
        scoring=scoring,
    )


def wire(workbench: "Workbench", parts: Queries, shared: Shared) -> None:
    """Show list and query on every change; score what is missing, one query at a time."""
    address = shared.address
    shared.on_list.change(
        partial(show_list, workbench, shared.urls),
        address,
        parts.rows,
        trigger_mode="always_last",
        **QUIET,
    )
    shown = gr.on(
        [shared.on_query.change, shared.scored.change],
        partial(show_query, workbench, shared.urls),
        address,
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )
    renewed = shared.on_refresh.change(
        partial(refresh_query, workbench, shared.urls),
        [address, parts.pending],
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )
    for before in (shown, renewed):  # the plot takes longer to make than all cards
        before.then(
            partial(show_flow, workbench),
            address,
            parts.flow,
            trigger_mode="always_last",
            **QUIET,
        )
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
        setting = (state.depth, state.lam, state.gamma)
        rows = workbench.queries.rows(*setting)
        members = None if state.slice is None else workbench.failures.members(state.slice, setting)
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    return render_list(rows, state, urls, members)


def show_query(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None
) -> tuple[object, ...]:
    """Return the chosen query, its strips, and what of it is still to be scored.

    Inputs: address. Outputs: panel, strips, before, after, choice, third, pending.
    """
    state = read_state(workbench, address)
    if state.view != "queries":
        return (gr.skip(),) * _N_OUTPUTS
    if state.query is None:
        return render_nothing(messages.NO_QUERY), gr.Column(visible=False), *_EMPTY, ""
    try:
        setting = (state.depth, state.lam, state.gamma)
        view = workbench.queries.inspect(state.query, *setting, FIRST_CARDS)
        choice, third = show_third(workbench, urls, state)
    except SecondLookError as error:
        problem = render_nothing(messages.error_text(error), error=True)
        return problem, gr.Column(visible=False), *_EMPTY, ""
    if not view.n_shortlist:
        waiting = render_query(view, urls) + render_nothing(messages.NO_INDEX)
        return waiting, gr.Column(visible=False), *_EMPTY, WAITING
    return (
        render_query(view, urls),
        gr.Column(visible=True),
        render_strip(view, "before", urls),
        render_strip(view, "after", urls),
        choice,
        third,
        f"{state.depth}|{state.query}" if view.n_pending else "",
    )


def show_flow(workbench: "Workbench", address: str | None) -> object:
    """Return the rank flow of the chosen query, or nothing where `show_query` says why.

    Inputs: address. Outputs: flow.
    """
    state = read_state(workbench, address)
    if state.view != "queries":
        return gr.skip()
    if state.query is None:
        return ""
    try:
        view = workbench.queries.inspect(state.query, state.depth, state.lam, state.gamma, 1)
    except SecondLookError:
        return ""
    return figure_json(rank_flow(view)) if view.n_shortlist else ""


def show_third(workbench: "Workbench", urls: ThumbnailUrls, state: ViewState) -> tuple[str, str]:
    """Return the choice of a third strip's scorer, and the strip or why there is none."""
    entries = workbench.scorers.entries()
    choice = render_third_choice(entries)
    if state.third is None:
        return choice, ""
    try:
        view = strip_view(workbench, state, "third", FIRST_CARDS)
    except SettingsError as error:  # an address may name a scorer of another workspace
        return choice, render_nothing(messages.error_text(error), error=True)
    names = {entry.scorer_id: entry.name for entry in entries}
    if view is None:
        return choice, ""
    return choice, render_strip(view, "third", urls, names.get(state.third, state.third))


def refresh_query(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, pending: str
) -> tuple[object, ...]:
    """Show the query again while pairs of it are missing; new outcomes may have brought them.

    Inputs: address, pending. Outputs: as of `show_query`.
    """
    return show_query(workbench, urls, address) if pending else (gr.skip(),) * _N_OUTPUTS


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
        view = workbench.queries.inspect(state.query, state.depth, state.lam, state.gamma, 1)
    except SecondLookError as error:
        return render_problem(messages.error_text(error))
    return render_unscored(view.n_pending, view.n_pairs) if view.n_pending else ""
