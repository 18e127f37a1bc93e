"""The one way a screen asks for what it shows: `part/SCREEN/NAME?selection`."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError
from ui import messages
from ui.selection import ViewState, names_of
from ui.server.responses import FRESH, Tab, html_answer, refusal
from ui.shared import job_bar
from ui.shared.screen import Drawing, Page, Part, Screen, read_state

_LOG = logging.getLogger(__name__)
SELECTION = "X-Selection"
"""The answer's header that holds the selection as it was read, for the page's address."""
SIGNALS = "X-Signals"
"""The answer's header that holds how far all work was when the screen was drawn."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part stands in its screen."""

    template: ClassVar[str] = "shared/place.html"
    part: str
    elem_id: str
    drawn: Markup
    is_later: bool


def add_part_routes(router: APIRouter, page: Page, screens: Sequence[Screen]) -> None:
    """Serve `screen/NAME?selection`, a screen with its parts, and each part alone."""
    by_name = {screen.name: screen for screen in screens}

    @router.get("/screen/{name}")
    def screen(request: Request, name: str, x_tab: Tab = "") -> Response:
        found = by_name.get(name)
        if found is None:
            return refusal("There is no such screen.", 404)
        state = read_state(page.workbench, request.url.query)
        signals = job_bar.signals_now(page, x_tab)  # first, so that no later outcome is missed
        answer = html_answer(draw_screen(page, found, state))
        answer.headers[SELECTION] = state.to_address()
        answer.headers[SIGNALS] = signals
        return answer

    @router.get("/part/{screen}/{name}")
    def part(request: Request, screen: str, name: str) -> Response:
        found = by_name[screen].part(name) if screen in by_name else None
        if found is None:
            return refusal("There is no such part of a screen.", 404)
        drawing = draw(page, found, read_state(page.workbench, request.url.query))
        if drawing is None or isinstance(drawing, Markup):
            return html_answer(drawing or "")
        return Response(drawing.to_json(), media_type="application/json", headers=FRESH)


def draw(page: Page, part: Part, state: ViewState) -> Drawing:
    """Return a part's drawing, or the sentence of what prevents it."""
    try:
        return part.draw(page, state)
    except SecondLookError as error:
        return page.nothing(messages.error_text(error), error=True)


def draw_screen(page: Page, screen: Screen, state: ViewState) -> Markup:
    """Return a screen: its template, with the parts that are not drawn later."""

    def place(name: str, elem_id: str = "") -> Markup:
        part = screen.part(name)
        assert part is not None, f"{screen.template} places {name}, which is no part"
        drawn = Markup() if part.is_later else _drawn(page, part, state)
        return page.html(Place(f"{screen.name}/{name}", elem_id, drawn, part.is_later))

    template = page.templates.get_template(screen.template)
    return Markup(template.render(part=place))


def _drawn(page: Page, part: Part, state: ViewState) -> Markup:
    """Return a part's HTML within its screen; a fault of ours leaves the others as they are."""
    try:
        drawing = draw(page, part, state)
    except Exception:  # noqa: BLE001 - logged, and shown as what it is
        _LOG.exception("the part %s could not be drawn", part.name)
        return page.nothing(messages.PART_FAILED, error=True)
    assert drawing is None or isinstance(drawing, Markup), f"{part.name} is a figure: use plot()"
    return drawing or Markup()


def parts_table(screens: Sequence[Screen]) -> dict[str, dict[str, Any]]:
    """Return what the page's script must know of each part, by `screen/name`."""
    return {
        f"{screen.name}/{part.name}": {
            "fields": names_of(*part.reads.split()),
            "signals": part.signals,
            "later": part.is_later,
            "patient": part.is_patient,
        }
        for screen in screens
        for part in screen.parts
    }
