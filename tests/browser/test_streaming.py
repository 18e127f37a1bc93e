"""First start, stop and resume, and hostile names, over fresh benches."""

import pytest

from tests.browser.slow import GatedTower, SlowScorer
from tests.browser.test_screens import wait_for_strips
from tests.core.stand_ins import make_workbench
from tests.drawn_bench import FUSION, draw_corpus, hostile

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.pwned=1">\'${window.pwned=2}`{{value}}'


@pytest.fixture
def slow(evaluated, tmp_path):
    """Indexed and not scored, with the scorer whose pace a test sets."""
    scorer = SlowScorer()
    bench = evaluated.fresh(tmp_path / "slow", scorer=scorer)
    return bench, scorer


def test_pictures_come_first_and_numbers_stream_in(open_page, serve, tmp_path):
    tower, scorer = GatedTower(), SlowScorer(pace_s=2.0, free=30)  # three of eight queries at once
    bench = make_workbench(
        draw_corpus(tmp_path / "drawn"),
        tmp_path / "work",
        tower=tower,
        scorer=scorer,
        **{"ranking.depth": 20},
    )
    url = serve(bench)
    bench.jobs.start_preparation()
    page = open_page(url)
    page.wait_for_selector(".sl-tile img")
    page.wait_for_selector("#sl-preparation [role=progressbar]")
    tower.may_encode.set()
    page.wait_for_selector("#sl-scatter .points path")
    page.click("#sl-preparation >> text=Stop")
    page.wait_for_selector("#sl-preparation >> text=Resume")
    assert page.locator(".sl-chip.sl-partial").count() == 1
    scorer.pace_s = 0.005
    page.click("#sl-preparation >> text=Resume")
    page.wait_for_selector(".sl-protocol >> text=8 of 8 queries")
    page.wait_for_selector(".sl-progress", state="hidden")


def test_a_query_without_scores_is_scored_when_it_is_chosen(open_page, serve, slow):
    bench, scorer = slow
    scorer.pace_s = 1.5
    url = serve(bench)
    page = open_page(f"{url}/?view=queries&query=queries/object_02.jpg")
    wait_for_strips(page)
    page.click("#sl-scoring >> text=Stop")
    page.wait_for_selector("#sl-scoring >> text=/Score \\d+ more pairs/")
    assert page.locator(".sl-after .sl-unscored").count() > 0
    scorer.pace_s = 0.01
    page.click("#sl-scoring >> text=/more pairs/")
    page.wait_for_selector("#sl-panel >> text=20 of 20")
    page.wait_for_selector("#sl-panel >> text=AP oracle")


def test_another_query_takes_over_the_model(open_page, serve, slow):
    bench, scorer = slow
    scorer.pace_s = 0.8
    url = serve(bench)
    page = open_page(f"{url}/?view=queries&query=queries/object_02.jpg")
    page.wait_for_selector("#sl-scoring [role=progressbar]")
    page.click('.sl-row[data-query="queries/object_04.jpg"]')
    page.wait_for_selector('#sl-panel h2[title="queries/object_04.jpg"]')
    scorer.pace_s = 0.02
    page.wait_for_selector("#sl-panel >> text=20 of 20")
    assert bench.queries.inspect("queries/object_02.jpg", FUSION).n_pending > 0


def test_hostile_file_names_stay_text(open_page, serve, tmp_path):
    bench = hostile(tmp_path, HOSTILE)
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
