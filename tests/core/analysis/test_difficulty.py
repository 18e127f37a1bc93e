"""Coverage and clutter: filed, from a mask or box, estimated."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.difficulty import (
    Measured,
    estimated_clutter,
    estimated_coverage,
    filed_clutter,
    filed_coverage,
    mask_coverage,
)
from core.types.corpus import Box, ImageRecord

RECORD = ImageRecord("a", "a", "database", "i", 100, 50, "", box=Box(10, 10, 60, 30))


def test_a_filed_coverage_leads_a_box():
    assert filed_coverage(replace(RECORD, coverage=0.4)) == Measured(0.4, "manifest")
    assert filed_coverage(RECORD) == Measured(0.2, "box")
    assert filed_coverage(replace(RECORD, box=Box(50, 0, 150, 50))) == Measured(0.5, "box")
    assert filed_coverage(replace(RECORD, box=None)) is None


def test_a_mask_leads_a_box_and_waits_for_its_pixels():
    assert filed_coverage(replace(RECORD, mask="m.png")) is None
    mask = np.zeros((50, 100), np.bool_)
    mask[:10, :50] = True
    assert mask_coverage(mask) == Measured(0.1, "mask")


def test_clutter_is_only_ever_filed_or_estimated():
    assert filed_clutter(replace(RECORD, clutter=3)) == Measured(3.0, "manifest")
    assert filed_clutter(RECORD) is None


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_plain_square_on_a_plain_ground_is_measured_to_a_few_percent(share):
    image = np.full((400, 400, 3), (230, 225, 215), np.uint8)
    side = round(400 * share**0.5)
    start = (400 - side) // 2
    image[start : start + side, start : start + side] = (40, 90, 160)
    found = estimated_coverage(image)
    assert found.source == "estimate"
    assert found.value == pytest.approx(share, abs=0.03)


def test_an_empty_picture_has_no_coverage():
    assert estimated_coverage(np.full((30, 40, 3), 9, np.uint8)).value == 0


def test_clutter_grows_with_what_stands_beside_the_object():
    rng = np.random.default_rng(0)
    image = np.full((240, 240, 3), 200, np.uint8)
    image[80:160, 80:160] = rng.integers(0, 255, (80, 80, 3))  # the object is no clutter
    box = Box(78, 78, 162, 162)
    found = [estimated_clutter(image, box).value]
    for n in range(3):
        image[10 : 40 + 20 * n, 10 + 70 * n : 50 + 70 * n] = rng.integers(0, 255, 3)
        found.append(estimated_clutter(image, box).value)
    assert found[0] == 0
    assert found == sorted(set(found))
