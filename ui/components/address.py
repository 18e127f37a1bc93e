"""The hidden text field that holds the selection."""

import gradio as gr

ELEM_ID = "sl-address"
READ_JS = "() => window.location.search.slice(1)"
SYNC_JS = "(address) => { window.SecondLook.sync(address); return []; }"


def hidden_text(elem_id: str) -> gr.Textbox:
    """Return a text field that is in the page, so that JavaScript can write it, but not seen."""
    return gr.Textbox("", visible="hidden", elem_id=elem_id, show_label=False, max_lines=1)
