"""Pair: a query and one candidate side by side, and what in them carried the score."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from ui import messages
from ui.components.address import hidden_text
from ui.components.panes import action_pane, pane
from ui.render.pair_pictures import render_tools
from ui.render.query_panel import render_nothing
from ui.views import pair_compression, pair_lab, pair_look
from ui.views.shared import ON_MODEL, QUIET, STREAMING, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Pair:
    """Components of the view.

    `asked` names the pair on screen, `looking` repeats it a moment later, when the work on the
    pair before it is cancelled; `on_lab` and `on_compression` repeat it for those panels, so that
    each field has one listener. `wish` is what the panels' buttons want, `tried` what the prompt
    lab has found, `squeezed` what the compression panel has.
    """

    top: gr.HTML
    body: gr.Column
    pictures: gr.HTML
    evidence: gr.HTML
    lineage: gr.HTML
    bar: gr.HTML
    anatomy: gr.HTML
    matches: gr.HTML
    words: gr.HTML
    compression: gr.HTML
    lab: gr.HTML
    trials: gr.HTML
    lab_bar: gr.HTML
    asked: gr.Textbox
    on_lab: gr.Textbox
    on_compression: gr.Textbox
    looking: gr.Textbox
    wish: gr.Textbox
    tried: gr.State
    squeezed: gr.State

    @property
    def of_show(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        return [
            self.top,
            self.body,
            self.pictures,
            self.asked,
            self.on_lab,
            self.on_compression,
        ]

    @property
    def of_look(self) -> list[Component | BlockContext]:
        """Everything `look` yields, in order."""
        return [self.bar, self.anatomy, self.lineage, self.evidence]

    @property
    def of_lab(self) -> list[Component | BlockContext]:
        """Everything `pair_lab.fulfil` yields, in order."""
        return [self.lab_bar, self.lab, self.trials, self.tried]


def build() -> Pair:
    """Make the view's components, empty."""
    top = pane(render_nothing(messages.NO_PAIR), elem_id="sl-pair-top")
    with gr.Column(elem_id="sl-pair", visible=False) as body:
        pane(render_tools(), elem_id="sl-pair-tools")
        pictures = pane(elem_id="sl-pair-pictures")
        evidence = action_pane(elem_id="sl-pair-evidence")
        lineage = pane(elem_id="sl-pair-lineage")
        bar = action_pane(elem_id="sl-pair-bar")
        with gr.Row(elem_classes="sl-pair-columns"):
            with gr.Column(elem_classes="sl-pair-column"):
                anatomy = pane(elem_id="sl-pair-anatomy")
                words = pane(elem_id="sl-pair-words")
            with gr.Column(elem_classes="sl-pair-column"):
                matches = pane(elem_id="sl-pair-matches")
                compression = pane(elem_id="sl-pair-compression")
        with gr.Column(elem_id="sl-pair-lab", elem_classes="sl-panel"):
            lab = pane(elem_id="sl-pair-form")
            lab_bar = action_pane(elem_id="sl-pair-lab-bar")
            trials = pane(elem_id="sl-pair-trials")
    return Pair(
        top=top,
        body=body,
        pictures=pictures,
        evidence=evidence,
        lineage=lineage,
        bar=bar,
        anatomy=anatomy,
        matches=matches,
        words=words,
        compression=compression,
        lab=lab,
        trials=trials,
        lab_bar=lab_bar,
        asked=hidden_text("sl-pair-asked"),
        on_lab=hidden_text("sl-pair-on_lab"),
        on_compression=hidden_text("sl-pair-on_compression"),
        looking=hidden_text("sl-pair-looking"),
        wish=hidden_text("sl-pair-wish"),
        tried=gr.State(pair_lab.Tried()),
        squeezed=gr.State(()),
    )


def wire(workbench: "Workbench", parts: Pair, shared: Shared) -> None:
    """Show the pair that the selection names, then look inside it, then try what is wished."""
    shared.on["pair"].change(
        partial(pair_look.show, workbench, shared.urls),
        [shared.address, parts.asked],
        parts.of_show,
        trigger_mode="always_last",
        **QUIET,
    )
    _wire_look(workbench, parts, shared)
    _wire_lab(workbench, parts, shared)
    _wire_compression(workbench, parts)


def _wire_look(workbench: "Workbench", parts: Pair, shared: Shared) -> None:
    inputs = [shared.address, parts.asked]
    run = partial(pair_look.look, workbench, shared.urls)
    running = parts.looking.change(run, inputs, parts.of_look, **ON_MODEL)
    again = parts.bar.resume(run, inputs, parts.of_look, **ON_MODEL)
    mapped = parts.evidence.resume(
        partial(pair_look.explain, workbench), inputs, parts.evidence, **ON_MODEL
    )
    compared = parts.looking.change(
        partial(pair_look.compare, workbench, shared.urls),
        inputs,
        parts.matches,
        trigger_mode="multiple",
        **STREAMING,
    )
    speaking = parts.wish.change(
        partial(pair_look.speak, workbench),
        [parts.asked, parts.wish],
        parts.words,
        **ON_MODEL,
    )
    # Another pair first cancels the work on the pair before it, then starts its own.
    parts.asked.change(
        pair_look.prepare,
        parts.asked,
        [parts.anatomy, parts.evidence, parts.lineage, parts.matches, parts.words, parts.looking],
        cancels=[running, again, mapped, compared, speaking],
        **QUIET,
    )


def _wire_lab(workbench: "Workbench", parts: Pair, shared: Shared) -> None:
    inputs = [shared.address, parts.asked, parts.wish, parts.tried]
    run = partial(pair_lab.fulfil, workbench)
    trying = parts.wish.change(run, inputs, parts.of_lab, **ON_MODEL)
    again = parts.lab_bar.resume(run, inputs, parts.of_lab, **ON_MODEL)
    stopped = parts.lab_bar.stop(None, None, None, cancels=[trying, again], **QUIET)
    stopped.then(pair_lab.show_stopped, None, parts.lab_bar, **QUIET)
    parts.on_lab.change(
        partial(pair_lab.begin, workbench),
        [shared.address, parts.on_lab, parts.lab],
        parts.of_lab,
        cancels=[trying, again],
        **QUIET,
    )


def _wire_compression(workbench: "Workbench", parts: Pair) -> None:
    outputs = [parts.compression, parts.squeezed]
    squeezing = parts.wish.change(
        partial(pair_compression.fulfil, workbench),
        [parts.asked, parts.wish, parts.squeezed],
        outputs,
        **ON_MODEL,
    )
    parts.on_compression.change(
        partial(pair_compression.begin, workbench),
        parts.on_compression,
        outputs,
        cancels=[squeezing],
        **QUIET,
    )
