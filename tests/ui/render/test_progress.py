"""The progress bar in each state of a job."""

import pytest

from core.types.runs import JobStatus, Progress
from ui.render.progress import render_job, render_problem, render_scoring, render_unscored

RUNNING = JobStatus("running", "evaluate", 30, 120, "queries", 10.0, 31.0, None)


def state(name, error=None) -> JobStatus:
    return JobStatus(name, "index", 5, 10, "images", 1.0, None, error)


def test_a_running_job_shows_stage_counts_and_time_left():
    text = render_job(RUNNING)
    for part in ("Scoring queries", "30 of 120 queries", "31 s left", 'aria-valuenow="25.0"'):
        assert part in text
    assert 'data-action="stop"' in text


@pytest.mark.parametrize("name", ["idle", "done"])
def test_nothing_is_said_of_a_job_that_is_not_there(name):
    assert render_job(state(name)) == ""


def test_a_stopped_job_can_be_resumed():
    assert 'data-action="resume"' in render_job(state("cancelled"))


def test_a_failed_job_says_why_and_can_be_tried_again():
    text = render_job(state("failed", "disk <full>"))
    assert "disk &lt;full&gt;" in text
    assert 'data-action="resume"' in text


def test_an_unknown_total_is_no_division_by_zero():
    assert 'aria-valuenow="0.0"' in render_job(JobStatus("running", "", 0, 0, "", 0.0, None, None))


def test_scoring_shows_its_pairs():
    assert "40 of 100 pairs" in render_scoring(Progress("score", 40, 100, "pairs"))
    assert "Score 60 more pairs" in render_unscored(60, 100)


def test_a_problem_is_an_alert():
    assert 'role="alert"' in render_problem("no <model>")
    assert "no &lt;model&gt;" in render_problem("no <model>")
