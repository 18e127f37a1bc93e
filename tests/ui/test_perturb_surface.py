"""The surface of two perturbations: its contour worked by hand, its handlers, its recipe."""

import json

import pytest

from tests.core.stand_ins import make_workbench
from tests.ui.test_perturb import asked, is_skip, run
from ui.perturb_requests import recipe_state, surface_of
from ui.render.perturb_surface import contour
from ui.shared.screen import read_state
from ui.views import perturb_recipes, perturb_setup, perturb_sweeps

QUERY = "images/disc_q.png"
AT = f"view=perturb&query={QUERY}&pert=contrast&with=noise&side=candidate&seed=4"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = make_workbench(tiny_corpus_root, tmp_path / "work", **{"ranking.depth": 4})
    list(opened.runs.build_index())
    yield opened
    opened.close()


def across(place):
    """Return a place in columns and rows between the cells' centres."""
    return (place[0] + 1 - 92) / 104 - 0.5, (place[1] + 1 - 12) / 54 - 0.5


def test_the_contour_crosses_where_the_gap_is_zero():
    # Rows fall from 3 to -1: three quarters of the way down on the left. On the right from 1 to
    # -1: half way.
    (segment,) = contour([[3.0, 1.0], [-1.0, -1.0]])
    assert sorted(across(place) for place in segment) == [
        pytest.approx((0.0, 0.75)),
        pytest.approx((1.0, 0.5)),
    ]


def test_an_unknown_corner_or_one_side_of_the_line_has_no_contour():
    assert list(contour([[1.0, None], [-1.0, -1.0]])) == []
    assert list(contour([[1.0, 2.0], [3.0, 0.0]])) == []


def test_opposite_corners_below_have_two_segments():
    assert len(list(contour([[1.0, -1.0], [-1.0, 1.0]]))) == 2


def test_a_surface_streams_into_one_grid(bench, urls):
    steps = run(bench, urls, AT)
    grids = [step[6] for step in steps if isinstance(step[6], str) and step[6]]
    assert grids[-1].count('class="sl-pt-score"') == 25
    assert 0 < grids[0].count('class="sl-pt-score"') < 25
    assert "25 combinations measured" in steps[-1][0]
    (surface,) = steps[-1][7]
    below = sum(point.margin < surface.hard_negative_margin for point in surface.points)
    assert grids[-1].count("✕ ") - 1 == below
    assert "Run on" in perturb_sweeps.show_stopped(bench, AT, steps[3][7])
    assert "of 25 combinations" in perturb_sweeps.show_stopped(bench, AT, steps[3][7])


def test_before_its_first_combination_the_grid_is_empty(bench, urls):
    shown = perturb_setup.show(bench, urls, AT, asked(bench, AT))
    assert shown[11].count('class="sl-pt-cell"') == 25
    assert 'class="sl-pt-score"' not in shown[11]
    assert not is_skip(shown[3])
    assert 'value="noise" selected' in shown[3]


def test_twice_the_same_perturbation_is_said_in_a_sentence(bench, urls):
    address = AT.replace("with=noise", "with=contrast")
    shown = perturb_setup.show(bench, urls, address, asked(bench, address))
    assert "two different perturbations" in shown[4]


def test_a_saved_surface_replays_to_the_same_numbers(bench, urls):
    *_, first = run(bench, urls, AT)
    panel = perturb_recipes.fulfil(bench, AT, json.dumps({"name": "both"}))
    assert "contrast and noise" in panel
    (recipe,) = bench.robustness.recipes()
    assert bench.robustness.parse_recipe(bench.robustness.save_recipe(recipe)) == recipe
    state = recipe_state(recipe)
    assert surface_of(bench, state) == surface_of(bench, read_state(bench, AT))
    *_, again = run(bench, urls, state.to_address())
    assert again[7] == first[7]
