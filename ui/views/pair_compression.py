"""The compression panel of the Pair view: one pair under many compressions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.pairs import Squeezed
from ui import messages
from ui.render.pair_compression import MAX_COMPRESSION, render_compressions
from ui.views.pair_fields import pair_of, read_wish

if TYPE_CHECKING:
    from core.workbench import Workbench

Rows = tuple[Squeezed, ...]
_MOST_ROWS = 24


def begin(asked: str) -> tuple[str, Rows]:
    """Return the panel before anything is tried.

    Inputs: on_compression. Outputs: compression, squeezed.
    """
    return (render_compressions(()) if asked else ""), ()


def fulfil(
    workbench: "Workbench", asked: str, wish: str, rows: Rows
) -> Iterator[tuple[object, ...]]:
    """Yield the table as it grows, a row per compression.

    Inputs: asked, wish, squeezed. Outputs: compression, squeezed.
    """
    asks = read_wish(wish)
    pair = pair_of(asked)
    if asks.get("do") not in ("compression", "compressions") or pair is None:
        yield gr.skip(), gr.skip()
        return
    try:
        if asks["do"] == "compressions":
            wanted = workbench.pairs.compressions(*pair)
        else:
            wanted = ("none", asks.get("compression", "").strip()[:MAX_COMPRESSION])
        known = {row.compression for row in rows}
        for text in dict.fromkeys(wanted):
            if text in known:
                continue
            yield render_compressions(rows, f"Trying {text} ..."), rows
            rows = (*rows, workbench.pairs.squeeze(*pair, text))[:_MOST_ROWS]
        yield render_compressions(rows), rows
    except SecondLookError as error:
        yield render_compressions(rows, messages.error_text(error)), rows
