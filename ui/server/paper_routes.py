"""The server's routes for figures and tables made for papers."""

import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.errors import SecondLookError, SettingsError, UnknownRunError
from core.types.runs import Progress
from ui.paper.captions import caption
from ui.paper.choices import MEDIA_TYPES, format_named, width_named
from ui.paper.figures import figure_named
from ui.paper.files import figure_bytes
from ui.paper.tables import MEDIA_TYPES as TABLE_TYPES
from ui.paper.tables import table_format, table_named, table_text
from ui.server.responses import attachment, refusing
from ui.shared.screen import read_state

if TYPE_CHECKING:
    from core.workbench import Workbench

LIMIT_S = 30.0
"""What is measured is read in less; nothing longer is measured in the course of a download."""
_Made = TypeVar("_Made")


def add_paper_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `figure/NAME.svg|pdf|png|txt?ADDRESS&width=one|two`, `table/NAME.tex|md?ADDRESS`.

    The address is that of the page, whose selection is drawn; `txt` is the caption.
    """

    @router.get("/figure/{name}.{form}")
    @refusing({UnknownRunError: 404, SecondLookError: 422})
    def figure(request: Request, name: str, form: str, width: str = "one") -> Response:
        chosen = figure_named(name)
        columns = width_named(width)
        known = None if form == "txt" else format_named(form)
        state = read_state(workbench, request.url.query)
        drawn = soon(chosen.draw(workbench, state))
        words = caption(drawn.what, drawn.n, drawn.receipt)
        if known is None:
            return attachment(f"{words}\n", f"{name}.txt", "text/plain; charset=utf-8")
        data = figure_bytes(drawn.figure, columns, known, chosen.title, words)
        return attachment(data, f"{name}-{columns}.{known}", MEDIA_TYPES[known])

    @router.get("/table/{name}.{form}")
    @refusing({UnknownRunError: 404, SecondLookError: 422})
    def table(request: Request, name: str, form: str) -> Response:
        chosen, known = table_named(name), table_format(form)
        made = soon(chosen.read(workbench, read_state(workbench, request.url.query)))
        return attachment(table_text(made, known), f"{name}.{known}", TABLE_TYPES[known])


def soon(
    steps: Generator[Progress, None, _Made], now: Callable[[], float] = time.monotonic
) -> _Made:
    """Return what some work makes, which takes no longer than it takes to read what is stored.

    Raises:
        SettingsError: It takes longer; what was measured is kept.
    """
    start = now()
    try:
        while True:
            next(steps)
            if now() - start > LIMIT_S:
                raise SettingsError(
                    "This is not measured yet; measure it on its screen first, then save it."
                )
    except StopIteration as end:
        return end.value
    finally:
        steps.close()
