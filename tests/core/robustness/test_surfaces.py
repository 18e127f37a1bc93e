"""A surface of two perturbations: order, equality with single levels, cache, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import SettingsError
from core.robustness.damaged import pixel_key
from core.robustness.levels import SPECS
from core.robustness.perturbations import perturb_all
from core.robustness.surfaces import surface_specs
from core.types.robustness import Damage
from core.types.surfaces import SurfaceRequest
from core.types.sweeps import SweepRequest
from tests.core.stand_ins import ColourScorer, ColourTower

QUERY = "images/disc_q.png"
ASKED = SurfaceRequest(
    QUERY,
    None,
    "noise",
    "contrast",
    Damage("query", "positive", seed=2, n_ranked=3),
    first_levels=(0.0, 0.3),
    second_levels=(1.0, 0.4, 0.1),
)


def test_five_levels_are_spread_over_the_axis_and_hold_neutral():
    # contrast 1 -> 0.05: even places 1, 0.7625, 0.525, 0.2875, 0.05; the third lies as near
    # to 0.6 as to 0.45, and the first of them is taken.
    first, second = surface_specs(SurfaceRequest(QUERY, None, "contrast", "brightness"))
    assert first.levels == (1.0, 0.8, 0.6, 0.3, 0.05)
    assert second.levels == (-0.8, -0.45, 0.0, 0.45, 0.8)
    for name in ("scale", "blur", "clutter", "occlusion"):
        (spec, _) = surface_specs(SurfaceRequest(QUERY, None, name, "contrast"))
        assert len(spec.levels) == 5
        assert {spec.neutral, SPECS[name].levels[-1]} <= set(spec.levels)


def test_every_combination_is_the_image_damaged_in_the_tables_order(bench):
    *_, made = bench.robustness.surface(ASKED)
    assert [(p.first, p.second) for p in made.points] == [
        (one, other) for one in (0.0, 0.3) for other in (1.0, 0.4, 0.1)
    ]
    image = bench._session.images.load(bench.queries.record(QUERY))
    candidate = bench._session.images.load(bench.queries.record(made.candidate_id))
    for point in made.points:
        # contrast stands before noise in the table, although noise was named first
        steps = [("contrast", point.second), ("noise", point.first)]
        damaged = perturb_all(image, steps, made.box, 2).image
        tokens = ColourTower().encode([damaged, candidate])
        ((logits,),) = list(ColourScorer().score(tokens[0], [tokens[1]]))
        assert point.margin == pytest.approx(logits.margin, abs=1e-6)


def test_a_row_at_neutral_is_the_sweep_of_the_other(bench, models):
    *_, made = bench.robustness.surface(ASKED)
    n_encoded = models[0].n_encoded
    request = SweepRequest(QUERY, None, "contrast", ASKED.damage)
    *_, curve = bench.robustness.sweep(replace(request, levels=(1.0, 0.4, 0.1)))
    assert models[0].n_encoded == n_encoded  # the same pixels have the same address
    own = [(p.margin, p.cosine, p.rank) for p in made.points if p.first == 0.0]
    assert own == [(p.margin, p.cosine, p.rank) for p in curve.points]
    assert made.hard_negative_margin == curve.hard_negative_margin


def test_it_grows_and_stops_within_a_combination_and_resumes(bench, models):
    growing = bench.robustness.surface(ASKED)
    assert [len(next(growing).points) for _ in range(2)] == [1, 2]
    growing.close()
    n_scored = models[1].n_scored
    *_, made = bench.robustness.surface(ASKED)
    assert len(made.points) == made.n_points == 6
    first = models[1].n_scored
    assert first > n_scored
    *_, again = bench.robustness.surface(ASKED)
    assert (again, models[1].n_scored) == (made, first)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"second": "noise"}, "two different perturbations"),
        ({"first_levels": (0.1,)}, "must hold the neutral one"),
        ({"second_levels": (1.0, 1.0)}, "each once"),
        ({"second_levels": tuple(1.0 - n / 50 for n in range(13))}, "at most 12"),
        ({"damage": Damage("candidate", retrieve_again=True)}, "damage the query side"),
    ],
)
def test_what_makes_no_surface_is_refused(bench, changes, said):
    with pytest.raises(SettingsError, match=said):
        next(bench.robustness.surface(replace(ASKED, **changes)))


def test_neutral_both_ways_changes_no_pixel(bench):
    image = bench._session.images.load(bench.queries.record(QUERY))
    box = bench.robustness.box(QUERY, None)
    made = perturb_all(image, [("noise", 0.0), ("contrast", 1.0)], box, 0).image
    assert pixel_key(made) == pixel_key(image)
    assert np.array_equal(made, image)
