"""The left column: the sliders of the ranking, the facts of the run, and the receipt."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from ui.components.panes import pane
from ui.render.frame import render_facts, render_receipt, render_sliders
from ui.render.setting import render_setting
from ui.shared.screen import default_state, read_state
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Sidebar:
    """Components of the sidebar; the sliders write the address field in `assets/controls.js`."""

    facts: gr.HTML
    receipt: gr.HTML


def build(workbench: "Workbench") -> Sidebar:
    """Make the sidebar as it stands before the models are loaded."""
    info = workbench.info
    pane(render_sliders(info, default_state(info)), elem_id="sl-sliders")
    pane(render_setting(workbench.setting.present()), elem_id="sl-setting")
    return Sidebar(pane(render_facts(info), elem_id="sl-facts"), pane(elem_id="sl-receipt-pane"))


def wire(workbench: "Workbench", parts: Sidebar, shared: Shared) -> None:
    """Tell device and receipt again when the selection or the run moves on."""
    shared.on["ranking"].change(
        partial(show, workbench),
        [shared.address, parts.facts],
        [parts.facts, parts.receipt],
        trigger_mode="always_last",
        **QUIET,
    )


def show(workbench: "Workbench", address: str | None, shown: str | None) -> tuple[object, str]:
    """Return facts, where they are others than those shown, and the receipt.

    Inputs: address, facts. Outputs: facts, receipt.
    """
    state = read_state(workbench, address)
    receipt = workbench.runs.receipt(state.fusion)
    facts = render_facts(workbench.info)
    return gr.skip() if facts == shown else facts, render_receipt(receipt)
