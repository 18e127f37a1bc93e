"""A user's re-ranker: what it raises fails a pair, what it returns wrongly is one sentence."""

import numpy as np
import pytest

from core.errors import ModelError, SettingsError
from core.plugins import Plugin, load_plugin, words_of
from core.reranking.python import BATCH, PixelReader, PythonScorer
from core.types.scores import PlainScore, Unscored

N = BATCH + 3


class Bright:
    """Scores by brightness; raises on a black image."""

    def __init__(self):
        self.asked = []

    def score(self, query, candidates):
        self.asked.append(len(candidates))
        if any(not image.any() for image in candidates):
            raise RuntimeError("a black  image\nhas no brightness")
        return [float(image.mean()) for image in candidates]


def tokens(*values):
    return PixelReader(None).encode([np.full((4, 5, 3), value, np.uint8) for value in values])


def scored(made, *values):
    (query,) = tokens(9)
    scorer = PythonScorer(Plugin(made, "bright", "", "f"))
    return [one for batch in scorer.score(query, tokens(*values)) for one in batch]


def test_candidates_come_in_small_batches_in_order():
    made = Bright()
    found = scored(made, *range(1, N + 1))
    assert [one.score for one in found] == list(range(1, N + 1))
    assert made.asked == [BATCH, N - BATCH]
    assert all(isinstance(one, PlainScore) and one.seconds >= 0 for one in found)


def test_what_it_raises_fails_the_pair_that_it_raises_on_alone():
    found = scored(Bright(), 1, 0, 3)
    assert [getattr(one, "score", None) for one in found] == [1.0, None, 3.0]
    assert found[1] == Unscored("bright failed: RuntimeError: a black image has no brightness.")


class Returns:
    def __init__(self, answer):
        self.answer = answer

    def score(self, query, candidates):
        return self.answer


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ([1.0], "returned 1 for 3 candidates; return one number per candidate"),
        ([[1.0], [2.0], [3.0]], r"an array of shape \(3, 1\) for 3 candidates"),
        (None, "for 3 candidates"),
        ("abc", "returned no list of numbers"),
        ([1.0, float("nan"), 2.0], "NaN or infinite"),
        ([1.0, float("inf"), 2.0], "NaN or infinite"),
        ([1.0, "x", 2.0], "returned no list of numbers"),
    ],
)
def test_a_wrong_answer_is_one_sentence(answer, says):
    with pytest.raises(ModelError, match=says):
        scored(Returns(answer), 1, 2, 3)


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
        __import__("importlib").invalidate_caches()
        return name

    return write


GOOD = "class Own:\n    unit = 'votes'\n    def score(self, q, c):\n        return [0.0] * len(c)\n"


def test_a_class_is_called_and_changed_code_is_another_scorer(module):
    name = module("own_scorer_a", GOOD)
    first = load_plugin(f"{name}:Own", "none", "score")
    assert (first.name, first.unit) == ("Own", "votes")
    assert words_of(f"{name}:Own", "none") == ("Own", "votes")
    again = load_plugin(f"{module(name, GOOD)}:Own", "none", "score")
    other = load_plugin(f"{module(name, GOOD + '# changed')}:Own", "none", "score")
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_its_own_name_and_fingerprint_count(module):
    name = module("own_scorer_b", GOOD + "one = Own()\none.name, one.fingerprint = 'votes', '7'\n")
    found = load_plugin(f"{name}:one", "none", "score")
    assert (found.name, found.fingerprint) == ("votes", "7")


@pytest.mark.parametrize(
    ("text", "written", "says"),
    [
        (GOOD, "own_scorer_c:Other", "has no 'Other'"),
        (GOOD, "own_scorer_missing:Own", "neither in the current folder nor installed"),
        (GOOD, "nothing-installed", "No installed package brings"),
        (GOOD, "own_scorer_c:../x", "cannot be read; write python:MODULE:NAME"),
        ("x = 1\n", "own_scorer_c:x", r"has no method score\(\)"),
        ("1 / 0\n", "own_scorer_c:Own", "cannot be imported: ZeroDivisionError: division by zero"),
        ("import not_there_at_all\n", "own_scorer_c:Own", "ModuleNotFoundError"),
        ("class Own:\n    def __init__(self, a): ...\n", "own_scorer_c:Own", "TypeError"),
    ],
)
def test_what_cannot_be_had_is_one_sentence(module, text, written, says):
    module("own_scorer_c", text)
    with pytest.raises(SettingsError, match=says):
        load_plugin(written, "none", "score")


def test_a_name_is_looked_up_without_an_import(module):
    name = module("own_scorer_d", "raise SystemExit\n")
    assert words_of(f"{name}:Own", "none") == ("Own", "")


def test_an_installed_package_brings_one(module, monkeypatch):
    from importlib.metadata import EntryPoint

    name = module("own_scorer_e", GOOD)
    points = {"votes": EntryPoint("votes", f"{name}:Own", "second_look.stages")}

    def known(group, name=None):
        return [one for key, one in points.items() if name in (None, key)]

    monkeypatch.setattr("core.plugins.entry_points", known)
    assert load_plugin("votes", "second_look.stages", "score").unit == "votes"
    with pytest.raises(SettingsError, match="has: votes"):
        load_plugin("other", "second_look.stages", "score")
