"""What screens draw, as HTML, and the routes that answer with it, for tests."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from markupsafe import Markup

from core.types.rankings import QueryView
from core.workbench import Workbench
from ui.screens.queries import screen
from ui.screens.queries.screen import QueryContext, Third
from ui.server.parts import draw
from ui.server.routes import ALL, make_router
from ui.shared.screen import Drawing, make_page, read_state
from ui.shared.strips import Side, strip
from ui.shared.templates import make_environment, render
from ui.shared.text import ThumbnailUrls


def drawn(bench, screen: str, part: str, address: str) -> Drawing:
    """A part of a screen as its route draws it."""
    found = next(one for one in ALL if one.name == screen).part(part)
    assert found is not None, f"{screen} has no part {part}"
    return draw(make_page(bench, ALL), found, read_state(bench, address))


def routes_of(bench: Workbench) -> TestClient:
    """Ask all routes of a bench; nothing of Gradio's page and of the server's guards is built."""
    server = FastAPI()
    server.include_router(make_router(bench))
    return TestClient(server, base_url="http://127.0.0.1:7860")


def query_html(view: QueryView) -> Markup:
    """A query's panel, without strips."""
    nothing = Markup()
    third = Third(None, None, "")
    context = QueryContext(view, nothing, nothing, (), 0, False, third, None, "", 1, None)
    words = {"queries": screen.words}
    return render(make_environment(ThumbnailUrls("v1"), words), context)


def strip_html(view: QueryView, side: Side) -> Markup:
    """A strip of a query."""
    return render(make_environment(ThumbnailUrls("v1"), {}), strip(view, side))
