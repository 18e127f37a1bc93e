"""The bar of a job of a screen: it starts by itself, goes on, stops, fails."""

from dataclasses import replace

import pytest

from core.types.jobs import JobView
from core.types.runs import Progress
from ui.shared.templates import make_environment
from ui.shared.text import ThumbnailUrls

RUNS = JobView(
    "k", "look", "a <pair>", "", "running", Progress("Scoring <it>", 1, 3, "steps"), 1, 2, None, 1
)


@pytest.fixture
def bar():
    environment = make_environment(ThumbnailUrls("v1"), {})
    macros = environment.get_template("shared/macros.html").module
    return lambda view, **options: str(macros.job_bar("k", view, **options))


def test_work_that_runs_says_how_far_it_is_and_can_be_stopped(bar):
    found = bar(RUNS)
    assert "Scoring &lt;it&gt;" in found
    assert "1 of 3 steps" in found
    assert 'aria-valuenow="33.3"' in found
    assert 'style="width:33.3%"' in found
    assert 'data-job-stop="k"' in found


def test_work_that_waits_says_so(bar):
    assert "Waiting for its turn" in bar(replace(RUNS, progress=Progress("", 0, 0, "")))


def test_what_failed_is_an_alert_and_can_be_tried_again(bar):
    found = bar(replace(RUNS, state="failed", error="no <model>"))
    assert 'role="alert"' in found
    assert "no &lt;model&gt;" in found
    assert 'data-job-resume="k"' in found


def test_what_was_stopped_goes_on(bar):
    found = bar(replace(RUNS, state="stopped"), kept="what is scored is kept")
    assert "what is scored is kept" in found
    assert 'data-job-resume="k"' in found


@pytest.mark.parametrize("view", [None, RUNS, replace(RUNS, state="stopped", is_left=True)])
def test_work_of_a_screen_starts_by_itself_also_where_it_was_left(bar, view):
    assert '<span data-starts="pair/look" data-for="k">' in bar(view, starts="pair/look")
    assert "data-starts" not in bar(view)


def test_what_somebody_stopped_does_not_start_by_itself(bar):
    found = bar(replace(RUNS, state="stopped"), starts="pair/look")
    assert "data-starts" not in found
    assert "Run on" in found


def test_what_is_done_has_no_bar(bar):
    assert bar(replace(RUNS, state="done"), starts="pair/look").strip() == ""
