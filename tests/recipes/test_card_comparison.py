"""Methods are compared on the same queries, with core's AP, ties and intervals."""

from pathlib import Path

import numpy as np
import pytest

from assets.recipes.pocket_vl.card.comparison import (
    compare,
    is_odd,
    listed,
    oracle,
    reordered,
)
from assets.recipes.pocket_vl.card.lab import Ranked
from assets.recipes.pocket_vl.card.rankings import slices_of
from core.types.corpus import Corpus, ImageRecord, Relevance
from core.types.scores import Shortlist

IDS = ("n1", "p1", "n2", "p2")


def record(name, instance, **tags):
    return ImageRecord(name, name, "query", instance, 8, 8, "", tags=tags)


@pytest.fixture
def ranked():
    """Two queries, two positives each, at ranks 2 and 4 of the same shortlist; depth 3."""
    queries = (record("q1", "a", source="x"), record("q2", "c", source="y"))
    truth = {q.image_id: Relevance(q.image_id, frozenset({"p1", "p2"})) for q in queries}
    cosines = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    return Ranked(
        corpus=Corpus("tiny", Path(), queries, (), truth, ""),
        depth=3,
        queries=queries,
        shortlists={q.image_id: Shortlist(q.image_id, IDS, cosines) for q in queries},
        margins={
            "q1": {"n1": -1.0, "p1": 2.0, "n2": -3.0},
            "q2": {"n1": 1.0, "p1": 1.0, "n2": 1.0},
        },
        outcomes=(),
        receipt={},
    )


def test_tied_scores_keep_the_shortlists_order(ranked):
    assert reordered(ranked, ranked.margins)["q2"] == IDS


def test_map_r1_and_gain_by_hand(ranked):
    """AP before: (1/2 + 2/4) / 2 = 0.5; q1 after: (1/1 + 2/4) / 2 = 0.75; q2 stays at 0.5."""
    methods = {
        "descriptor": listed(ranked.shortlists),
        "margin": reordered(ranked, ranked.margins),
        "oracle": oracle(ranked),
    }
    found = compare(ranked, methods)
    rows = found["methods"]
    assert [rows[name]["map"] for name in methods] == [0.5, 0.625, 0.75]
    assert [rows[name]["r1"] for name in methods] == [0.0, 0.5, 1.0]
    assert rows["margin"]["gain"] == 0.125
    # of two instances every resample holds q1 twice, both, or q2 twice
    assert rows["margin"]["gain_ci"] == [0.0, 0.25]
    assert rows["oracle"]["gain_ci"] == [0.25, 0.25]


def test_one_instance_has_no_interval(ranked):
    found = compare(ranked, {"descriptor": listed(ranked.shortlists)}, ["q1"])
    assert found["methods"]["descriptor"]["map_ci"] is None
    assert (found["n_queries"], found["n_instances"]) == (1, 1)


@pytest.mark.parametrize(("name", "odd"), [("a", True), ("b", True), ("c", False)])
def test_the_hash_of_an_instance_is_odd_when_its_last_hex_digit_is(name, odd):
    """`printf a | sha256sum` ends in bb, of b in 9d, of c in c6."""
    assert is_odd(name) is odd


def test_slices_are_the_two_halves_and_the_sources(ranked):
    assert slices_of(ranked) == {
        "odd": ["q1"],
        "even": ["q2"],
        "source x": ["q1"],
        "source y": ["q2"],
    }
