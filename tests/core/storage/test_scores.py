"""Scores: exact round trips, addresses by content, durability, damaged and newer files."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import WorkspaceError
from core.storage.scores import ScoreStore
from core.types.scores import PairLogits, PlainScore
from tests.writers import kill_writer

A, B, C = ("aa" * 32, "bb" * 32, "cc" * 32)


def test_scores_are_addressed_by_scorer_query_and_image(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    store.put("one", A, {B: PairLogits(1.0, 2.0, None, 0.5)})
    assert store.get("one", A, [B, C]) == {B: PairLogits(1.0, 2.0, None, 0.5)}
    assert store.get("two", A, [B]) == {}
    assert store.get("one", B, [B]) == {}
    assert (store.count("one"), store.count("two")) == (1, 0)


def test_a_stored_score_is_never_changed(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    store.put("one", A, {B: PairLogits(1.0, 2.0, 0.9, 0.5)})
    store.put("one", A, {B: PairLogits(9.0, 9.0, 0.1, 0.1)})
    assert store.get("one", A, [B])[B].logit_yes == 1.0


def test_of_two_that_score_a_pair_both_are_given_the_first_score(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    first = PairLogits(1.0, 2.0, 0.9, 0.5)
    assert store.put("one", A, {B: first}) == {B: first}
    second = {B: PairLogits(9.0, 9.0, 0.1, 0.1), C: PairLogits(3.0, 4.0, None, 0.5)}
    assert store.put("one", A, second) == {B: first, C: second[C]}
    store.close()


def test_one_batch_may_hold_logits_and_plain_scores(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    batch = {B: PairLogits(1.0, 2.0, None, 0.5), C: PlainScore(0.25, None)}
    assert store.put("one", A, batch) == batch
    assert store.get("one", A, [B, C]) == batch
    assert store.count("one") == 2
    store.close()


def test_scorers_with_a_score_are_listed_oldest_first(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    store.put("z: logits", A, {B: PairLogits(1.0, 2.0, None, 0.5)})
    store.put("never scored", A, {})
    store.put("a: plain", A, {B: PlainScore(0.25, None)})
    assert list(store.scorers().items()) == [("z: logits", True), ("a: plain", False)]
    store.close()


def test_a_forgotten_query_has_no_score_of_any_scorer_and_the_others_keep_theirs(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    logits, plain = PairLogits(1.0, 2.0, None, 0.5), PlainScore(0.25, None)
    for query in (A, B):
        store.put("one", query, {B: logits, C: plain})
        store.put("two", query, {C: logits})
    store.forget(A)
    assert (store.get("one", A, [B, C]), store.get("two", A, [C])) == ({}, {})
    assert store.get("one", B, [B, C]) == {B: logits, C: plain}
    assert store.get("two", B, [C]) == {C: logits}
    store.close()


def test_scores_handed_over_are_counted_since_the_file_was_opened(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    score = PlainScore(0.25, None)
    assert store.written("one") == 0
    store.put("one", A, {B: score, C: score})
    store.put("one", A, {B: score})  # it was there, and was handed over all the same
    store.put("two", A, {B: score})
    assert (store.written("one"), store.written("two")) == (3, 1)
    store.close()
    again = ScoreStore(tmp_path / "s.sqlite")
    assert (again.written("one"), again.count("one")) == (0, 2)
    again.close()


floats = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(floats, floats, st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 1e6))
def test_every_score_round_trips_exactly(tmp_path_factory, yes, no, mass, seconds):
    store = ScoreStore(tmp_path_factory.mktemp("s") / "s.sqlite")
    expected = PairLogits(yes, no, mass, seconds)
    store.put("one", A, {B: expected})
    got = store.get("one", A, [B])[B]
    assert got == expected
    assert np.float32(got.logit_yes) == np.float32(yes)
    store.close()


def test_a_damaged_file_gives_one_sentence(tmp_path):
    (tmp_path / "s.sqlite").write_bytes(b"this is not a database" * 100)
    with pytest.raises(WorkspaceError, match=r"s\.sqlite"):
        ScoreStore(tmp_path / "s.sqlite")


def test_a_newer_file_is_refused(tmp_path):
    ScoreStore(tmp_path / "s.sqlite").close()
    with sqlite3.connect(tmp_path / "s.sqlite") as db:
        db.execute("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(WorkspaceError, match="newer version"):
        ScoreStore(tmp_path / "s.sqlite")


WRITER = """
import sys
from pathlib import Path
from core.storage.scores import ScoreStore
from core.types.scores import PairLogits, PlainScore
store = ScoreStore(Path(sys.argv[1]))
n = store.count("one")
while True:
    store.put("one", f"{n:064x}", {f"{n:064x}": PairLogits(n, 0.0, None, 0.0)})
    n += 1
    print(n, flush=True)
"""


@pytest.mark.parametrize("rounds", [5, pytest.param(25, marks=pytest.mark.faults)])
def test_a_killed_writer_loses_no_acknowledged_score(tmp_path, rounds):
    path = tmp_path / "s.sqlite"
    for number in range(rounds):
        acknowledged = kill_writer(WRITER, path, 0.02 * (number % 5 + 1))
        store = ScoreStore(path)
        assert store.count("one") >= acknowledged
        last = f"{acknowledged - 1:064x}"
        assert store.get("one", last, [last])[last].logit_yes == acknowledged - 1
        store.close()


def test_plain_scores_are_kept_beside_logits(tmp_path):
    store = ScoreStore(tmp_path / "s.sqlite")
    store.put("maxsim", A, {B: PlainScore(0.1 + 0.2, 0.5), C: PlainScore(-1e-300, None)})
    store.put("mllm", A, {B: PairLogits(1.0, 2.0, None, 0.5)})
    assert store.get("maxsim", A, [B, C]) == {
        B: PlainScore(0.1 + 0.2, 0.5),
        C: PlainScore(-1e-300, None),
    }
    assert store.get("mllm", A, [B, C]) == {B: PairLogits(1.0, 2.0, None, 0.5)}
    assert (store.count("maxsim"), store.count("mllm")) == (2, 1)
    store.put("maxsim", A, {B: PlainScore(9.0, 9.0)})
    assert store.get("maxsim", A, [B])[B] == PlainScore(0.1 + 0.2, 0.5)
    store.close()


def test_a_file_of_the_first_version_keeps_its_scores(tmp_path):
    path = tmp_path / "s.sqlite"
    store = ScoreStore(path)
    store.put("one", A, {B: PairLogits(1.0, 2.0, 0.9, 0.5)})
    store.close()
    with closing(sqlite3.connect(path)) as old:  # what version 1 left behind
        old.executescript("DROP TABLE plain_score; PRAGMA user_version = 1;")
    store = ScoreStore(path)
    assert store.get("one", A, [B]) == {B: PairLogits(1.0, 2.0, 0.9, 0.5)}
    store.put("maxsim", A, {B: PlainScore(0.25, 0.1)})
    assert store.get("maxsim", A, [B]) == {B: PlainScore(0.25, 0.1)}
    store.close()
