"""The Setup screen by clicks: a pipeline is built, planned and started; labels; uploads; strips."""

import re
from io import BytesIO

import pytest

from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench

pytestmark = pytest.mark.browser

QUERY = "images/disc_q.png"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.depth": 6})
    list(opened.runs.build_index())
    list(opened.runs.evaluate(6))
    yield opened
    opened.close()


def test_a_pipeline_is_changed_planned_started_and_its_run_opened(open_page, serve, bench):
    page = open_page(f"{serve(bench)}/?view=setup")
    page.click("[data-stage-add]")
    page.wait_for_selector("[name=stage-2]")
    page.select_option("[name=stage-1]", "maxsim")
    page.wait_for_url(re.compile("pipeline=maxsim%406"))
    page.fill("[name=option-1]", "nonsense")
    page.keyboard.press("Tab")
    page.wait_for_selector("#sl-pipeline [role=alert] >> text=nonsense")
    assert page.locator("#sl-plan table").count() == 0
    page.fill("[name=option-1]", "int8")
    page.keyboard.press("Tab")
    page.wait_for_selector("#sl-plan th >> text=maxsim/int8@6")
    page.click("[data-stage-move='-1'][data-row='2']")
    page.wait_for_selector("#sl-pipeline code >> text=mllm@1 > maxsim/int8@6")
    page.click("[data-stage-remove][data-row='1']")
    page.wait_for_selector("#sl-pipeline code >> text=/^maxsim.int8@6$/")
    page.click("#sl-plan [data-job-start='setup/cost']")
    page.click("#sl-plan [data-job-start='setup/evaluate']")
    page.wait_for_selector("#sl-plan [data-open-run]")
    page.reload()  # the draft and its plan are in the address and on the board
    page.click("#sl-plan [data-open-run]")
    page.wait_for_url(re.compile("view=runs.*run="))
    page.wait_for_selector("#sl-view-runs >> text=maxsim/int8", state="attached")


def test_confirmed_labels_leave_the_header_at_once(open_page, serve, tmp_path):
    for album, kind in (("a", "disc"), ("b", "cross")):
        (tmp_path / "albums" / album).mkdir(parents=True)
        for number in range(2):
            draw_object(kind, 10 * number, 10).save(tmp_path / "albums" / album / f"{number}.png")
    bench = make_workbench(tmp_path / "albums", tmp_path / "w")
    page = open_page(f"{serve(bench)}/?view=setup")
    page.wait_for_selector("#sl-header >> text=labels guessed")
    page.click("[data-decide-labels=confirmed]")
    page.wait_for_selector("#sl-corpus >> text=folder names, confirmed")
    page.wait_for_selector("#sl-header >> text=labels guessed", state="detached")
    bench.close()


def test_an_upload_is_removed_where_it_is_listed(open_page, serve, bench):
    picture = BytesIO()
    draw_object("bars", 3, 3).save(picture, "PNG")
    page = open_page(f"{serve(bench)}/?view=queries")
    file = {"name": "mine ü.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    page.wait_for_selector("#sl-file", state="attached")
    page.set_input_files("#sl-file", file)
    page.wait_for_selector("#sl-panel h2 >> text=mine ü.png")
    page.click("#sl-tab-setup")
    page.click("[aria-label='Remove mine ü.png']")
    page.wait_for_selector("#sl-uploads >> text=None yet")
    assert "upload" not in page.url


def test_strips_of_stages_unfold_and_a_picked_card_is_marked_in_all(
    open_page, serve, tiny_corpus_root, tmp_path
):
    bench = make_workbench(
        tiny_corpus_root, tmp_path / "c", **{"ranking.pipeline": "maxsim@6 > mllm@2"}
    )
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    page = open_page(f"{serve(bench)}/?view=queries&query={QUERY}")
    page.click("[data-fold-stages]")
    page.wait_for_selector("[data-strip=step-1] [data-card]")
    page.wait_for_url("**stages=1**")
    page.wait_for_selector("#sl-flow .lines")
    page.click("[data-strip=step-1] [data-card]")
    assert page.locator(".sl-strips .sl-picked").count() == 3
    page.wait_for_function(
        "document.querySelector('#sl-flow .sl-plot').layout.shapes?.length === 2"
    )
    page.click("[data-fold-stages]")
    page.wait_for_selector("[data-strip=step-1]", state="detached")
    bench.close()
