"""Every plot of the page has a name in the table of figures."""

import re

from jinja2 import nodes

from ui.layout import build_app
from ui.paper.figures import FIGURES
from ui.paper.tables import TABLES
from ui.shared.templates import UI, make_environment
from ui.shared.text import ThumbnailUrls

OFFER = re.compile(r'data-save-plot="([^"]*)" data-table="([^"]*)"')


def offered(text: str) -> set[tuple[str, str]]:
    return set(OFFER.findall(text))


def placed() -> set[tuple[str, str]]:
    """The figure and the table of every plot that a screen's template places."""
    known = make_environment(ThumbnailUrls("v1"), {})
    return {
        (call.args[3].value, text)
        for path in (UI / "screens").rglob("*.html")
        for call in known.parse(path.read_text("utf-8")).find_all(nodes.Call)
        if getattr(call.node, "name", "") == "plot"
        for given in [*call.args[6:], *(one.value for one in call.kwargs if one.key == "table")]
        or [nodes.Const("")]
        for text in [one.value for one in (given, *given.find_all(nodes.Const)) if as_text(one)]
        or [""]
    }


def as_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const)


def test_every_plot_of_the_page_is_offered_under_a_name_that_is_known(bench):
    page = offered(str(build_app(bench).get_config_file())) | placed()
    names = {name for name, _ in page}
    assert names == set(FIGURES)
    assert {table for _, table in page} <= {"", *TABLES}
