"""The whole bench in a browser: embedded corpus and model, real scores, a fresh workspace."""

import time

import pytest

from core.assembly.bench import open_workbench
from core.settings import DEMO_CORPUS, POCKET_MODEL, load_settings
from core.types.orders import Fusion
from tests.browser.conftest import wait_for_pictures
from tests.browser.servers import served
from tests.browser.test_screens import order, set_slider, wait_for_order, wait_for_strips

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The demo in an empty workspace, with its preparation running as `serve` starts it."""
    if not (DEMO_CORPUS / "manifest.csv").exists() or not POCKET_MODEL.exists():
        pytest.skip("assets/ holds no demo corpus or no embedded model")
    settings = load_settings(None, {"workspace": tmp_path_factory.mktemp("demo") / "workspace"})
    bench = open_workbench(settings)
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench):
    with served(bench) as url:
        bench.jobs.start_preparation()
        yield url


def wait_for_index(bench) -> None:
    until = time.monotonic() + 60
    while bench.jobs.status().stage != "evaluate":
        assert time.monotonic() < until, f"no index within a minute: {bench.jobs.status()}"
        time.sleep(0.1)


def test_a_first_start_shows_pictures_at_once_and_then_scores(open_page, url, bench):
    page = open_page(url)
    page.wait_for_selector(".sl-tile img, #sl-scatter .points path")
    wait_for_index(bench)
    bench.jobs.cancel(wait=True)
    query = bench.queries.rows(Fusion(100, 0.0, 1.0))[-1].query_id
    page.evaluate("query => SecondLook.patch({view: 'queries', query})", query)
    wait_for_strips(page)
    page.wait_for_selector("#sl-panel >> text=100 of 100")
    page.wait_for_selector("#sl-panel >> text=AP oracle")
    wait_for_pictures(page, "#sl-detail")


def test_fusion_re_sorts_real_scores(open_page, url, bench):
    wait_for_index(bench)
    query = bench.queries.rows(Fusion(100, 0.0, 1.0))[-1].query_id
    page = open_page(f"{url}/?view=queries&query={query}")
    wait_for_strips(page)
    page.wait_for_selector("#sl-panel >> text=100 of 100")
    after = order(page, "after")
    set_slider(page, "lam", 1)
    wait_for_order(page, "after", after)
    assert order(page, "after") == order(page, "before")
