"""Zoom and pan, worked by hand; a place is how much larger, and where the picture's middle is."""

import pytest

WHOLE = {"zoom": 1, "x": 0, "y": 0}


def test_a_whole_picture_cannot_be_moved(run_js):
    assert run_js("zoom.js", "m.moved(m.WHOLE, 0.3, -0.3)") == WHOLE


def test_an_edge_never_comes_inside_the_frame(run_js):
    assert run_js("zoom.js", "m.moved({zoom: 3, x: 0.9, y: 0}, 0.5, -4)") == {
        "zoom": 3,
        "x": 1,
        "y": -1,
    }


def test_the_point_under_the_pointer_stays_under_it(run_js):
    """A quarter to the right of the middle: the picture's middle goes as far to the left."""
    found = run_js("zoom.js", "m.zoomed(m.WHOLE, 2, {x: 0.25, y: -0.5})")
    assert found == {"zoom": 2, "x": -0.25, "y": 0.5}


@pytest.mark.parametrize(("factor", "zoom"), [(100, 16), (0.01, 1)])
def test_zoom_has_its_ends(run_js, factor, zoom):
    assert run_js("zoom.js", f"m.zoomed({{zoom: 4, x: 0.5, y: 0}}, {factor})")["zoom"] == zoom


def test_zooming_out_to_the_whole_centres_the_picture(run_js):
    assert run_js("zoom.js", "m.zoomed({zoom: 2, x: 0.5, y: -0.5}, 0.1)") == WHOLE


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("+", {"zoom": 3, "x": 0, "y": 0}),
        ("=", {"zoom": 3, "x": 0, "y": 0}),
        ("-", {"zoom": 2 / 1.5, "x": 0, "y": 0}),
        ("0", WHOLE),
        ("ArrowLeft", {"zoom": 2, "x": 0.1, "y": 0}),
        ("ArrowDown", {"zoom": 2, "x": 0, "y": -0.1}),
        ("j", None),
    ],
)
def test_keys_zoom_and_move(run_js, key, place):
    found = run_js("zoom.js", f"m.keyed({{zoom: 2, x: 0, y: 0}}, {key!r})")
    assert found == (None if place is None else pytest.approx(place))


def test_arrows_are_left_to_the_page_while_the_whole_picture_is_shown(run_js):
    assert run_js("zoom.js", "m.keyed(m.WHOLE, 'ArrowUp')") is None


def test_two_fingers_twice_as_far_apart_make_it_twice_as_large_where_they_go(run_js):
    before = "{apart: 50, middle: {x: 0.2, y: 0}}"
    now = "{apart: 100, middle: {x: 0.3, y: 0.1}}"
    found = run_js("zoom.js", f"m.pinched(m.WHOLE, {before}, {now})")
    assert found == pytest.approx({"zoom": 2, "x": -0.1, "y": 0.1})


def test_the_share_is_said_only_where_something_is_zoomed(run_js):
    assert run_js("zoom.js", "[m.share(m.WHOLE), m.share({zoom: 1.5, x: 0, y: 0})]") == [
        "",
        "150 %",
    ]


def test_a_place_is_a_transform_of_the_picture(run_js):
    css = run_js("zoom.js", "m.transform({zoom: 2, x: 0.25, y: -0.5})")
    assert css == "translate(25%, -50%) scale(2)"
