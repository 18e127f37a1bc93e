"""Every view with real content: no serious finding of axe-core, and nothing jumps."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from core.assembly import open_workbench
from core.settings import load_settings
from tests.browser.conftest import DESKTOP, MOST_SHIFT, PHONE, shifts
from tests.browser.servers import served
from tests.conftest import draw_tiny_corpus

pytestmark = pytest.mark.browser

QUERY = "images/disc_q.png"
DRAWN = {
    "overview": "#sl-scatter .points path",
    "queries": "#sl-flow .lines",
    "pair": "#sl-pair-anatomy table",
    "perturb": "#sl-pt-bar .sl-pt-done",
    "failures": "#sl-fl-suspects",
    f"annotate&queue=query:{QUERY}": "[data-an-verdict]:enabled",
    "runs": "#sl-run-plot .points path",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """The embedded model over eight drawn images, evaluated."""
    root = tmp_path_factory.mktemp("axe") / "tiny"
    draw_tiny_corpus(root)
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": root.parent / "w"}))
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    with served(bench) as url:
        yield url
    bench.close()


OTHER = "images/cross_q.png"


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("view", DRAWN)
def test_nothing_jumps_when_a_view_opens_or_another_query_is_chosen(open_page, url, view, size):
    page = open_page(f"{url}/?view={view}&query={QUERY}", size)
    page.wait_for_selector(f"{DRAWN[view]} >> visible=true")
    page.wait_for_timeout(500)
    moved = {"cold": shifts(page)}
    if view in ("queries", "pair", "perturb"):
        page.evaluate("query => SecondLook.patch({query})", OTHER)
        page.wait_for_url(f"**{OTHER.rpartition('/')[2]}**")
        page.wait_for_timeout(2500)
        page.wait_for_selector(f"{DRAWN[view]} >> visible=true")
        moved["another query"] = shifts(page)
    assert {when: sum_ for when, sum_ in moved.items() if sum_ > MOST_SHIFT} == {}


@pytest.mark.parametrize("view", DRAWN)
def test_axe_has_no_serious_finding(open_page, url, view):
    page = open_page(f"{url}/?view={view}&query={QUERY}&__theme=light")
    page.wait_for_selector(f"{DRAWN[view]} >> visible=true")
    found = {}
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for theme in ("light", "dark"):
            page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
            for one in Axe().run(page).response["violations"]:
                if one["impact"] in ("serious", "critical"):
                    nodes = [node["html"][:160] for node in one["nodes"]]
                    found[f"{one['id']}, {theme}, {size[0]} px"] = (one["help"], nodes[:4])
            page.click("[data-theme-switch]")
    assert found == {}
