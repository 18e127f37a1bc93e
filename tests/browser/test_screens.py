"""The two screens in a real browser, over a bench on drawn images."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError

from tests.browser.conftest import DESKTOP, PHONE, wait_for_pictures

pytestmark = pytest.mark.browser

QUERY = "queries/object_03.jpg"
AT_QUERY = f"/?view=queries&query={QUERY}"


def order(page, side: str) -> list[str]:
    cards = f'[data-strip="{side}"] [data-card]'
    return page.eval_on_selector_all(cards, "nodes => nodes.map(n => n.dataset.card)")


def wait_for_strips(page) -> None:
    page.wait_for_selector('[data-strip="after"] [data-card]')


def set_slider(page, name: str, value: float) -> None:
    page.eval_on_selector(
        f'[data-slider="{name}"]',
        "(node, value) => { node.value = value;"
        " node.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )


def wait_for_order(page, side: str, unlike: list[str]) -> None:
    page.wait_for_function(
        "([side, old]) => { const now = [...document.querySelectorAll("
        "`[data-strip=${side}] [data-card]`)].map(n => n.dataset.card);"
        " return now.length && now.join() !== old; }",
        arg=[side, ",".join(unlike)],
    )


def test_overview_shows_figures_and_a_mark_per_query(open_page, drawn_url, drawn):
    page = open_page(drawn_url)
    page.wait_for_selector(".sl-tile-value >> text=/0\\.\\d{3}/")
    page.wait_for_selector("#sl-scatter .points path")
    assert page.locator("#sl-scatter .points path").count() == drawn.info.n_queries


def test_a_mark_of_the_scatter_opens_its_query(open_page, drawn_url):
    page = open_page(drawn_url)
    mark = page.locator("#sl-scatter .points path").last
    mark.wait_for()
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    wait_for_strips(page)
    assert "view=queries" in page.url
    assert "query=queries" in page.url


def test_a_row_of_the_list_opens_two_strips_with_all_images(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=queries")
    page.click(f'.sl-row[data-query="{QUERY}"]')
    wait_for_strips(page)
    page.wait_for_selector(f'#sl-panel h2[title="{QUERY}"]')
    wait_for_pictures(page, "#sl-detail")
    assert sorted(order(page, "before")) == sorted(order(page, "after"))
    assert page.get_attribute(".sl-row[aria-current=true]", "data-query") == QUERY


def test_the_depth_slider_re_sorts_without_a_model_call(open_page, drawn_url, drawn):
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    scorer = drawn._session.models().scorer
    before, after, n_scored = order(page, "before"), order(page, "after"), scorer.n_scored
    set_slider(page, "depth", 3)
    wait_for_order(page, "after", after)
    assert order(page, "before")[3:12] == order(page, "after")[3:12]
    assert order(page, "before")[:12] == before[:12]
    assert scorer.n_scored == n_scored
    assert "depth=3" in page.url


def test_lam_one_gives_the_descriptor_order(open_page, drawn_url):
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    after = order(page, "after")
    set_slider(page, "lam", 1)
    wait_for_order(page, "after", after)
    assert order(page, "after") == order(page, "before")


def test_j_and_k_move_through_the_list(open_page, drawn_url):
    page = open_page(drawn_url + "/?view=queries&sort=name")
    page.wait_for_selector(".sl-row:nth-child(3)")
    current = ".sl-row[aria-current=true]"
    names = [r.get_attribute("data-query") for r in page.locator(".sl-row").all()]
    page.wait_for_selector(f'{current}[data-query="{names[0]}"]')
    for key in "jjjk":
        page.keyboard.press(key)
    page.wait_for_selector(f'{current}[data-query="{names[2]}"]')
    page.wait_for_selector(f'#sl-panel h2[title="{names[2]}"]')


def test_a_choice_that_is_taken_back_at_once_is_not_shown_later(open_page, drawn_url):
    page = open_page(drawn_url + "/?view=queries&sort=name")
    page.wait_for_selector(".sl-row:nth-child(3)")
    names = [r.get_attribute("data-query") for r in page.locator(".sl-row").all()]
    page.wait_for_selector(f'#sl-panel h2[title="{names[0]}"]')
    held = []
    asked = re.compile(rf"/part/queries/query\?.*{Path(names[1]).stem}")
    page.route(asked, lambda route: held.append(route))
    page.keyboard.press("j")
    for _ in range(300):  # until it is asked for
        if held:
            break
        page.wait_for_timeout(100)
    page.keyboard.press("k")
    page.wait_for_selector(f'.sl-row[aria-current=true][data-query="{names[0]}"]')
    assert len(held) == 1
    with suppress(PlaywrightError):  # it was given up
        held[0].continue_()
    page.wait_for_timeout(500)
    assert page.locator("#sl-panel h2").first.get_attribute("title") == names[0]


def test_the_list_opens_with_its_first_query(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=queries&sort=before&order=down")
    wait_for_strips(page)
    first = page.get_attribute(".sl-row >> nth=0", "data-query")
    assert page.get_attribute(".sl-row[aria-current=true]", "data-query") == first


def test_a_class_lists_its_queries(open_page, drawn_url):
    page = open_page(drawn_url)
    page.click('.sl-class-line[data-class="rescued"]')
    wait_for_strips(page)
    assert "class=rescued" in page.url
    marks = page.locator(".sl-row .sl-mark").all()
    assert {mark.get_attribute("title") for mark in marks} == {"rescued"}


def test_typing_in_the_search_field_filters_and_moves_nothing(open_page, drawn_url):
    page = open_page(drawn_url + AT_QUERY)
    page.wait_for_selector(".sl-row")
    page.fill("[data-text]", "object_05")
    page.wait_for_function("() => document.querySelectorAll('.sl-row').length === 1")
    assert "query=queries%2Fobject_03.jpg" in page.url


def test_a_pasted_image_becomes_a_query(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=queries")
    page.wait_for_selector(".sl-row")
    page.evaluate("""async () => {
        const canvas = new OffscreenCanvas(64, 48);
        canvas.getContext('2d').fillRect(8, 8, 20, 20);
        const blob = await canvas.convertToBlob({type: 'image/png'});
        const data = new DataTransfer();
        data.items.add(new File([blob], 'image.png', {type: 'image/png'}));
        document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
    }""")
    wait_for_strips(page)
    page.wait_for_selector(".sl-row[aria-current=true] >> text=pasted image")
    page.wait_for_selector("#sl-panel h2 >> text=pasted image")
    page.wait_for_selector("#sl-panel >> text=/20 of 20/")
    assert "query=upload%3A" in page.url
    assert page.locator(".sl-card.sl-unlabelled").count() > 0


def test_a_pasted_text_that_is_no_image_says_so(open_page, drawn_url):
    page = open_page(f"{drawn_url}/?view=queries")
    page.wait_for_selector(".sl-row")
    page.set_input_files(
        "#sl-file", {"name": "a.png", "mimeType": "text/plain", "buffer": b"not an image"}
    )
    page.wait_for_selector("#sl-toast.sl-shown >> text=not an image")


def test_reload_shows_the_same_screen(open_page, drawn_url):
    address = "&depth=7&lam=0.25&gamma=2&sort=name&order=down&class=rescued"
    page = open_page(drawn_url + AT_QUERY + address)
    wait_for_strips(page)
    url, after = page.url, order(page, "after")
    assert address in url
    page.reload()
    wait_for_strips(page)
    assert page.url == url
    assert order(page, "after") == after
    assert page.input_value('[data-slider="depth"]') == "7"
    assert page.input_value("[data-class-filter]") == "rescued"


def test_back_returns_to_the_query_before(open_page, drawn_url):
    page = open_page(drawn_url + AT_QUERY)
    wait_for_strips(page)
    page.click('.sl-row[data-query="queries/object_05.jpg"]')
    page.wait_for_selector('#sl-panel h2[title="queries/object_05.jpg"]')
    page.go_back()
    page.wait_for_selector(f'#sl-panel h2[title="{QUERY}"]')


@pytest.mark.parametrize("view", ["overview", "queries"])
def test_nothing_is_wider_than_the_window(open_page, drawn_url, view):
    page = open_page(f"{drawn_url}/?view={view}&query={QUERY}&__theme=dark")
    page.wait_for_selector("#sl-scatter .points path" if view == "overview" else "#sl-flow .lines")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for dark in (True, False):
            assert page.evaluate("document.body.classList.contains('dark')") == dark
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
            page.click("[data-theme-switch]")


def test_a_tab_chosen_before_the_address_is_read_stays_in_front(open_page, drawn_url, context):
    held, is_open = [], False
    asked = "**/screen/overview**"
    context.route(asked, lambda route: route.continue_() if is_open else held.append(route))
    page = open_page(f"{drawn_url}/?view=overview")
    page.click("role=tab[name=Runs]")
    assert held  # the screen and its address were asked for and are not answered yet
    is_open = True
    for route in held:
        route.continue_()
    page.wait_for_url("**view=runs**")
    page.wait_for_selector("#sl-runs >> visible=true")
    assert page.locator("#sl-scatter").is_hidden()
    context.unroute(asked)


def test_the_receipt_is_one_click_away(open_page, drawn_url):
    page = open_page(drawn_url)
    page.click(".sl-protocol >> text=receipt")
    page.wait_for_selector("#sl-receipt:popover-open >> text=corpus fingerprint")
