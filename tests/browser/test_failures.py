"""The Failures screen in a browser: what is clicked opens its queries, or its queue."""

import pytest

from tests.fakes import FakeWorkbench

pytestmark = pytest.mark.browser

ADDRESS = "/?view=failures&depth=20&__theme=dark"


def rows(page) -> int:
    page.wait_for_selector("#sl-list .sl-slice-line")
    return page.locator("#sl-list .sl-row").count()


def test_a_segment_a_cell_and_a_suspect_open_what_they_stand_for(open_page, serve, tmp_path):
    bench = FakeWorkbench(tmp_path)
    url = serve(bench)
    page = open_page(url + ADDRESS)
    report = bench.failures.report(20, 0.0, 1.0)
    page.click(".sl-fl-bar [data-slice='lost:re-ranker']")
    assert rows(page) == report.lines[1].n_losing
    assert "slice=lost%3Are-ranker" in page.url
    page.click("#sl-list [data-slice='']")
    page.wait_for_function("() => document.querySelectorAll('#sl-list .sl-row').length === 8")
    page.goto(url + ADDRESS)
    cell = page.locator(".sl-fl-grid button.sl-fl-cell").first
    place = cell.get_attribute("data-slice").rpartition(":")[2]
    row, _, column = place.partition(",")
    expected = report.grid.cells[int(row) - 1][int(column) - 1].n_queries
    cell.click()
    assert rows(page) == expected
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert rows(page) == expected
    page.goto(url + ADDRESS)
    page.click("[data-bounds='ilias']")
    page.wait_for_selector("[data-bounds='ilias'][aria-pressed='true']")
    assert "bounds=ilias" in page.url
    first = page.locator(".sl-fl-suspect").first
    image = first.get_attribute("data-candidate")
    first.click()
    page.wait_for_selector(".sl-an-pair")
    assert f"candidate={image.replace('/', '%2F')}" in page.url
    assert "queue=suspect" in page.url
