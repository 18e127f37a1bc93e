"""Putting HTML in the place of other HTML, in a browser: what a person is at stays."""

from collections.abc import Iterator

import pytest

from tests.assets.js.conftest import MODULES

ADDRESS = "http://127.0.0.1:9/"


@pytest.fixture
def page(chromium) -> Iterator[object]:
    """An empty page that may import the modules; nothing listens at its address."""
    page = chromium.new_page()

    def answer(route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name:
            body = (MODULES / name).read_text("utf-8")
            route.fulfill(body=body, content_type="text/javascript")
        else:
            route.fulfill(body="<div id=place></div>", content_type="text/html")

    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate("async () => { window.dom = await import('/dom.js'); }")
    yield page
    page.close()


def swap(page, html: str) -> None:
    page.evaluate("(html) => dom.swap(document.getElementById('place'), html)", html)


def test_a_region_that_stays_the_same_keeps_its_node_and_focus(page):
    swap(page, '<p data-keep="a"><button>one</button></p><p data-keep="b">1</p>')
    page.evaluate("() => { window.old = document.querySelector('button'); old.focus(); }")
    swap(page, '<p data-keep="a"><button>one</button></p><p data-keep="b">2</p>')
    assert page.evaluate("old.isConnected && document.activeElement === old")
    assert page.inner_text('[data-keep="b"]') == "2"


def test_another_frame_replaces_all_but_figures(page):
    swap(page, '<div data-part="x/plot"></div><p>1</p>')
    page.evaluate("() => { document.querySelector('[data-part]').drawn = true; }")
    swap(page, '<section><div data-part="x/plot"></div></section><p>2</p>')
    assert page.evaluate("document.querySelector('section > [data-part]').drawn")
    assert page.inner_text("#place p") == "2"


def test_focus_moves_to_the_same_control_of_the_new_html(page):
    swap(page, '<button data-sort="name">up</button>')
    page.focus('[data-sort="name"]')
    swap(page, '<button data-sort="before">b</button><button data-sort="name">down</button>')
    assert page.evaluate("document.activeElement.textContent") == "down"


def test_a_list_stays_scrolled(page):
    rows = "<br>" * 100
    listed = '<div data-scrolls="rows" style="height:40px;overflow:auto">{}</div>'
    swap(page, listed.format(rows))
    page.evaluate("() => { document.querySelector('[data-scrolls]').scrollTop = 300; }")
    swap(page, listed.format(f"{rows}more"))
    assert page.evaluate("document.querySelector('[data-scrolls]').scrollTop") == 300


def test_what_went_wrong_is_shown_as_text(page):
    swap(page, page.evaluate("dom.sentence('<b onclick=1>no</b>')"))
    assert page.inner_text('[role="alert"]') == "<b onclick=1>no</b>"


def test_a_refusal_has_the_servers_sentence(page):
    page.route("**/refused", lambda route: route.fulfill(status=422, json={"error": "Too deep."}))
    page.route("**/broken", lambda route: route.fulfill(status=500, body="Traceback"))
    page.route("**/silent", lambda route: route.abort())
    told = page.evaluate(
        "async () => { const { ask } = await import('/http.js'); const told = [];"
        " for (const name of ['refused', 'broken', 'silent'])"
        "  await ask(name).catch((error) => told.push(error.message)); return told; }"
    )
    assert told[0] == "Too deep."
    assert "log says why" in told[1]
    assert "does not answer" in told[2]
