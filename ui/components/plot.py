"""A Plotly figure drawn by plotly.py's own plotly.min.js; `gr.Plot` bundles an older one."""

from typing import Literal

import gradio as gr
import plotly.graph_objects as go

_DRAW = "window.SecondLook.plot(element, props, watch);"


def plot(
    *,
    opens: Literal["query", "card", "level", "nothing"],
    height_px: int,
    label: str,
    elem_id: str,
    figure: str,
    table: str = "",
    script: str = _DRAW,
) -> gr.HTML:
    """Return a component that takes `figure_json` as its value and draws it.

    A click on a mark opens the query named by its `customdata`, shows the card of the candidate
    that it names, or the level of strength; all are done in `assets/plots.js`. Marks without
    `customdata` open nothing. A button saves it laid out for a paper (`assets/js/paper.js`):
    `figure` is its name in `ui/paper/figures.py`, `table` that of its numbers in
    `ui/paper/tables.py`. `script` runs once with the component's `element`, and may draw what is
    not its value.
    """
    template = (
        f'<div class="sl-plot" data-opens="{opens}" role="img" aria-label="{label}" '
        f'style="height:{height_px}px"></div><button type="button" class="sl-icon sl-save" '
        f'data-save-plot="{figure}" data-table="{table}" title="Save for a paper" '
        'aria-label="Save plot for a paper">⤓</button>'
    )
    return gr.HTML(
        "",
        html_template=template,
        elem_id=elem_id,
        apply_default_css=False,
        js_on_load=script,
    )


def figure_json(figure: go.Figure) -> str:
    """Return what a `plot` takes as its value."""
    return str(figure.to_json())
