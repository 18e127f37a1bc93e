"""What a drawn line encloses: by hand, against an independent rule, edges shared by two."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.projection import inside

SQUARE = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], dtype=np.float64)


def points(*xy) -> np.ndarray:
    return np.array(xy, dtype=np.float32)


def test_exactly_the_points_within_a_bent_line_are_inside():
    # an L: the unit cells (0,0), (1,0) and (0,1)
    corner = np.array([[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]], dtype=np.float64)
    probes = points((0.5, 0.5), (1.5, 0.5), (0.5, 1.5), (1.5, 1.5), (-0.1, 0.5), (2.1, 0.5))
    assert inside(corner, probes).tolist() == [True, True, True, False, False, False]


def test_the_direction_of_drawing_does_not_matter():
    probes = np.random.default_rng(0).uniform(-1, 3, (200, 2)).astype(np.float32)
    assert np.array_equal(inside(SQUARE, probes), inside(SQUARE[::-1], probes))


def test_a_box_holds_what_lies_between_its_sides():
    probes = np.random.default_rng(1).uniform(-1, 3, (500, 2)).astype(np.float32)
    between = ((probes > 0) & (probes < 2)).all(axis=1)
    assert np.array_equal(inside(SQUARE, probes), between)


def test_a_point_on_an_edge_shared_by_two_is_in_one():
    left, right = SQUARE - [2, 0], SQUARE
    edge = points((0, 0.5), (0, 1), (0, 1.7))
    assert (inside(left, edge) ^ inside(right, edge)).all()


def test_what_a_line_winds_around_twice_is_outside():
    star = np.array([[np.sin(k * 4 * np.pi / 5), np.cos(k * 4 * np.pi / 5)] for k in range(5)])
    assert inside(star, points((0, 0), (0, 0.9))).tolist() == [False, True]


def test_two_corners_enclose_nothing():
    assert not inside(SQUARE[:2], points((1, 0), (1, 1))).any()
    assert not inside(SQUARE[:0], points((1, 1))).any()


@given(st.lists(st.tuples(*[st.integers(-20, 20)] * 2), min_size=3, max_size=3, unique=True),
       st.tuples(*[st.floats(-20, 20, width=32)] * 2))  # fmt: skip
def test_of_a_triangle_it_is_what_the_three_sides_say(corners, point):
    (a, b, c), p = np.array(corners, dtype=np.float64), np.array(point, dtype=np.float64)
    sides = [float(np.cross([*(v - u), 0], [*(p - u), 0])[2]) for u, v in ((a, b), (b, c), (c, a))]
    if min(abs(side) for side in sides) < 1e-6:
        return  # on a side, or no triangle
    same = all(side > 0 for side in sides) or all(side < 0 for side in sides)
    assert inside(np.array([a, b, c]), points(point)).tolist() == [same]
