"""What Gradio holds of the page: regions of HTML, and hidden texts between server and script.

These are functions, not subclasses: Gradio makes a component anew from its constructor's arguments
when a handler updates it, which a narrower constructor would break.
"""

import gradio as gr


def pane(value: str = "", *, elem_id: str) -> gr.HTML:
    """Return a region of escaped HTML without events of its own."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)


def hidden_text(elem_id: str) -> gr.Textbox:
    """Return a text field that is in the page, so that JavaScript can write it, but not seen."""
    return gr.Textbox("", visible="hidden", elem_id=elem_id, show_label=False, max_lines=1)
