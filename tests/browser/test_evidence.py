"""Evidence term by term in a browser: from a card over its pair to the terms under damage."""

import pytest

from core.types.evidence import term_word
from core.types.number_text import signed
from core.types.orders import Fusion
from tests.benches import JOINED_DEPTH, joined_bench
from tests.browser.conftest import DESKTOP, PHONE, scroll_to
from tests.browser.servers import served
from ui.shared.terms import terms_text

pytestmark = pytest.mark.browser
QUERY, POSITIVE = "images/disc_q.png", "images/disc_1.png"
CALIBRATED = "calibrated probability (evidence:own)"
CARD = f'[data-strip="after"] [data-card="{POSITIVE}"]'


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = joined_bench(tmp_path_factory.mktemp("joined"))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def url(bench):
    with served(bench) as url:
        yield url


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_what_each_term_adds_is_seen_from_the_card_to_the_damage(
    open_page, url, bench, size, theme
):
    place = bench.pairs.place(QUERY, POSITIVE, Fusion(JOINED_DEPTH, 0.0, 1.0))
    page = open_page(f"{url}/?view=queries&query={QUERY}&__theme={theme}", size)
    card = page.locator(CARD)
    title = card.get_attribute("title")
    assert terms_text(place.shares) in title
    assert CALIBRATED in title
    assert "P(yes)" not in title
    assert card.locator(".sl-terms i").count() == len(place.shares)
    card.click()
    page.keyboard.press("p")
    page.wait_for_selector("#sl-pair-terms li")
    shown = page.locator("#sl-pair-terms .sl-num").all_inner_texts()
    assert shown == [signed(nats, 2) for nats in (*place.shares.values(), place.margin)]
    assert f"{CALIBRATED}: {place.probability:.4f}" in page.inner_text("#sl-pair-terms")
    assert page.get_by_label("Attribution", exact=False).first.is_visible()
    bars = page.locator("#sl-pair-terms .sl-pair-term i")
    boxes = [bar.bounding_box() for bar in bars.all()]
    assert all(box["width"] >= 1 for box in boxes)
    page.goto(f"{url}/?view=perturb&query={QUERY}&candidate={POSITIVE}&pair=positive&pert=blur")
    page.wait_for_selector("#sl-pt-terms-heading [role=status]")
    scroll_to(page, "#sl-pt-terms")
    page.wait_for_selector("#sl-pt-terms .js-plotly-plot .scatterlayer")
    names = page.eval_on_selector(
        "#sl-pt-terms .js-plotly-plot", "plot => plot.data.map(trace => trace.name)"
    )
    assert names == [term_word(stage) for stage in place.shares][:-1]
    told = page.inner_text("#sl-pt-terms-heading [role=status]")
    assert told.startswith(("By the breaking strength, ", "By the last level, "))
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
