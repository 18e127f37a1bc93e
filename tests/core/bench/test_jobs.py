"""Background work: states, progress, cancel within a step, resume, bugs shown as bugs."""

import threading

from core.bench.jobs import Job
from core.errors import ModelError
from core.types.runs import Progress


def steps(n: int):
    for i in range(n + 1):
        yield Progress("index", i, n, "images")


def test_it_runs_to_the_end_and_a_second_start_does_nothing():
    runs: list[int] = []

    def work():
        runs.append(1)
        yield from steps(3)

    job = Job(work)
    assert job.status().state == "idle"
    job.start()
    last = list(job.watch())[-1]
    assert (last.state, last.done, last.total) == ("done", 3, 3)
    job.start()
    assert runs == [1]


def test_cancel_stops_within_one_step_and_closes_the_work():
    at_step = threading.Event()
    go_on = threading.Event()
    closed: list[bool] = []

    def work():
        try:
            yield Progress("index", 1, 9, "images")
            at_step.set()
            go_on.wait(5)
            yield Progress("index", 2, 9, "images")
            yield Progress("index", 3, 9, "images")
        finally:
            closed.append(True)

    job = Job(work)
    job.start()
    at_step.wait(5)
    job.cancel()
    go_on.set()
    job.cancel(wait=True)
    assert (job.status().state, job.status().done, closed) == ("cancelled", 2, [True])


def test_a_cancelled_job_can_be_started_again():
    gate = threading.Event()

    def work():
        yield Progress("index", 1, 2, "images")
        gate.wait(5)
        yield Progress("index", 2, 2, "images")

    job = Job(work)
    job.start()
    job.cancel()
    gate.set()
    job.cancel(wait=True)
    job.start()
    assert list(job.watch())[-1].state == "done"


def test_a_job_that_waits_counts_as_running_and_can_be_cancelled():
    steps = []

    def work():
        steps.append(1)
        yield Progress("index", 1, 1, "images")

    job = Job(work)
    job.start(after_s=60)
    assert job.status().state == "running"
    job.cancel(wait=True)
    assert (job.status().state, steps) == ("cancelled", [])
    job.start(after_s=0.01)
    assert list(job.watch())[-1].state == "done"
    assert steps == [1]


def test_an_expected_error_keeps_its_sentence():
    def work():
        yield Progress("index", 0, 2, "images")
        raise ModelError("No such model; name another.")

    job = Job(work)
    job.start()
    last = list(job.watch())[-1]
    assert (last.state, last.error) == ("failed", "No such model; name another.")


def test_a_bug_is_shown_as_an_internal_error(caplog):
    def work():
        yield Progress("index", 0, 2, "images")
        raise ZeroDivisionError

    job = Job(work)
    job.start()
    assert "internal error" in (list(job.watch())[-1].error or "")
    assert "ZeroDivisionError" in caplog.text


def test_seconds_left_count_from_where_the_stage_began():
    reached = threading.Event()
    gate = threading.Event()

    def work():
        yield Progress("index", 90, 100, "images")
        yield Progress("index", 95, 100, "images")
        reached.set()
        gate.wait(5)

    job = Job(work)
    job.start()
    reached.wait(5)
    left = job.status().seconds_left
    gate.set()
    job.cancel(wait=True)
    assert left is not None
    assert left < 5.0
