"""The table of the ten perturbations: unit, neutral strength, default levels, axis."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.errors import SettingsError
from core.types.robustness import Damage, PerturbationName, PerturbationSpec

# Half and quarter octaves: evenly spaced on the log2 axis on which they are plotted.
_HALF_OCTAVES = tuple(2.0 ** (-step / 2) for step in range(9))
_QUARTER_OCTAVES = tuple(2.0 ** (step / 4) for step in range(9))

_TABLE = (
    PerturbationSpec("contrast", "factor", 1.0, (1.0, 0.8, 0.6, 0.45, 0.3, 0.2, 0.15, 0.1, 0.05)),
    PerturbationSpec(
        "brightness",
        "share of full range",
        0.0,
        (-0.8, -0.6, -0.45, -0.3, -0.15, 0.0, 0.15, 0.3, 0.45, 0.6, 0.8),
    ),
    PerturbationSpec(
        "rotation", "degrees", 0.0, (0.0, 15.0, 30.0, 45.0, 60.0, 90.0, 120.0, 150.0, 180.0)
    ),
    PerturbationSpec("scale", "fraction of side", 1.0, _HALF_OCTAVES, log_axis=True),
    PerturbationSpec("background scaling", "factor", 1.0, _QUARTER_OCTAVES, log_axis=True),
    PerturbationSpec(
        "blur", "sigma, % of long side", 0.0, (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
    ),
    # Whole numbers give a grid of complete copies; between them the last row and column are cut.
    PerturbationSpec(
        "tiling", "copies per side", 1.0, (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
    ),
    PerturbationSpec(
        "noise",
        "sigma, share of full range",
        0.0,
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6),
    ),
    PerturbationSpec(
        "clutter", "pasted objects", 0.0, (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0)
    ),
    PerturbationSpec(
        "occlusion",
        "share of the object box",
        0.0,
        (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    ),
)

SPECS: Mapping[PerturbationName, PerturbationSpec] = MappingProxyType(
    {spec.name: spec for spec in _TABLE}
)
"""The ten in the order of DEFINITIONS 4, which is also the order in which they are combined."""


def check_strength(name: PerturbationName, strength: float) -> None:
    """Refuse a strength beyond the table's ends, or a part of an object for clutter.

    Raises:
        SettingsError: Says what is allowed.
    """
    spec = SPECS[name]
    weakest, strongest = min(spec.levels), max(spec.levels)
    if not (math.isfinite(strength) and weakest <= strength <= strongest):
        raise SettingsError(
            f"Strength {strength:g} of {name} is out of range; give {weakest:g} to "
            f"{strongest:g} ({spec.unit})."
        )
    if name == "clutter" and strength != int(strength):
        raise SettingsError(
            f"Clutter of {strength:g} objects cannot be pasted; give a whole number."
        )


def check_damage(damage: Damage) -> None:
    """Refuse a damaged candidate that retrieves.

    Raises:
        SettingsError: One sentence.
    """
    if damage.retrieve_again and damage.side == "candidate":
        raise SettingsError(
            "Only a damaged query is looked up again; damage the query side, or leave out "
            "retrieving again."
        )


def check_levels(name: PerturbationName, levels: Sequence[float]) -> None:
    """Refuse levels that are no numbers or lack the neutral one.

    Raises:
        SettingsError: One sentence that names them.
    """
    spec = SPECS[name]
    if not levels or not all(math.isfinite(level) for level in levels):
        raise SettingsError(f"The levels of {name} must be numbers; leave them out instead.")
    if spec.neutral not in levels:
        raise SettingsError(
            f"The levels of {name} must hold the neutral one, {spec.neutral:g} {spec.unit}."
        )
