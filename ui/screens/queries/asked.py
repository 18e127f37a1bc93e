"""A composed query asked otherwise: with another text, by its image alone, by its text alone."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError
from core.types.composed import AskedOtherwise
from core.types.query_text import MAX_TEXT, Asked
from ui import messages
from ui.selection import ViewState
from ui.server.responses import body_up_to, refusal, refusing
from ui.server.visitors import current_visitor
from ui.shared.screen import Page

N_SHOWN = 5
"""Pictures that each way of asking begins with."""
_Body = Annotated[bytes | None, Depends(body_up_to(16 * 1024))]


@dataclass(frozen=True, slots=True)
class _Wish:
    query: str
    asked: Asked
    text: str = ""


_WISH = TypeAdapter(_Wish)


@dataclass(frozen=True, slots=True)
class AskedContext:
    """The ways in which a query was asked, itself first, and the form that asks in another."""

    template: ClassVar[str] = "queries/asked.html"
    query: str
    text: str
    ways: tuple[AskedOtherwise, ...]
    n_shown: int
    max_text: int


def show_asked(page: Page, state: ViewState) -> Markup | None:
    """Return the ways in which the chosen query was asked; None where no stage reads a text."""
    composed = page.workbench.composed
    if state.query is None or not composed.takes_texts:
        return None
    try:
        ways = composed.ways(state.query, state.fusion, state.visitor)
        text = page.workbench.queries.record(state.query).text
    except SecondLookError:
        return None  # the query's own part says why
    return page.html(AskedContext(state.query, text, ways, N_SHOWN, MAX_TEXT))


def add_asked_route(router: APIRouter, page: Page) -> None:
    """Take `{"query": ID, "asked": WAY, "text": TEXT}`; the answer names the query that is made."""

    @router.post("/asked")
    @refusing({SecondLookError: 422})
    def ask(body: _Body) -> Response:
        try:
            wish = _WISH.validate_json(body or b"")
        except ValidationError:
            return refusal("A query is asked otherwise by its id, a way and a text.", 422)
        visitor = current_visitor()
        if not page.workbench.uploads.may_see(wish.query, visitor):
            return refusal(messages.NO_SUCH_IMAGE, 404)
        made = page.workbench.composed.ask(wish.query, wish.asked, wish.text, visitor)
        return JSONResponse({"query": made})
