"""Annotate: one pair at a time by keyboard; the walk itself is `assets/annotate.js`.

The pairs, the answers and the panels travel through `ui.server.annotation_routes`, because an
answer names its pair and must be on disk when it is acknowledged; Gradio's events carry whatever is
current.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from ui import messages
from ui.components.panes import pane
from ui.render.annotate import render_screen
from ui.render.annotate_queues import render_chooser
from ui.render.query_panel import render_nothing
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Annotate:
    """Components of the view."""

    chooser: gr.HTML


def build(urls: ThumbnailUrls) -> Annotate:
    """Make the view's components, empty."""
    chooser = pane(elem_id="sl-an-chooser")
    pane(render_screen(urls.version), elem_id="sl-an-screen")
    return Annotate(chooser)


def wire(workbench: "Workbench", parts: Annotate, shared: Shared) -> None:
    """List the queues again when the view, the ranking or the outcomes change."""
    shared.on["annotate"].change(
        partial(show_queues, workbench),
        [shared.address, parts.chooser],
        parts.chooser,
        trigger_mode="always_last",
        **QUIET,
    )


def show_queues(workbench: "Workbench", address: str | None, shown: str | None) -> object:
    """Return the list of queues, where it differs from the one shown.

    Inputs: address, chooser. Outputs: chooser.
    """
    state = read_state(workbench, address)
    if state.view != "annotate":
        return gr.skip()
    try:
        choices = workbench.annotations.choices(state.fusion)
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    html = render_chooser(choices, state, with_truth=workbench.info.has_ground_truth)
    return gr.skip() if html == shown else html
