"""Positives are found or lost by condition, before and after re-ranking."""

from pathlib import Path

import numpy as np
import pytest

from assets.recipes.pocket_vl.card.failures import WITHIN, recall_by_condition, turn
from assets.recipes.pocket_vl.card.lab import Ranked
from core.types.corpus import Corpus, ImageRecord, Relevance
from core.types.scores import Shortlist


def record(name, role, *, occluded=None, **tags):
    return ImageRecord(name, name, role, "a", 8, 8, "", occluded=occluded, tags=tags)


@pytest.fixture
def ranked():
    """Positive `seen` leads and is demoted to the end; `turned` is last and comes first.

    Between them stand junk, which takes no place, and as many negatives as count as found.
    """
    negatives = [f"n{n}" for n in range(WITHIN)]
    ids = ("seen", "junk", *negatives, "turned")
    database = (
        record("seen", "database", azimuth="350", distance="0.6", occluded=0.0, light="dim"),
        record("turned", "database", azimuth="100", distance="2.5", occluded=0.4, light="dim"),
    )
    query = record("q", "query", azimuth="20", distance="1.0", light="dim")
    truth = {"q": Relevance("q", frozenset({"seen", "turned"}), frozenset({"junk"}))}
    margins = {image_id: float(row) for row, image_id in enumerate(ids)}
    return Ranked(
        corpus=Corpus("tiny", Path(), (query,), database, truth, ""),
        depth=len(ids),
        queries=(query,),
        shortlists={"q": Shortlist("q", ids, np.linspace(1, 0, len(ids), dtype=np.float32))},
        margins={"q": margins},
        outcomes=(),
        receipt={},
    )


def test_recall_of_each_condition_by_hand(ranked):
    found = recall_by_condition(ranked)
    assert found["all"] == {"n": 2, "before": 0.5, "after": 0.5}
    assert found["slices"] == {
        "azimuth differs by more than 60 degrees": {"n": 1, "before": 0.0, "after": 1.0},
        "distance differs by more than a factor of 2": {"n": 1, "before": 0.0, "after": 1.0},
        "positive occluded by more than 0.3": {"n": 1, "before": 0.0, "after": 1.0},
    }


def test_junk_takes_no_place(ranked):
    """With two negatives fewer the last positive is number WITHIN, or one more if junk counted."""
    ids = tuple(i for i in ranked.shortlists["q"].image_ids if i not in ("n0", "n1"))
    ranked.shortlists["q"] = Shortlist("q", ids, np.linspace(1, 0, len(ids), dtype=np.float32))
    assert recall_by_condition(ranked)["all"]["before"] == 1.0


@pytest.mark.parametrize(("one", "other", "gap"), [(350, 20, 30), (0, 180, 180), (-170, 170, 20)])
def test_angles_wrap_round(one, other, gap):
    assert turn(one, other) == gap
