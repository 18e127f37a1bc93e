"""First start, stop and resume, and hostile names, over fresh fake workbenches."""

import pytest

from tests.browser.test_screens import wait_for_strips
from tests.fakes import FakeWorkbench

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.pwned=1">\'${window.pwned=2}`{{value}}\\'


def test_pictures_come_first_and_numbers_stream_in(open_page, serve, tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=0.6)
    bench.state.indexing.clear()
    url = serve(bench)
    bench.jobs.start_preparation()
    page = open_page(url)
    page.wait_for_selector(".sl-tile img")
    page.wait_for_selector("#sl-preparation [role=progressbar]")
    bench.state.indexing.set()
    page.wait_for_selector("#sl-scatter .points path")
    page.click("#sl-preparation >> text=Stop")
    page.wait_for_selector("#sl-preparation >> text=Resume")
    assert page.locator(".sl-chip.sl-partial").count() == 1
    bench.state.pace_s = 0.05
    page.click("#sl-preparation >> text=Resume")
    page.wait_for_selector(".sl-protocol >> text=8 of 8 queries")
    page.wait_for_selector(".sl-progress", state="hidden")


def test_a_query_without_scores_is_scored_when_it_is_chosen(open_page, serve, tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=15.0)
    url = serve(bench)
    page = open_page(f"{url}/?view=queries&query=queries/object_02.jpg")
    wait_for_strips(page)
    page.click("#sl-scoring >> text=Stop")
    page.wait_for_selector("#sl-scoring >> text=/Score \\d+ more pairs/")
    assert page.locator(".sl-after .sl-unscored").count() > 0
    bench.state.pace_s = 0.1
    page.click("#sl-scoring >> text=/more pairs/")
    page.wait_for_selector("#sl-panel >> text=20 of 20")
    page.wait_for_selector("#sl-panel >> text=AP oracle")


def test_another_query_takes_over_the_model(open_page, serve, tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=8.0)
    url = serve(bench)
    page = open_page(f"{url}/?view=queries&query=queries/object_02.jpg")
    page.wait_for_selector("#sl-scoring [role=progressbar]")
    page.click('.sl-row[data-query="queries/object_04.jpg"]')
    page.wait_for_selector('#sl-panel h2[title="queries/object_04.jpg"]')
    bench.state.pace_s = 0.2
    page.wait_for_selector("#sl-panel >> text=20 of 20")
    assert bench.state.scored.get("queries/object_02.jpg", 0) < 20


def test_hostile_file_names_stay_text(open_page, serve, tmp_path):
    bench = FakeWorkbench(tmp_path, suffix=HOSTILE)
    url = serve(bench)
    page = open_page(f"{url}/?view=queries")
    page.click(".sl-row >> nth=1")
    wait_for_strips(page)
    page.wait_for_selector("#sl-flow .lines")
    page.click('[data-strip="after"] [data-card] >> nth=0')
    page.click("button[role=tab]:visible >> text=Overview")
    page.wait_for_selector("#sl-scatter .points path")
    assert page.evaluate("window.pwned") is None
    assert HOSTILE[:20] in page.inner_text("#sl-changes")
