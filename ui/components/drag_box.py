"""A picture on which a rectangle can be drawn; it becomes the object's box in the address."""

import gradio as gr


def drag_box(*, elem_id: str) -> gr.HTML:
    """Return the component; its value is `render_picture`.

    Pointer events are handled in `assets/perturb.js`, which writes the box in pixels of the full
    image to the address field, like every other chooser.
    """
    return gr.HTML(
        "",
        elem_id=elem_id,
        apply_default_css=False,
        js_on_load="window.SecondLookPerturb.drawable(element);",
    )
