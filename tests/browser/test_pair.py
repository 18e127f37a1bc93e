"""The Pair view in a browser: embedded model, eight drawn images, real scores."""

import pytest

from core.assembly.bench import open_workbench
from core.settings import load_settings
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.servers import served
from tests.conftest import draw_tiny_corpus

pytestmark = pytest.mark.browser
QUERY, POSITIVE = "images/disc_q.png", "images/disc_1.png"
SLOW_MS = 60_000


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs") / "tiny"
    draw_tiny_corpus(root)
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": root.parent / "w"}))
    list(bench.runs.build_index())
    list(bench.queries.score(QUERY, 6))
    with served(bench) as url:
        yield url
    bench.close()


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_from_a_card_to_what_carried_its_score(open_page, url, size, theme):
    page = open_page(f"{url}/?view=queries&query={QUERY}&__theme={theme}", size)
    page.set_default_timeout(SLOW_MS)
    card = page.locator(f'[data-strip="after"] [data-card="{POSITIVE}"]')
    card.click()
    page.keyboard.press("p")
    page.wait_for_selector("#sl-pair-anatomy table")
    assert "view=pair" in page.url
    page.wait_for_selector('[data-side="candidate"] .sl-pair-overlay svg[data-map]')
    page.keyboard.press("e")
    page.wait_for_selector(".sl-pair-overlay svg[data-map]", state="hidden")
    page.click('[data-pair-wish="compressions"]')
    page.click('[data-pair-kept="1"]')
    page.wait_for_selector(".sl-pair-overlay svg[data-kept]")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_crop_out_of_bounds_is_said_in_place_and_a_good_one_has_a_lineage(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY}&candidate={POSITIVE}", forgive="422")
    page.set_default_timeout(SLOW_MS)
    side = page.locator('.sl-pair-side[data-side="candidate"]')
    side.locator("input").fill("0, 0, 2, 2")
    side.locator("input").press("Enter")
    side.locator(".sl-pair-crop-error", has_text="at least 16").wait_for()
    side.locator("input").fill("4, 4, 60, 60")
    side.locator("input").press("Enter")
    page.wait_for_selector("#sl-pair-lineage .sl-pair-step[aria-current]")
    assert "candidate=upload" in page.url


def test_an_unknown_candidate_is_one_sentence(open_page, url):
    page = open_page(f"{url}/?view=pair&query={QUERY}&candidate=no-such.png")
    page.wait_for_selector("#sl-pair-top [role=alert]")
    assert not page.locator("#sl-pair").is_visible()
