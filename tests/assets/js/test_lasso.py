"""What is drawn around on a plot, and where a card stands beside the pointer, worked by hand."""

import pytest

WINDOW = "{width: 400, height: 300}"


def test_a_lasso_is_its_corners_in_order(run_js):
    event = "{lassoPoints: {x: [1, 2, 3], y: [4, 5, 6]}}"
    assert run_js("lasso.js", f"m.corners({event})") == [[1, 4], [2, 5], [3, 6]]


def test_a_box_is_four_corners(run_js):
    event = "{range: {x: [1, 3], y: [2, 8]}}"
    assert run_js("lasso.js", f"m.corners({event})") == [[1, 2], [3, 2], [3, 8], [1, 8]]


def test_nothing_drawn_has_no_corner(run_js):
    assert run_js("lasso.js", "m.corners({})") == []


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("{x: 100, y: 150}", {"left": 116, "top": 100}),
        ("{x: 390, y: 150}", {"left": 274, "top": 100}),  # no room at the right
        ("{x: 100, y: 2}", {"left": 116, "top": 4}),
        ("{x: 100, y: 299}", {"left": 116, "top": 196}),
    ],
)
def test_a_card_stands_beside_the_pointer_inside_the_window(run_js, pointer, place):
    card = "{width: 100, height: 100}"
    assert run_js("lasso.js", f"m.beside({pointer}, {card}, {WINDOW})") == place
