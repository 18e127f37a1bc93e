"""One word per reason why a number is missing, and `waiting` only while something can come."""

from dataclasses import replace

import pytest

from core.bench.query_states import (
    bench_state,
    nothing_to_measure,
    obstacle,
    query_state,
    tally,
    work_name,
)
from core.types.corpus import ImageRecord, Relevance
from core.types.jobs import BoardState, JobView
from core.types.runs import Progress
from core.types.states import State
from tests.runs import make_outcome

RECORD = ImageRecord("q.jpg", "q.jpg", "query", "mug", 8, 8, "00" * 32)
LABELS = Relevance("q.jpg", frozenset({"a.jpg"}), frozenset())


def job(state: BoardState, error: str | None = None) -> JobView:
    return JobView("x", "prepare", "", "", state, Progress("", 0, 0, ""), 0.0, None, error, 1)


def outcomes(n: int, n_unscored: int = 0):
    return [replace(make_outcome(f"q{i}", 0.1, 0.2), n_unscored=n_unscored) for i in range(n)]


def test_a_query_that_can_be_measured_has_no_obstacle():
    assert obstacle(RECORD, LABELS) is None


def test_an_unreadable_query_says_its_reason_whatever_its_labels():
    found = obstacle(replace(RECORD, problem="cannot be decoded"), None)
    assert found == State("unreadable", "cannot be decoded")


@pytest.mark.parametrize(
    ("relevance", "name"),
    [
        (None, "not labelled"),
        (Relevance("q.jpg", frozenset(), frozenset()), "no positive"),
        # a positive that is junk counts for nothing
        (Relevance("q.jpg", frozenset({"a.jpg"}), frozenset({"a.jpg"})), "no positive"),
    ],
)
def test_a_query_without_usable_labels_says_which_are_missing(relevance, name):
    found = obstacle(RECORD, relevance)
    assert found is not None
    assert found.name == name
    assert not found.is_measurable


@pytest.mark.parametrize(
    ("planning", "preparing", "name"),
    [
        (None, None, "not started"),
        ("running", None, "waiting"),
        ("done", None, "not started"),  # the plan waits for somebody to start it
        ("done", "queued", "waiting"),
        (None, "running", "waiting"),
        (None, "stopped", "stopped"),
        (None, "failed", "stopped"),
        ("stopped", None, "stopped"),
        (None, "done", "not started"),
    ],
)
def test_a_query_waits_only_while_a_job_is_under_way(planning, preparing, name):
    jobs = [None if state is None else job(state) for state in (planning, preparing)]
    assert work_name(*jobs) == name
    assert query_state(None, None, work_name(*jobs)).name == name


def test_no_work_makes_an_unlabelled_query_wait():
    assert query_state(State("no positive", "x"), None, "waiting").name == "no positive"


def test_a_scored_query_needs_no_sentence_and_one_with_failed_pairs_counts_them():
    done, failed = outcomes(1)[0], outcomes(1, 3)[0]
    assert query_state(None, done, "not started") == State("scored", "")
    partly = query_state(None, failed, "waiting")
    assert (partly.name, "3 pairs have no score" in partly.text) == ("partly scored", True)


def test_a_failure_is_the_reason_of_a_stop():
    assert query_state(None, None, "stopped", "The server is gone.").text == "The server is gone."
    counts = tally((None, None), outcomes(1))
    assert bench_state(counts, "stopped", "The server is gone.").text == (
        "Stopped: 1 of 2 queries are scored, and what is done is kept. The server is gone."
    )


def test_a_bench_with_all_its_measurable_queries_is_scored_and_counts_the_others():
    why_not = (None, State("no positive", ""), State("unreadable", ""), State("no positive", ""))
    found = bench_state(tally(why_not, outcomes(1)), "not started")
    assert found == State(
        "scored", "1 of 1 queries are scored. Left out: 2 without a positive, 1 not readable."
    )
    assert found.is_complete


@pytest.mark.parametrize("work", ["waiting", "stopped", "not started"])
def test_a_bench_that_is_not_through_is_as_its_work_is(work):
    for n in (0, 2):
        found = bench_state(tally((None,) * 5, outcomes(n)), work)
        assert found.name == work
        assert f"{n} of 5 queries are scored" in found.text


def test_pairs_without_a_score_make_a_bench_partly_scored():
    found = bench_state(tally((None, None), outcomes(2, 3)), "not started")
    assert (found.name, "6 pairs have no score" in found.text) == ("partly scored", True)


@pytest.mark.parametrize(
    ("why_not", "labelled", "name"),
    [
        (("no positive",), False, "not labelled"),
        (("no positive", "unreadable"), True, "no positive"),
        (("unreadable", "unreadable"), True, "unreadable"),
        ((), True, "no positive"),
        ((None, "unreadable"), True, None),
    ],
)
def test_a_corpus_with_nothing_to_measure_says_why(why_not, labelled, name):
    states = [None if one is None else State(one, "") for one in why_not]
    found = nothing_to_measure("tiny", tally(states, ()), labelled=labelled)
    assert (None if found is None else found.name) == name
