"""The job board: lanes, owners, stop within a step, resume, values, bugs shown as bugs."""

import threading
from collections.abc import Iterator

import pytest

from core.bench.jobs import JobBoard
from core.errors import ModelError, WorkspaceError
from core.types.jobs import KINDS, JobKind, Step
from core.types.runs import Progress
from tests.core.bench.waiting import SECONDS, ended, state, until


class Paced:
    """Work that takes a step when it is let, counts its starts and notes that it was closed."""

    def __init__(self, n: int = 3) -> None:
        self.n = n
        self.done = 0  # as stored scores are: kept from one start to the next
        self.n_started = 0
        self.n_closed = 0
        self._let = threading.Semaphore(0)

    def let(self, steps: int = 1) -> None:
        self._let.release(steps)

    def __call__(self) -> Iterator[Step[object]]:
        self.n_started += 1
        try:
            yield Progress("score", self.done, self.n, "pairs"), self.done
            while self.done < self.n:
                assert self._let.acquire(timeout=SECONDS)
                self.done += 1
                yield Progress("score", self.done, self.n, "pairs"), self.done
        finally:
            self.n_closed += 1


@pytest.fixture
def board():
    made = JobBoard()
    yield made
    made.close()


def ask(board: JobBoard, key: str, work: Paced, owner: str = "", kind: JobKind = "score") -> None:
    board.ask(kind, key, f"Job {key}", work, owner=owner)


def at_step(board: JobBoard, key: str, done: int) -> None:
    until(board, lambda: board.result(key) == done)


def test_a_job_runs_to_its_end_and_keeps_its_last_value(board):
    work = Paced(2)
    key = board.ask("set", "s", "Blur", work, owner="ann", place="?view=perturb")
    work.let(2)
    found = ended(board, key)
    assert (found.state, found.title, found.place) == ("done", "Blur", "?view=perturb")
    assert found.progress == Progress("score", 2, 2, "pairs")
    assert board.result(key) == 2


def test_asking_again_while_it_runs_or_once_it_is_done_starts_nothing(board):
    work = Paced(1)
    ask(board, "a", work)
    ask(board, "a", work)
    work.let()
    ended(board, "a")
    ask(board, "a", work)
    assert (work.n_started, state(board, "a")) == (1, "done")


def test_what_is_done_runs_once_more_when_it_is_said_so(board):
    work = Paced(0)
    ask(board, "a", work)
    ended(board, "a")
    board.ask("score", "a", "", work, again=True)
    ended(board, "a")
    assert work.n_started == 2


def test_stop_ends_within_one_step_closes_the_work_and_keeps_what_is_done(board):
    work = Paced(9)
    ask(board, "a", work)
    work.let(2)
    at_step(board, "a", 2)
    assert board.stop("a")
    work.let()
    found = ended(board, "a")
    assert (found.state, found.progress.done, work.n_closed) == ("stopped", 3, 1)
    assert board.result("a") == 3


def test_a_stopped_job_goes_on_when_it_is_asked_for_again(board):
    work = Paced(3)
    ask(board, "a", work)
    work.let()
    at_step(board, "a", 1)
    board.stop("a")
    work.let()
    ended(board, "a")
    ask(board, "a", work)
    work.let()
    assert ended(board, "a").state == "done"
    assert (work.done, work.n_started) == (3, 2)


def test_asking_again_before_the_stop_was_seen_takes_it_back(board):
    work = Paced(2)
    ask(board, "a", work)
    at_step(board, "a", 0)
    board.stop("a")
    ask(board, "a", work)
    work.let(2)
    assert ended(board, "a").state == "done"
    assert work.n_started == 1


def test_asking_again_while_a_stopped_job_is_still_closing_starts_it_anew(board):
    is_closing, may_close = threading.Event(), threading.Event()
    starts: list[int] = []

    def work() -> Iterator[Step[object]]:
        starts.append(1)
        try:
            yield Progress("score", 0, 1, "pairs")
            yield Progress("score", 1, 1, "pairs")
        finally:
            is_closing.set()
            may_close.wait(SECONDS)

    def stops() -> Iterator[Step[object]]:
        board.stop("a")
        yield from work()

    board.ask("score", "a", "", stops)
    assert is_closing.wait(SECONDS)
    board.ask("score", "a", "", work)
    may_close.set()
    until(board, lambda: state(board, "a") == "done")
    assert len(starts) == 2


