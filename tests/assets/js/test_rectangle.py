"""Rectangles on a picture, worked by hand: 200 x 100 pixels shown at a tenth, at (10, 20)."""

import pytest

FRAME, SIZE = "{left: 10, top: 20, width: 20, height: 10}", "{width: 200, height: 100}"


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("{clientX: 10, clientY: 20}", [0, 0]),
        ("{clientX: 15, clientY: 22.54}", [50, 25]),
        ("{clientX: 30, clientY: 30}", [200, 100]),
        ("{clientX: -99, clientY: 99}", [0, 100]),
    ],
)
def test_a_pointer_is_at_a_pixel_of_the_picture_or_at_its_edge(run_js, pointer, place):
    assert run_js("rectangle.js", f"m.pointAt({pointer}, {FRAME}, {SIZE})") == place


@pytest.mark.parametrize("corners", ["[5, 60], [40, 8]", "[40, 8], [5, 60]", "[40, 60], [5, 8]"])
def test_two_corners_in_any_order_make_one_rectangle(run_js, corners):
    assert run_js("rectangle.js", f"m.between({corners})") == [5, 8, 40, 60]


@pytest.mark.parametrize(
    ("box", "is_drawn"),
    [("[0, 0, 4, 4]", True), ("[0, 0, 3, 40]", False), ("[0, 0, 40, 3]", False)],
)
def test_a_click_that_slipped_is_no_rectangle(run_js, box, is_drawn):
    assert run_js("rectangle.js", f"m.isDrawn({box})") is is_drawn


def test_a_rectangle_is_laid_over_its_picture_in_shares(run_js):
    css = run_js("rectangle.js", f"m.styleOf([20, 10, 120, 60], {SIZE})")
    assert css == "left:10%;top:10%;width:50%;height:50%"


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("24,18, 72 ,36", [24, 18, 72, 36]),
        ("24,18,72", None),
        ("a,b,c,d", None),
        ("-1,0,3,4", None),
        ("1.5,0,3,4", None),
        ("", None),
    ],
)
def test_a_text_names_four_whole_numbers_or_no_rectangle(run_js, text, box):
    assert run_js("rectangle.js", f"m.parsed({text!r})") == box
