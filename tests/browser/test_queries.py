"""How the chosen query comes into the page: the last choice wins, and a lost answer is told."""

import time

import pytest

from core.types.orders import Fusion
from tests.browser.conftest import SLOWEST_MS
from tests.browser.test_screens import wait_for_strips

pytestmark = pytest.mark.browser

FIRST, SECOND, THIRD = (f"queries/object_0{i}.jpg" for i in (3, 4, 5))
AT_FIRST = f"/?view=queries&query={FIRST}"
OF_ALL_STRIPS = "[...document.querySelectorAll('.sl-strips [data-strip]')].map(s => s.dataset.of)"


def choose(page, query: str) -> None:
    page.evaluate("query => SecondLook.patch({query})", query)


def wait_until_held(page, held: list) -> None:
    """Wait for a request that the test holds back."""
    until = time.monotonic() + SLOWEST_MS / 1000
    while not held:
        assert time.monotonic() < until, "nothing was asked for"
        page.wait_for_timeout(20)


def wait_for_query(page, query: str) -> None:
    page.wait_for_selector(f'#sl-panel h2[title="{query}"]')
    assert set(page.evaluate(OF_ALL_STRIPS)) == {query}


def test_of_two_choices_the_last_is_shown_though_its_answer_comes_first(open_page, drawn_url):
    page = open_page(drawn_url + AT_FIRST)
    wait_for_strips(page)
    held = []
    page.route("**/part/queries/query?**object_04**", lambda route: held.append(route))
    choose(page, SECOND)
    wait_until_held(page, held)
    choose(page, THIRD)
    wait_for_query(page, THIRD)
    held[0].continue_()
    page.wait_for_timeout(300)
    wait_for_query(page, THIRD)


def test_while_an_answer_is_awaited_a_slider_goes_on_and_its_last_value_is_shown(
    open_page, drawn_url, drawn
):
    page = open_page(drawn_url + AT_FIRST)
    wait_for_strips(page)
    held = []
    page.route(
        "**/part/queries/query?**", lambda route: route.continue_() if held else held.append(route)
    )
    for lam in ("0.2", "0.6", "1"):
        page.evaluate("lam => SecondLook.patch({lam})", lam)
    wait_until_held(page, held)
    held[0].continue_()
    page.wait_for_selector("#sl-after header >> text=λ = 1")
    shown = page.eval_on_selector_all(
        "[data-strip=after] [data-card]", "all => all.map(c => c.dataset.card)"
    )
    assert shown == [
        c.image_id for c in drawn.queries.inspect(FIRST, Fusion(20, 1.0, 1.0)).after[:24]
    ]


def test_an_answer_that_is_lost_is_told_and_the_next_choice_works(open_page, drawn_url):
    page = open_page(drawn_url + AT_FIRST, forgive="Failed to load resource")
    wait_for_strips(page)
    page.route("**/part/queries/query?**object_04**", lambda route: route.abort())
    choose(page, SECOND)
    page.wait_for_selector("#sl-detail [role=alert] >> text=does not answer")
    assert page.evaluate(OF_ALL_STRIPS) == []  # nothing of the query before stays
    choose(page, FIRST)
    wait_for_query(page, FIRST)
    page.unroute("**/part/queries/query?**object_04**")
    with page.expect_response("**/part/queries/flow?**object_04**"):  # the plot follows the cards
        choose(page, SECOND)
        wait_for_query(page, SECOND)


def test_no_row_shows_the_picture_of_the_query_that_stood_there_before(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=queries&text=object_05")
    row = page.locator(".sl-row >> nth=0")
    picture = row.locator("img")
    page.wait_for_selector(".sl-row")
    shown = "img => img.complete && img.currentSrc === img.src && img.naturalWidth > 0"
    page.wait_for_function(f"({shown})(document.querySelector('.sl-row img'))")
    held = []
    page.route("**/thumbnail/160/**object_04**", lambda route: held.append(route))
    page.evaluate("SecondLook.patch({text: 'object_04'})")
    page.wait_for_selector('.sl-row[data-query*="object_04"]')
    wait_until_held(page, held)
    assert picture.evaluate("img => img.naturalWidth === 0 || img.style.visibility === 'hidden'")
    held[0].continue_()
    page.wait_for_function(f"({shown})(document.querySelector('.sl-row img'))")
    assert picture.evaluate("img => getComputedStyle(img).visibility") == "visible"