def test_a_job_of_two_owners_goes_on_when_one_of_them_stops_it(board):
    work = Paced(2)
    ask(board, "a", work, "ann", "set")
    ask(board, "a", work, "bob", "set")
    assert not board.stop("a", "ann")
    work.let()
    at_step(board, "a", 1)
    assert board.stop("a", "bob")
    work.let()
    assert ended(board, "a").state == "stopped"


def test_who_did_not_ask_for_an_interactive_job_does_not_stop_it(board):
    work = Paced(1)
    ask(board, "a", work, "ann")
    assert not board.stop("a", "bob")
    work.let()
    assert ended(board, "a").state == "done"


def test_a_long_job_of_somebody_who_may_be_gone_is_stopped_by_anybody(board):
    work = Paced(2)
    ask(board, "a", work, "ann", "set")
    at_step(board, "a", 0)
    assert board.stop("a", "bob")
    work.let()
    assert ended(board, "a").state == "stopped"


def test_anybody_stops_what_the_bench_itself_asked_for(board):
    work = Paced(2)
    ask(board, "a", work, kind="prepare")
    assert board.stop("a", "ann")
    work.let()
    assert ended(board, "a").state == "stopped"


def test_who_waited_for_a_job_that_ended_does_not_keep_its_next_run(board):
    work = Paced(2)
    ask(board, "a", work, "ann")
    at_step(board, "a", 0)
    board.stop("a")
    work.let()
    ended(board, "a")
    ask(board, "a", work, "bob")
    assert board.stop("a", "bob")


def test_an_owner_leaves_their_earlier_job_of_the_same_kind(board):
    first, second = Paced(), Paced(1)
    ask(board, "a", first, "ann")
    at_step(board, "a", 0)
    ask(board, "b", second, "ann")
    first.let()
    assert ended(board, "a").state == "stopped"
    second.let()
    assert ended(board, "b").state == "done"
    assert [found.key for found in board.views()] == ["b"]  # what was left is not listed


def test_what_was_left_for_something_else_says_so_until_it_is_asked_for_again(board):
    first = Paced()
    ask(board, "a", first, "ann")
    at_step(board, "a", 0)
    ask(board, "b", Paced(0), "ann")
    first.let()
    assert ended(board, "a").is_left
    ask(board, "a", first, "ann")
    assert not board.view("a").is_left
    at_step(board, "a", 1)
    board.stop("a", "ann")
    first.let()
    found = ended(board, "a")
    assert (found.state, found.is_left) == ("stopped", False)


def test_a_job_that_another_owner_asked_for_too_is_not_superseded(board):
    shared, own = Paced(1), Paced(0)
    ask(board, "a", shared, "ann")
    ask(board, "a", shared, "bob")
    ask(board, "b", own, "ann")
    ended(board, "b")
    shared.let()
    assert ended(board, "a").state == "done"


def test_one_owner_runs_one_job_at_a_time_and_two_owners_two(board):
    works = {key: Paced(1) for key in "abc"}
    ask(board, "a", works["a"], "ann", "score")
    ask(board, "b", works["b"], "ann", "sweep")
    ask(board, "c", works["c"], "bob", "sweep")
    assert [state(board, key) for key in "abc"] == ["running", "queued", "running"]
    works["a"].let()
    until(board, lambda: state(board, "b") == "running")
    works["b"].let()
    works["c"].let()
    assert ended(board, "b").state == ended(board, "c").state == "done"


def test_the_newest_of_waiting_interactive_jobs_is_next():
    board = JobBoard(at_once=1)
    works = {key: Paced(1) for key in "abc"}
    for key, owner in zip("abc", ("ann", "bob", "cyd"), strict=True):
        ask(board, key, works[key], owner)
    works["a"].let()
    until(board, lambda: state(board, "c") == "running")
    assert state(board, "b") == "queued"
    board.stop("b")
    works["c"].let()
    ended(board, "c")
    assert works["b"].n_started == 0
    board.close()


def test_long_jobs_run_one_after_the_other_in_the_order_they_were_asked_for(board):
    works = {key: Paced(1) for key in "abc"}
    for key in "abc":
        ask(board, key, works[key], "ann", "set")
    assert [state(board, key) for key in "abc"] == ["running", "queued", "queued"]
    works["a"].let()
    until(board, lambda: state(board, "b") == "running")
    assert state(board, "c") == "queued"
    works["b"].let()
    works["c"].let()
    assert ended(board, "c").state == "done"


def test_an_interactive_job_does_not_wait_for_a_long_one(board):
    long, short = Paced(1), Paced(0)
    ask(board, "a", long, kind="prepare")
    ask(board, "b", short)
    assert ended(board, "b").state == "done"
    assert state(board, "a") == "running"
    long.let()
    ended(board, "a")


