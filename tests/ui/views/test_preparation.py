"""Following, stopping and resuming the preparation."""

from tests.fakes import FakeWorkbench
from tests.ui.views.test_queries import is_skip
from ui.views import preparation


def test_following_ends_with_the_job(tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=0.01)
    bench.jobs.start_preparation()
    steps = list(preparation.follow_job(bench))
    assert steps[-1] == ("", "done:evaluate:8")


def test_a_job_that_is_done_needs_one_step(bench):
    assert list(preparation.follow_job(bench))[-1] == ("", "done:evaluate:8")


def test_revisions_are_rarer_than_bars(tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=0.06)
    bench.jobs.start_preparation()
    clock = iter(range(0, 10_000, 1))
    steps = list(preparation.follow_job(bench, now=lambda: next(clock) / 2))
    assert len(steps) > sum(not is_skip(revision) for _, revision in steps) > 1


def test_stop_keeps_what_is_done_and_resume_goes_on(tmp_path):
    bench = FakeWorkbench(tmp_path, evaluated=0, pace_s=0.05)
    bench.jobs.start_preparation()
    steps = preparation.follow_job(bench)
    next(steps)
    preparation.stop_job(bench)
    assert "Resume" in list(steps)[-1][0]
    done = len(bench.state.scored)
    assert done < 8
    assert "sl-progress" in preparation.resume_job(bench)
    assert list(preparation.follow_job(bench))[-1][0] == ""
    assert len(bench.state.scored) == 8
