"""What screens draw, as HTML, for tests."""

from markupsafe import Markup

from core.types.rankings import QueryView
from ui.screens.queries import screen
from ui.screens.queries.screen import QueryContext, Third
from ui.server.parts import draw
from ui.server.routes import ALL
from ui.shared.screen import Drawing, make_page, read_state
from ui.shared.strips import Side, strip
from ui.shared.templates import make_environment, render
from ui.shared.text import ThumbnailUrls


def drawn(bench, screen: str, part: str, address: str) -> Drawing:
    """A part of a screen as its route draws it."""
    found = next(one for one in ALL if one.name == screen).part(part)
    assert found is not None, f"{screen} has no part {part}"
    return draw(make_page(bench, ALL), found, read_state(bench, address))


def query_html(view: QueryView) -> Markup:
    """A query's panel, without strips."""
    nothing = Markup()
    context = QueryContext(view, nothing, nothing, (), 0, False, Third(None, None, ""), None, "", 1)
    words = {"queries": screen.words}
    return render(make_environment(ThumbnailUrls("v1"), words), context)


def strip_html(view: QueryView, side: Side) -> Markup:
    """A strip of a query."""
    return render(make_environment(ThumbnailUrls("v1"), {}), strip(view, side))
