"""Perturb: damage one image of a pair level by level, and see where the match breaks."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from ui.components.address import hidden_text
from ui.components.drag_box import drag_box
from ui.components.panes import action_pane, pane
from ui.components.plot import plot
from ui.figures.response import HEIGHT_PX, RANK_HEIGHT_PX
from ui.views import perturb_detail, perturb_recipes, perturb_setup, perturb_sweeps
from ui.views.shared import QUIET, STREAMING, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench

_HIDDEN = ("asked", "on_recipes", "started", "looked", "on_point", "looking", "reached", "wish")


@dataclass(frozen=True, slots=True)
class Perturb:
    """Components of the view.

    `asked` names the curves that the selection asks for, `started` repeats it a moment later, when
    the sweep before it is cancelled; `looked` and `looking` do so for the level looked at.
    `on_recipes` and `on_point` repeat `asked` and `looked` for one more listener each.
    `reached` changes with every point, `curves` holds what is measured, `wish` what the recipe
    panel wants.
    """

    body: gr.Row
    empty: gr.HTML
    picture: gr.HTML
    controls: gr.HTML
    recipes: gr.HTML
    bar: gr.HTML
    single: gr.Column
    summary: gr.HTML
    strip: gr.HTML
    response: gr.HTML
    rank_heading: gr.HTML
    rank: gr.HTML
    panels: gr.HTML
    point: gr.HTML
    detail_bar: gr.HTML
    before: gr.HTML
    after: gr.HTML
    asked: gr.Textbox
    on_recipes: gr.Textbox
    started: gr.Textbox
    looked: gr.Textbox
    on_point: gr.Textbox
    looking: gr.Textbox
    reached: gr.Textbox
    wish: gr.Textbox
    curves: gr.State

    @property
    def of_ask(self) -> list[Component | BlockContext]:
        """Everything `perturb_setup.ask` returns, in order."""
        return [self.asked, self.on_recipes, self.looked, self.on_point]

    @property
    def of_setup(self) -> list[Component | BlockContext]:
        """Everything `perturb_setup.show` returns, in order."""
        return [
            self.empty,
            self.body,
            self.picture,
            self.controls,
            self.bar,
            self.single,
            *self._measured,
            self.started,
        ]

    @property
    def of_sweep(self) -> list[Component | BlockContext]:
        """Everything `perturb_sweeps.run` yields, in order."""
        return [self.bar, *self._measured, self.curves, self.reached]

    @property
    def _measured(self) -> list[Component | BlockContext]:
        """What shows the curves."""
        return [
            self.summary,
            self.strip,
            self.response,
            self.rank_heading,
            self.rank,
            self.panels,
        ]

    @property
    def of_detail(self) -> list[Component | BlockContext]:
        """Everything `perturb_detail.look` yields, in order."""
        return [self.detail_bar, self.before, self.after]


def build() -> Perturb:
    """Make the view's components, empty."""
    empty = pane(elem_id="sl-pt-empty")
    with gr.Row(elem_id="sl-perturb", elem_classes="sl-split", visible=False) as body:
        with gr.Column(elem_classes="sl-pt-left"):
            picture = drag_box(elem_id="sl-pt-picture")
            controls = pane(elem_id="sl-pt-controls")
            recipes = pane(elem_id="sl-pt-recipes")
        with gr.Column(elem_classes="sl-pt-right"):
            bar = action_pane(elem_id="sl-pt-bar")
            with gr.Column(elem_id="sl-pt-single", visible=False) as single:
                summary = pane(elem_id="sl-pt-summary")
                strip = pane(elem_id="sl-pt-strip")
                response = plot(
                    opens="level",
                    height_px=HEIGHT_PX,
                    label="Margin and cosine against strength",
                    elem_id="sl-pt-response",
                    figure="response",
                )
                rank_heading = pane(elem_id="sl-pt-rank-heading")
                rank = plot(
                    opens="level",
                    height_px=RANK_HEIGHT_PX,
                    label="Rank against strength",
                    elem_id="sl-pt-rank",
                    figure="response-rank",
                )
                point = pane(elem_id="sl-pt-point")
                detail_bar = action_pane(elem_id="sl-pt-detail-bar")
                before = pane(elem_id="sl-pt-before")
                after = pane(elem_id="sl-pt-after")
            panels = pane(elem_id="sl-pt-panels")
    hidden = {name: hidden_text(f"sl-pt-{name}") for name in _HIDDEN}
    return Perturb(
        body=body,
        empty=empty,
        picture=picture,
        controls=controls,
        recipes=recipes,
        bar=bar,
        single=single,
        summary=summary,
        strip=strip,
        response=response,
        rank_heading=rank_heading,
        rank=rank,
        panels=panels,
        point=point,
        detail_bar=detail_bar,
        before=before,
        after=after,
        curves=gr.State(()),
        **hidden,
    )


