"""The descriptor map in a browser: a lasso becomes a slice, a mark shows its picture."""

import pytest

from core.types.orders import Fusion
from tests.browser.conftest import PHONE

pytestmark = pytest.mark.browser

ADDRESS = "/?view=failures&depth=20&__theme=light"
PLACES = """() => {
  const plot = document.querySelector('#sl-fl-map .sl-plot');
  const { xaxis: x, yaxis: y } = plot._fullLayout;
  const box = plot.getBoundingClientRect();
  return plot._fullData.flatMap((trace) => (trace.customdata ?? []).map((id, i) => ({
    id, role: trace.meta[0],
    x: box.left + x._offset + x.d2p(trace.x[i]), y: box.top + y._offset + y.d2p(trace.y[i]),
  })));
}"""


def opened(open_page, url, **more):
    page = open_page(url, **more)
    page.locator("#sl-fl-map-part").scroll_into_view_if_needed()  # it is drawn when it is seen
    page.wait_for_selector("#sl-fl-map .sl-plot .legend")
    page.locator("#sl-fl-map").scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    return page


def drag(page, *places):
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def frame(page):
    """The drawing area's left, top, right, bottom."""
    box = page.locator("#sl-fl-map .nsewdrag").first.bounding_box()
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def test_a_lasso_becomes_a_slice_whose_queries_open_and_are_judged(open_page, serve, bench):
    page = opened(open_page, serve(bench) + ADDRESS)
    assert page.get_attribute("[data-map-mode='lasso']", "aria-pressed") == "true"
    left, top, _, bottom = frame(page)
    marks = [m for m in page.evaluate(PLACES) if m["role"] == "query"]
    assert len(marks) == 8
    ordered = sorted(marks, key=lambda m: m["x"])
    middle = (ordered[3]["x"] + ordered[4]["x"]) / 2
    inside = {m["id"] for m in ordered[:4]}
    drag(
        page,
        (left + 1, top + 1), (middle, top + 1), (middle, bottom - 1), (left + 1, bottom - 1),
    )  # fmt: skip
    page.wait_for_selector(".sl-map-focus >> text=n = 4 queries")
    assert "slice=map%3A" in page.url
    (kept,) = bench.maps.selections(Fusion(20, 0.0, 1.0))
    assert set(kept.selection.query_ids) == inside
    link = page.url
    page.click(".sl-map-focus [data-slice^='map:']")
    page.wait_for_selector("#sl-list .sl-slice-line")
    rows = page.locator("#sl-list .sl-row")
    assert {row.get_attribute("data-query") for row in rows.all()} == inside
    page.goto(link)
    page.locator("#sl-fl-map-part").scroll_into_view_if_needed()
    page.wait_for_selector(".sl-map-focus >> text=n = 4 queries")
    page.click(".sl-map-focus [data-queue]")
    page.wait_for_selector(".sl-an-pair")
    assert "queue=set%3Amap%3A" in page.url
    page.goto(link)
    page.locator("#sl-fl-map-part").scroll_into_view_if_needed()
    page.click("[data-map-remove]")
    page.wait_for_selector("#sl-map-selections >> text=No selection is kept yet")
    assert bench.maps.selections(Fusion(20, 0.0, 1.0)) == ()


def test_a_box_around_no_query_says_so_and_a_mark_shows_its_picture(open_page, serve, bench):
    page = opened(open_page, serve(bench) + ADDRESS, forgive="422")
    page.click("[data-map-mode='select']")
    left, top, *_ = frame(page)
    drag(page, (left + 1, top + 1), (left + 21, top + 21))
    page.wait_for_selector("#sl-toast.sl-shown >> text=No query lies inside")
    mark = next(m for m in page.evaluate(PLACES) if m["role"] == "query")
    page.mouse.move(mark["x"], mark["y"])
    page.wait_for_selector("#sl-map-card:not([hidden])")
    page.wait_for_function("() => document.querySelector('#sl-map-card img').naturalWidth > 0")
    assert page.text_content("#sl-map-card b") in {
        m["id"].split("/")[-1] for m in page.evaluate(PLACES)
    }
    page.click("[data-map-mode='select']")  # dragging does nothing again
    page.mouse.click(mark["x"], mark["y"])
    page.wait_for_selector(".sl-map-focus >> text=3 of 3 positives joined")
    page.select_option("[data-map-colour]", "instance")
    page.wait_for_selector("#sl-fl-map .legend >> text=object 03")
    page.click("[data-map-projection='umap']")
    drawn = page.locator("#sl-fl-map .xtitle", has_text="UMAP 1")
    drawn.or_(page.locator("#sl-map-problem", has_text="umap-learn")).wait_for()


def test_on_a_phone_dragging_scrolls_until_a_mode_is_chosen(open_page, serve, bench):
    page = opened(open_page, serve(bench) + ADDRESS, size=PHONE)
    assert page.locator("[data-map-mode][aria-pressed='true']").count() == 0
    page.click("[data-map-mode='lasso']")
    assert page.get_attribute("[data-map-mode='lasso']", "aria-pressed") == "true"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
