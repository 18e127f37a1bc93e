"""The Failures screen in a browser: what is clicked opens its queries, or its queue."""

from urllib.parse import quote

import pytest

from core.types.annotation import QueueSpec
from core.types.orders import Fusion

pytestmark = pytest.mark.browser

ADDRESS = "/?view=failures&depth=20&__theme=dark"


def rows(page) -> int:
    page.wait_for_selector("#sl-list .sl-slice-line")
    return page.locator("#sl-list .sl-row").count()


def test_a_segment_a_cell_and_a_suspect_open_what_they_stand_for(open_page, serve, bench):
    url = serve(bench)
    page = open_page(url + ADDRESS)
    report = bench.failures.report(Fusion(20, 0.0, 1.0))
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


def test_a_mined_queue_opens_in_annotate_with_its_rule(open_page, serve, bench):
    page = open_page(serve(bench) + "/?view=annotate&depth=20&__theme=light")
    page.click("[data-an-choose='disagreement:own vs descriptor']")
    page.wait_for_selector(".sl-an-pair")
    queue = bench.annotations.queue(
        QueueSpec("disagreement", "own vs descriptor"), Fusion(20, 0.0, 1.0)
    )
    page.wait_for_selector(f"[data-an-source] >> text=n = {len(queue.items)} pairs")
    assert "difference of ranks" in page.inner_text("[data-an-source]")
    shown = quote(queue.items[0].image_id, safe="")
    page.wait_for_function("(text) => location.search.includes(`candidate=${text}`)", arg=shown)
    page.select_option("[data-an-queue]", "background")
    page.wait_for_selector(".sl-error >> text=no column 'background'")
    page.select_option("[data-an-queue]", "duplicates")
    page.wait_for_selector("#sl-an-stage :is(.sl-empty, .sl-an-pair)")


def test_the_slice_line_of_any_set_leads_to_its_hard_cases(open_page, serve, bench):
    page = open_page(serve(bench) + "/?view=queries&depth=20&slice=tag:light%3Dbright")
    page.click("#sl-list .sl-slice-line [data-queue]")
    page.wait_for_selector(".sl-an-pair")
    assert "queue=set%3Atag%3Alight%3Dbright" in page.url
