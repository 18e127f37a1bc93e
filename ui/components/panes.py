"""HTML that Python writes and the page shows as it is; clicks are caught by the scripts.

These are functions, not subclasses: Gradio makes a component anew from its constructor's arguments
when a handler updates it, which a narrower constructor would break.
"""

import gradio as gr


def pane(value: str = "", *, elem_id: str) -> gr.HTML:
    """Return a region of escaped HTML without events of its own."""
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=None)
