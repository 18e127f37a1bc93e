"""Sweeps of one pair as they grow: how far they are, several of them, further scorers."""

import pytest

from core.errors import SettingsError
from core.types.robustness import Damage
from core.types.runs import Progress
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest
from core.types.work import SweptCurves
from tests.core.stand_ins import make_workbench

QUERY = "images/disc_q.png"
NOISE = SweepRequest(QUERY, None, "noise", Damage("candidate"), (0.0, 0.1, 0.2))
BLUR = SweepRequest(QUERY, None, "blur", Damage("candidate"), (0.0, 2.0))


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "work", **{"ranking.depth": 4})
    list(opened.runs.build_index())
    yield opened
    opened.close()


def test_several_sweeps_grow_one_after_the_other_to_the_total(bench):
    first, *steps = bench.robustness.measure((NOISE, BLUR))
    assert first == Progress("Measuring 2 perturbations", 0, 5, "levels")
    assert [progress.done for progress, _ in steps] == [1, 2, 3, 4, 5]
    assert [len(found.own) for _, found in steps] == [1, 1, 1, 2, 2]
    last = steps[-1][1]
    assert last.own == tuple(list(bench.robustness.sweep(one))[-1] for one in (NOISE, BLUR))


def test_further_scorers_follow_on_the_own_curve(bench):
    scorers = bench.robustness.shown_scorers((NOISE,), ("maxsim",))
    steps = [one for one in bench.robustness.measure((NOISE,), scorers) if isinstance(one, tuple)]
    assert {progress.total for progress, _ in steps} == {6}
    assert [(len(found.own), len(found.others)) for _, found in steps] == [(1, 0)] * 3 + [
        (1, 1)
    ] * 3
    assert steps[-1][1].n_points == 6
    assert steps[-1][1].others[0].kind.name == "MaxSim"


def test_several_sweeps_show_the_own_scorer_alone(bench):
    assert bench.robustness.shown_scorers((NOISE, BLUR), ("maxsim",)) == ()
    with pytest.raises(SettingsError, match="not known"):
        bench.robustness.shown_scorers((NOISE,), ("bm25",))


def test_a_surface_counts_its_combinations(bench):
    request = SurfaceRequest(
        QUERY, None, "contrast", "noise", Damage("candidate"), (1.0, 0.5), (0.0, 0.1)
    )
    steps = list(bench.robustness.measure_surface(request))
    assert [progress.done for progress, _ in steps] == [1, 2, 3, 4]
    assert steps[-1][0] == Progress("Measuring contrast and noise", 4, 4, "combinations")


def test_before_a_level_there_is_no_point():
    assert SweptCurves().n_points == 0
