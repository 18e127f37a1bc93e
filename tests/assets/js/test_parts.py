"""Parts of a screen, in a browser: what is drawn later is drawn again when it is opened again."""

from collections.abc import Iterator

import pytest

from tests.assets.js.conftest import MODULES

ADDRESS = "http://127.0.0.1:9/"
PAGE = """
<style>.sl-part:not(:empty) { display: contents; } .sl-part:empty { min-height: 1px; }</style>
<script type="application/json" id="sl-fields">{ "groups": {}, "voids": { "query": [] },
  "plotly": { "basic": "/dom.js", "whole": "/dom.js" },
  "parts": {
    "frame/receipt": { "fields": ["lam"], "signals": [], "later": true, "patient": false },
    "frame/facts": { "fields": ["depth"], "signals": [], "later": false, "patient": false },
    "frame/flow": { "fields": ["depth"], "signals": [], "later": false, "patient": false }
  } }</script>
<div data-frame><div popover id="box">
<div class="sl-part" data-part="frame/receipt"></div></div>
<div data-part="frame/flow" data-plot="" style="height: 9px"></div>
<div class="sl-part" data-part="frame/facts"></div></div>
"""


@pytest.fixture
def page(chromium) -> Iterator[object]:
    page = chromium.new_page()
    page.asked = []

    def answer(route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name.startswith("part/"):
            page.asked.append(name.removeprefix("part/frame/").partition("?view=nothing")[::2])
        if name.startswith("part/frame/flow"):
            route.fulfill(body="", content_type="application/json")
        elif name.startswith("part/"):
            route.fulfill(body=f"<p>{name.rpartition('lam=')[2]}</p>", content_type="text/html")
        elif name:
            body = (MODULES / name).read_text("utf-8")
            route.fulfill(body=body, content_type="text/javascript")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate(
        "async () => { await import('/parts.js');"
        " (await import('/selection.js')).read('view=nothing&lam=0'); }"
    )
    yield page
    page.close()


def shown(page, expected: str) -> str:
    """What the part shows once it shows what is expected, or after ten seconds."""
    found = ""
    for _ in range(33):
        page.wait_for_timeout(300)
        found = page.evaluate("document.querySelector('[data-part]').textContent")
        if found == expected:
            break
    return found


def switch(page, name: str) -> None:
    page.evaluate(f"document.querySelector('#box').{name}Popover()")


def move(page, lam: str) -> None:
    page.evaluate("lam => window.SecondLook.patch({ lam })", lam)


def test_what_is_closed_is_not_asked_for(page):
    assert shown(page, "") == ""


def test_what_is_open_follows_the_selection(page):
    switch(page, "show")
    assert shown(page, "0") == "0"
    move(page, "0.5")
    assert shown(page, "0.5") == "0.5"


def test_what_was_closed_meanwhile_is_drawn_again_when_it_is_opened(page):
    switch(page, "show")
    assert shown(page, "0") == "0"
    switch(page, "hide")
    move(page, "0.7")
    assert shown(page, "0") == "0"
    switch(page, "show")
    assert shown(page, "0.7") == "0.7"


def wait_until_asked(page, name: str) -> None:
    for _ in range(500):
        if name in [asked for asked, _ in page.asked]:
            return
        page.wait_for_timeout(20)


def test_a_figure_waits_for_the_rest_and_is_left_out_where_the_next_choice_comes(page):
    wait_until_asked(page, "flow")
    page.asked.clear()
    page.evaluate("[5, 6, 7].forEach((depth) => SecondLook.patch({ depth: String(depth) }))")
    wait_until_asked(page, "flow")
    names = [name for name, _ in page.asked]
    assert names.count("flow") == 1
    assert names[-2:] == ["facts", "flow"]
    assert all("depth=7" in at for _, at in page.asked[-2:])
