"""A map of cells as a smooth field, worked by hand; two cells have their middles at 1/4, 3/4."""

import pytest

TWO = "{nats: [[1, -1]], rows: [0, 1], columns: [0, 0.5, 1], scale: 2, noise: 0}"
HOLE = "{nats: [[1, null, 3]], rows: [0, 1], columns: [0, 0.25, 0.75, 1], scale: 3, noise: 0}"
COLOURS = "{plus: [0, 255, 0], minus: [255, 0, 0], none: [9, 9, 9]}"


@pytest.mark.parametrize(
    ("x", "value"), [(0.25, 1), (0.75, -1), (0.5, 0), (0.375, 0.5), (0.01, 1), (0.99, -1)]
)
def test_a_cell_is_exact_at_its_middle_and_blended_between(run_js, x, value):
    assert run_js("field.js", f"m.valueAt({TWO}, {x}, 0.5)") == pytest.approx(value)


def test_rows_are_blended_as_columns_are(run_js):
    field = "{nats: [[0], [4]], rows: [0, 0.5, 1], columns: [0, 1], scale: 4, noise: 0}"
    assert run_js("field.js", f"m.valueAt({field}, 0.1, 0.5)") == pytest.approx(2)


def test_a_cell_without_tokens_is_not_filled_from_its_neighbours(run_js):
    assert run_js("field.js", f"m.valueAt({HOLE}, 0.5, 0.5)") is None
    assert run_js("field.js", f"m.valueAt({HOLE}, 0.24, 0.5)") == pytest.approx(1)
    assert run_js("field.js", f"m.valueAt({HOLE}, 0.76, 0.5)") == pytest.approx(3)


@pytest.mark.parametrize(
    ("nats", "share"), [(2, 1), (-1, 0.5), (0.5, 0.1), (0.6, 0.3), (-0.5, 0.25), (9, 1)]
)
def test_a_plus_within_the_noise_is_pale(run_js, nats, share):
    found = run_js("field.js", f"m.strength({nats}, {{scale: 2, noise: 0.5}})")
    assert found == pytest.approx(share)


def test_a_map_without_a_scale_has_no_colour(run_js):
    assert run_js("field.js", "m.strength(0, {scale: 0, noise: 0})") == 0


def test_what_speaks_against_is_striped_and_what_is_not_known_is_dark(run_js):
    pixels = run_js("field.js", f"[...m.painted({TWO}, 8, 2, {COLOURS})]")
    rows = [[pixels[4 * (8 * y + x) :][:4] for x in range(8)] for y in range(2)]
    assert rows[0][1] == [0, 255, 0, 128]  # 3/16: left of the first middle, 1 of 2 nats
    assert rows[0][6] == [255, 0, 0, 128]
    assert rows[1][7] == [255, 255, 255, 128]  # column + row = 8: a stripe
    dark = run_js("field.js", f"[...m.painted({HOLE}, 3, 1, {COLOURS})].slice(4, 8)")
    assert dark == [9, 9, 9, 140]
