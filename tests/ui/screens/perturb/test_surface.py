"""The surface of two perturbations: its contour worked by hand, its handlers, its recipe."""

import pytest

from tests.core.stand_ins import make_workbench
from tests.ui.screens.perturb.drawn import finish, html, page_of, part, task_of
from ui.screens.perturb.recipes import fulfil
from ui.screens.perturb.selection import recipe_state, surface_of
from ui.screens.perturb.surface import contour
from ui.shared.screen import read_state

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


def test_a_surface_grows_into_one_grid(bench):
    assert html(bench, "measured", AT).count('class="sl-pt-cell"') == 25
    task = task_of(bench, AT)
    finish(bench, task, lambda view: view.progress.done >= 3)
    bench.board.stop(task.key, wait=True)
    stopped = html(bench, "measured", AT)
    assert 3 <= stopped.count('class="sl-pt-score"') < 25
    assert "of 25 combinations" in stopped
    assert "Run on" in stopped
    finish(bench, task)
    grown = html(bench, "measured", AT)
    assert grown.count('class="sl-pt-score"') == 25
    assert "25 combinations measured" in grown
    surface = task.result()
    below = sum(point.margin < surface.hard_negative_margin for point in surface.points)
    assert grown.count("✕ ") - 1 == below


def test_before_its_first_combination_the_grid_is_empty(bench):
    found = html(bench, "measured", AT)
    assert 'class="sl-pt-score"' not in found
    assert 'data-starts="perturb/surface"' in found
    assert 'value="noise" selected' in html(bench, "setup", AT)
    assert part(bench, "response", AT) is None


def test_twice_the_same_perturbation_is_said_in_a_sentence(bench):
    address = AT.replace("with=noise", "with=contrast")
    assert "two different perturbations" in html(bench, "measured", address)


def test_a_saved_surface_replays_to_the_same_numbers(bench):
    task = task_of(bench, AT)
    finish(bench, task)
    panel = fulfil(page_of(bench), read_state(bench, AT), {"name": "both"})
    assert "contrast and noise" in panel
    (recipe,) = bench.robustness.recipes()
    assert bench.robustness.parse_recipe(bench.robustness.save_recipe(recipe)) == recipe
    state = recipe_state(recipe)
    assert surface_of(bench, state) == surface_of(bench, read_state(bench, AT))
    again = task_of(bench, state.to_address())
    finish(bench, again)
    assert again.result() == task.result()
