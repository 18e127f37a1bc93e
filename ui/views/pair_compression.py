"""The compression panel of the Pair view: one pair under many compressions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.pairs import Squeezed
from core.types.runs import Progress
from ui import messages
from ui.render.pair_compression import MAX_COMPRESSION, render_compressions
from ui.views.pair_fields import pair_of, read_wish

if TYPE_CHECKING:
    from core.workbench import Workbench

Rows = tuple[Squeezed, ...]


def begin(workbench: "Workbench", asked: str) -> tuple[str, Rows]:
    """Return the panel with what is known of the pair.

    Inputs: on_compression. Outputs: compression, squeezed.
    """
    pair = pair_of(asked)
    if pair is None:
        return "", ()
    rows = workbench.lab.squeezed(pair)
    return render_compressions(rows), rows


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
        one = asks.get("compression", "").strip()[:MAX_COMPRESSION]
        wanted = None if asks["do"] == "compressions" else (one,)
        for step in workbench.lab.compressions(pair, wanted):
            if not isinstance(step, Progress):
                progress, rows = step
                is_over = progress.done == progress.total
                yield render_compressions(rows, "" if is_over else f"{progress.stage} ..."), rows
    except SecondLookError as error:
        yield render_compressions(rows, messages.error_text(error)), rows
