"""The job bar: plan, preparation, jobs of the screens; followed until the bench rests."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.types.runs import JobStatus, Progress
from core.types.setting import JobPlan
from ui.screens import SCREENS
from ui.shared import job_bar
from ui.shared.screen import make_page

X = "\u00d7"
PLAN = JobPlan(
    n_images=10,
    n_to_encode=8,
    seconds_per_image=0.25,
    n_pairs=2000,
    n_to_score=1000,
    is_exact=True,
    seconds_per_pair=0.0123,
    n_bytes=2_000_000,
    free_bytes=3_000_000_000,
    depth=100,
    n_images_timed=4,
    n_pairs_timed=100,
)
RUNNING = JobStatus("running", "evaluate", 30, 120, "queries", 10.0, 31.0, None)


@pytest.fixture
def page(bench):
    return make_page(bench, SCREENS)


def planned(page, monkeypatch, **changes) -> str:
    monkeypatch.setattr(page.workbench.jobs, "plan", lambda: replace(PLAN, **changes))
    return job_bar.bar_of(page, "")


@pytest.fixture
def prepared(page, monkeypatch):
    """A function that returns the bar at a status of the preparation."""

    def at(status: JobStatus) -> str:
        monkeypatch.setattr(page.workbench.jobs, "status", lambda: status)
        return job_bar.bar_of(page, "")

    return at


def state(name, error=None) -> JobStatus:
    return JobStatus(name, "index", 5, 10, "images", 1.0, None, error)


def awaited(made):
    """Return what a coroutine returns; in a thread, since this one may have a browser's loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, made).result()


def followed(page, owner="tab") -> list[tuple[str, str]]:
    async def collect():
        return [step async for step in job_bar.follow(page, f"{owner}|1")]

    return awaited(collect())


def test_the_plan_is_counts_times_pace(page, monkeypatch):
    shown = planned(page, monkeypatch)  # 8 x 0.25 s + 1000 x 0.0123 s = 14.3 s
    assert f"8 of 10 images {X} 250 ms + 1,000 of 2,000 pairs (depth 100) {X} 12.3 ms" in shown
    assert "= <b>about 14 s</b>" in shown
    assert "About 2 MB to be written, 3 GB free." in shown
    assert "on 4 images and 100 pairs" in shown
    assert 'data-job-start="jobs/prepare">Start' in shown


def test_a_plan_without_images_names_none(page, monkeypatch):
    shown = planned(page, monkeypatch, n_to_encode=0, seconds_per_image=None, n_bytes=0)
    assert f"images {X}" not in shown
    assert "written" not in shown


def test_a_pace_that_is_not_known_gives_no_time(page, monkeypatch):
    shown = planned(page, monkeypatch, seconds_per_pair=None)
    assert f"pairs (depth 100) {X} ?" in shown
    assert "a time that cannot be told" in shown


def test_the_most_that_it_can_be_is_called_so(page, monkeypatch):
    assert "at most 1,000 of" in planned(page, monkeypatch, is_exact=False)


def test_a_disk_too_small_is_told(page, monkeypatch):
    assert "free some space first" in planned(page, monkeypatch, free_bytes=10)


def test_a_long_time_is_in_minutes(page, monkeypatch):
    assert "about 21 min" in planned(page, monkeypatch, n_to_score=100_000)


def test_a_running_preparation_shows_stage_counts_and_time_left(prepared):
    text = prepared(RUNNING)
    for part in ("Scoring queries", "30 of 120 queries", "31 s left", 'aria-valuenow="25.0"'):
        assert part in text
    assert 'data-job-start="jobs/pause">Stop' in text


@pytest.mark.parametrize("name", ["idle", "done"])
def test_nothing_is_said_of_work_that_is_not_there(prepared, name):
    assert prepared(state(name)).strip() == ""


def test_a_stopped_preparation_can_be_resumed(prepared):
    assert 'data-job-start="jobs/prepare">Resume' in prepared(state("cancelled"))


def test_a_failed_preparation_says_why_and_can_be_tried_again(prepared):
    text = prepared(state("failed", "disk <full>"))
    assert "disk &lt;full&gt;" in text
    assert "Try again" in text


def test_an_unknown_total_is_no_division_by_zero(prepared):
    status = JobStatus("running", "", 0, 0, "", 0.0, None, None)
    assert 'aria-valuenow="0.0"' in prepared(status)


def test_following_ends_with_the_work(fresh):
    fresh.jobs.start_preparation()
    last = followed(make_page(fresh, SCREENS))[-1]
    assert last[0].strip() == ""
    assert json.loads(last[1])["outcomes"] == "done:evaluate:8"


def test_a_bench_at_rest_needs_one_step(page):
    assert len(followed(page)) == 1


def test_a_set_is_shown_to_everybody_with_a_button_that_stops_it(page, monkeypatch):
    monkeypatch.setattr(job_bar, "QUICK_S", 0.0)
    going, ended = threading.Event(), threading.Event()

    def work():
        yield Progress("sweep", 5, 20, "queries")
        going.set()
        ended.wait(30)
        yield Progress("sweep", 6, 20, "queries")

    board = page.workbench.board
    board.ask("set", "a set", "blur <b>", work, owner="somebody")
    assert going.wait(30)
    shown = job_bar.bar_of(page, "another tab")
    assert "Measuring a set of queries: blur &lt;b&gt;" in shown
    assert "5 of 20 queries" in shown
    assert 'data-job-stop="a set"' in shown
    board.stop("a set")
    ended.set()
    assert "6 of 20" in followed(page)[-1][0]
    shown = job_bar.bar_of(page, "")
    assert 'data-job-resume="a set">Run on' in shown
    assert 'data-job-drop="a set"' in shown
    assert json.loads(followed(page)[-1][1])["set"]


def test_work_that_is_soon_over_does_not_push_the_page(page, monkeypatch):
    monkeypatch.setattr(job_bar, "QUICK_S", 3600.0)
    going, ended = threading.Event(), threading.Event()

    def work():
        yield Progress("sweep", 1, 2, "queries")
        going.set()
        ended.wait(30)

    page.workbench.board.ask("set", "a set", "blur", work, owner="somebody")
    assert going.wait(30)
    try:
        assert job_bar.bar_of(page, "somebody").strip() == ""
    finally:
        ended.set()


def test_a_job_of_a_screen_is_shown_to_its_own_tab_alone(page):
    ended = threading.Event()

    def work():
        ended.wait(30)
        yield Progress("score", 1, 1, "pairs")

    page.workbench.board.ask("score", "a query", "q", work, owner="tab")
    try:
        assert job_bar.bar_of(page, "other").strip() == ""
    finally:
        ended.set()


def test_a_job_that_its_tab_leaves_is_told_to_its_end(page):
    going, ended = threading.Event(), threading.Event()

    def work():
        yield Progress("sweep", 1, 9, "levels")
        going.set()
        ended.wait(30)
        yield Progress("sweep", 2, 9, "levels")

    board = page.workbench.board
    board.ask("sweep", "a sweep", "blur", work, owner="tab")
    assert going.wait(30)

    async def collect():
        found = []
        async for _, signals in job_bar.follow(page, "tab|1"):
            found.append(json.loads(signals)["sweep"])
            board.stop("a sweep", "tab")
            ended.set()
        return found

    found = awaited(collect())
    assert ":running:" in found[0]
    assert ":stopped:" in found[-1]
