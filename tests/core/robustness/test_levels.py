"""The table of the ten perturbations."""

import math

import pytest

from core.errors import SettingsError
from core.robustness.levels import SPECS, check_strength
from core.types.robustness import PERTURBATION_NAMES, PerturbationName

# DEFINITIONS 4: unit, neutral, strongest on each side, log2 axis.
TABLE = {
    "contrast": ("factor", 1.0, (0.05,), False),
    "brightness": ("share of full range", 0.0, (-0.8, 0.8), False),
    "rotation": ("degrees", 0.0, (180.0,), False),
    "scale": ("fraction of side", 1.0, (1 / 16,), True),
    "background scaling": ("factor", 1.0, (4.0,), True),
    "blur": ("sigma, % of long side", 0.0, (8.0,), False),
    "tiling": ("copies per side", 1.0, (8.0,), False),
    "noise": ("sigma, share of full range", 0.0, (0.6,), False),
    "clutter": ("pasted objects", 0.0, (12.0,), False),
    "occlusion": ("share of the object box", 0.0, (0.9,), False),
}


def test_the_ten_stand_in_the_order_of_the_definitions() -> None:
    assert tuple(SPECS) == PERTURBATION_NAMES == tuple(TABLE)


@pytest.mark.parametrize("name", PERTURBATION_NAMES)
def test_unit_neutral_ends_and_axis_are_those_of_the_definitions(name: PerturbationName) -> None:
    spec = SPECS[name]
    ends = {spec.levels[0], spec.levels[-1]} - {spec.neutral}
    assert (spec.unit, spec.neutral, tuple(sorted(ends)), spec.log_axis) == TABLE[name]


@pytest.mark.parametrize("name", PERTURBATION_NAMES)
def test_there_are_at_least_nine_levels_in_plotting_order_with_the_neutral_one(
    name: PerturbationName,
) -> None:
    levels = SPECS[name].levels
    assert len(set(levels)) == len(levels) >= 9
    assert SPECS[name].neutral in levels
    assert list(levels) in (sorted(levels), sorted(levels, reverse=True))


def test_brightness_has_as_many_levels_below_neutral_as_above() -> None:
    levels = SPECS["brightness"].levels
    assert levels == tuple(-level for level in reversed(levels))


@pytest.mark.parametrize("name", PERTURBATION_NAMES)
def test_every_level_of_the_table_is_allowed(name: PerturbationName) -> None:
    for level in SPECS[name].levels:
        check_strength(name, level)


@pytest.mark.parametrize("strength", [-0.01, 0.91, math.nan, math.inf])
def test_a_strength_beyond_the_ends_is_refused_with_the_range(strength: float) -> None:
    with pytest.raises(SettingsError, match=r"give 0 to 0\.9 \(share of the object box\)"):
        check_strength("occlusion", strength)


def test_half_an_object_of_clutter_is_refused() -> None:
    with pytest.raises(SettingsError, match="whole number"):
        check_strength("clutter", 2.5)
