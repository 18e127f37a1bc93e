"""The trade-offs of the Overview in a real browser."""

import pytest

from core.storage.tradeoffs import tables
from tests.browser.conftest import scroll_to
from tests.tradeoffs import table

pytestmark = pytest.mark.browser


def test_a_budget_is_chosen_drawn_and_kept_in_the_address(open_page, serve, bench):
    url = serve(bench)
    page = open_page(url)
    scroll_to(page, "#sl-tradeoff")
    page.wait_for_selector("#sl-tradeoff >> text=python app.py tradeoff")
    assert page.locator("#sl-memory .points path").count() == 0
    tables(bench._session.workspace.tradeoffs).save(table())
    page.goto(url)
    scroll_to(page, "#sl-tradeoff")
    page.wait_for_selector("#sl-memory", state="attached")
    scroll_to(page, "#sl-memory")
    page.wait_for_selector("#sl-memory .points path")
    scroll_to(page, "#sl-time")
    page.wait_for_selector("#sl-time .points path")
    assert page.locator("#sl-tradeoff select option").count() == 3
    page.select_option("#sl-tradeoff select", "1909")
    page.wait_for_selector("#sl-tradeoff >> text=Best within it: pq:48, mllm, depth 50")
    page.wait_for_selector("#sl-time .legend >> text=mllm, pq:48")
    assert "budget=1909" in page.url
    page.reload()
    scroll_to(page, "#sl-tradeoff")
    page.wait_for_selector("#sl-time", state="attached")
    scroll_to(page, "#sl-time")
    page.wait_for_selector("#sl-time .legend >> text=mllm, pq:48")
    assert page.input_value("#sl-tradeoff select") == "1909"
    with page.expect_download() as download:
        page.click("#sl-tradeoff >> text=CSV")
    assert download.value.suggested_filename == "tradeoff.csv"
