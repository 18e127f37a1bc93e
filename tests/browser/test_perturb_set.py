"""A set of queries on the Perturb screen, over real sweeps of drawn images."""

import time

import pytest

from tests.browser.conftest import PHONE
from tests.browser.servers import served
from tests.browser.test_perturb import SlowScorer
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench

pytestmark = pytest.mark.browser

DONE = "#sl-pts-bar .sl-pt-done"
REPORT_DONE = "#sl-pts-report-bar .sl-pt-done"


@pytest.fixture(scope="module")
def scorer():
    return SlowScorer()


@pytest.fixture(scope="module")
def url(tmp_path_factory, scorer):
    root = tmp_path_factory.mktemp("perturb_set")
    draw_tiny_corpus(root / "tiny")
    bench = make_workbench(root / "tiny", root / "work", scorer=scorer)
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    with served(bench) as url:
        yield url
    bench.close()


def test_a_set_is_measured_and_its_report_made_cancelled_and_resumed(open_page, url, scorer):
    page = open_page(f"{url}/?view=perturb&side=candidate")
    page.click("#sl-pt-modes >> text=A set of queries")
    page.wait_for_selector("#sl-pts-bar >> text=4 queries × 10 levels = 40 pairs")  # noqa: RUF001
    assert "set=hardest%3A20" in page.url
    page.click("#sl-pts-bar >> text=Measure")
    page.wait_for_selector(DONE)
    page.wait_for_selector("#sl-pts-response .scatterlayer .trace")
    assert page.locator("#sl-pts-table tbody tr").count() == 2
    scorer.pace_s = 0.05
    page.click("#sl-pts-report-bar >> text=Make the report")
    page.wait_for_selector("#sl-pts-report-bar >> text=of 4 queries")
    page.click("#sl-pts-report-bar [data-job-stop]")
    page.wait_for_selector("#sl-pts-report-bar >> text=Run on")
    time.sleep(0.5)  # a level that was begun is finished
    n_scored = scorer.n_scored
    time.sleep(0.7)
    assert scorer.n_scored == n_scored
    assert page.locator("#sl-pts-report a").count() == 0
    scorer.pace_s = 0.0
    page.click("#sl-pts-report-bar >> text=Run on")
    page.wait_for_selector(REPORT_DONE)
    page.wait_for_selector("#sl-pts-report svg.panels")
    assert scorer.n_scored > n_scored
    with page.expect_download() as download:
        page.click("#sl-pts-report a >> text=breaking.csv")
    assert download.value.path().read_text("utf-8").startswith("scorer,perturbation")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_slice_and_scorers_are_chosen(open_page, url):
    page = open_page(f"{url}/?view=perturb&set=spread:0&side=candidate&pert=contrast")
    page.wait_for_selector("[data-pts-within]")
    page.select_option("[data-pts-within]", "light=dim")
    page.wait_for_selector("#sl-pts-bar >> text=2 queries × 9 levels")  # noqa: RUF001
    page.click('#sl-pts-controls button:has-text("maxsim")')
    page.wait_for_selector("#sl-pts-bar >> text=each of 2 scorers")
    page.fill("[data-pts-scorer]", "int8")
    page.press("[data-pts-scorer]", "Enter")
    page.wait_for_selector("#sl-pts-bar >> text=each of 3 scorers")
    page.click("#sl-pts-bar >> text=Measure")
    page.wait_for_selector(DONE)
    assert page.locator("#sl-pts-table tbody tr").count() == 4
    page.wait_for_selector("#sl-pts-response .legend >> text=margin, int8")