def test_a_job_that_waits_counts_as_running_and_can_be_stopped(board):
    work = Paced(0)
    board.ask("prepare", "a", "", work, after_s=60)
    assert state(board, "a") == "running"
    board.stop("a", wait=True)
    assert (state(board, "a"), work.n_started) == ("stopped", 0)
    board.ask("prepare", "a", "", work, after_s=0.01)
    assert ended(board, "a").state == "done"


def test_an_expected_error_keeps_its_sentence_and_can_be_tried_again(board):
    is_broken = [True]

    def work() -> Iterator[Step[object]]:
        yield Progress("index", 0, 1, "images")
        if is_broken:
            raise ModelError("No such model; name another.")

    board.ask("prepare", "a", "", work)
    found = ended(board, "a")
    assert (found.state, found.error) == ("failed", "No such model; name another.")
    is_broken.clear()
    board.ask("prepare", "a", "", work)
    assert (ended(board, "a").state, ended(board, "a").error) == ("done", None)


def test_a_bug_is_shown_as_an_internal_error(board, caplog):
    def work() -> Iterator[Step[object]]:
        yield Progress("index", 0, 2, "images")
        raise ZeroDivisionError

    board.ask("prepare", "a", "", work)
    assert "internal error" in (ended(board, "a").error or "")
    assert "ZeroDivisionError" in caplog.text


def test_progress_is_never_above_its_total(board):
    board.ask("score", "a", "", lambda: iter([Progress("score", 7, 5, "pairs")]))
    assert ended(board, "a").progress == Progress("score", 5, 5, "pairs")


def test_seconds_left_count_from_where_the_stage_began():
    clock = [0.0]
    board = JobBoard(now=lambda: clock[0])
    let, is_there = threading.Event(), threading.Event()

    def work() -> Iterator[Step[object]]:
        yield Progress("load model", 1, 1, "model")
        clock[0] = 60.0
        yield Progress("index", 90, 100, "images")
        clock[0] = 70.0
        yield Progress("index", 95, 100, "images")
        is_there.set()
        let.wait(SECONDS)

    board.ask("prepare", "a", "", work)
    assert is_there.wait(SECONDS)
    found = board.view("a")
    assert found is not None
    assert (found.seconds, found.seconds_left) == (70.0, 10.0)
    let.set()
    assert ended(board, "a").seconds_left is None
    board.close()


def test_the_board_keeps_the_jobs_that_ended_last_with_their_values():
    board = JobBoard(kept=2)
    for key in "abc":
        ask(board, key, Paced(0))
        ended(board, key)
        board.result("a")  # what is read counts as used
    until(board, lambda: len(board.views()) == 2)
    assert [board.result(key) for key in "abc"] == [0, None, 0]
    assert board.view("b") is None
    board.close()


def test_a_dismissed_job_is_not_listed_and_its_value_stays(board):
    ask(board, "a", Paced(0))
    ended(board, "a")
    board.dismiss("a")
    assert (board.views(), board.result("a")) == ((), 0)


def test_a_job_under_way_cannot_be_dismissed(board):
    work = Paced(1)
    ask(board, "a", work)
    board.dismiss("a")
    assert [found.key for found in board.views()] == ["a"]
    work.let()
    ended(board, "a")


def test_a_person_sees_their_own_interactive_jobs_and_every_long_one(board):
    ask(board, "a", Paced(0), "ann")
    ask(board, "b", Paced(0), "bob")
    ask(board, "c", Paced(0), "bob", "set")
    for key in "abc":
        ended(board, key)
    assert [found.key for found in board.views("ann")] == ["c", "a"]


def test_waiting_ends_with_a_change_and_gives_up_after_its_time(board):
    before = board.revision()
    assert board.wait(before, 0.0) == before
    ask(board, "a", Paced(0))
    assert board.wait(before, SECONDS) > before


def test_closing_stops_what_runs_and_takes_no_more():
    board = JobBoard()
    work, waiting = Paced(), Paced()
    ask(board, "a", work, kind="set")
    ask(board, "b", waiting, kind="set")
    at_step(board, "a", 0)
    board.close(wait=False)
    work.let()
    board.close()
    assert [state(board, key) for key in "ab"] == ["stopped", "stopped"]
    assert (work.n_closed, waiting.n_started) == (1, 0)
    assert not [one for one in threading.enumerate() if one.name.startswith("second-look")]
    with pytest.raises(WorkspaceError, match="closed"):
        ask(board, "c", waiting)


def test_every_kind_has_words_and_a_unit():
    assert all(spec.words and spec.unit for spec in KINDS.values())