def wire(workbench: "Workbench", parts: Perturb, shared: Shared) -> None:
    """Measure what the selection asks for; show the level looked at; keep recipes."""
    shared.on["perturb"].change(
        partial(perturb_setup.ask, workbench),
        [shared.address, parts.asked],
        parts.of_ask,
        trigger_mode="always_last",
        **QUIET,
    )
    _wire_sweep(workbench, parts, shared)
    _wire_detail(workbench, parts, shared)
    parts.on_recipes.change(
        partial(perturb_recipes.show, workbench), shared.address, parts.recipes, **QUIET
    )
    parts.wish.change(
        partial(perturb_recipes.fulfil, workbench),
        [shared.address, parts.wish],
        parts.recipes,
        **QUIET,
    )


def _wire_sweep(workbench: "Workbench", parts: Perturb, shared: Shared) -> None:
    run = partial(perturb_sweeps.run, workbench, shared.urls)
    inputs = [shared.address, parts.started]
    running = parts.started.change(
        run,
        inputs,
        parts.of_sweep,
        concurrency_id="model",
        concurrency_limit=1,
        trigger_mode="multiple",
        **STREAMING,
    )
    resumed = parts.bar.resume(run, inputs, parts.of_sweep, concurrency_id="model", **STREAMING)
    stopped = parts.bar.stop(None, None, None, cancels=[running, resumed], **QUIET)
    stopped.then(
        partial(perturb_sweeps.show_stopped, workbench),
        [shared.address, parts.curves],
        parts.bar,
        **QUIET,
    )
    # Another selection first cancels the sweep before it; the setup then starts its own.
    parts.asked.change(None, None, None, cancels=[running, resumed], **QUIET).then(
        partial(perturb_setup.show, workbench, shared.urls),
        [shared.address, parts.asked],
        parts.of_setup,
        trigger_mode="always_last",
        **QUIET,
    )


def _wire_detail(workbench: "Workbench", parts: Perturb, shared: Shared) -> None:
    gr.on(
        [parts.on_point.change, parts.reached.change],
        partial(perturb_detail.tell, workbench, shared.urls),
        [shared.address, parts.curves],
        parts.point,
        trigger_mode="always_last",
        **QUIET,
    )
    look = partial(perturb_detail.look, workbench, shared.urls)
    inputs = [shared.address, parts.looking]
    looking = parts.looking.change(
        look,
        inputs,
        parts.of_detail,
        concurrency_id="model",
        concurrency_limit=1,
        trigger_mode="multiple",
        **STREAMING,
    )
    resumed = parts.detail_bar.resume(
        look, inputs, parts.of_detail, concurrency_id="model", **STREAMING
    )
    stopped = parts.detail_bar.stop(None, None, None, cancels=[looking, resumed], **QUIET)
    stopped.then(perturb_detail.show_stopped, None, parts.detail_bar, **QUIET)
    parts.looked.change(
        None, parts.looked, parts.looking, js="(key) => key", cancels=[looking, resumed], **QUIET
    )
