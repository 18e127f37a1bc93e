"""The levels of a surface: five of each perturbation's own, or those that are asked for."""

from collections.abc import Sequence
from dataclasses import replace

from core.errors import SettingsError
from core.robustness.breaking import plotted
from core.robustness.levels import SPECS, check_levels
from core.types.robustness import PerturbationName, PerturbationSpec
from core.types.surfaces import SurfaceRequest

N_LEVELS = 5
MAX_LEVELS = 12


def surface_specs(request: SurfaceRequest) -> tuple[PerturbationSpec, PerturbationSpec]:
    """Return both perturbations with the levels of a request.

    Raises:
        SettingsError: Both are the same, or levels cannot be used.
    """
    if request.first == request.second:
        raise SettingsError(
            f"A surface needs two different perturbations; choose another beside {request.first}."
        )
    return (
        _spec(request.first, request.first_levels),
        _spec(request.second, request.second_levels),
    )


def _spec(name: PerturbationName, levels: Sequence[float] | None) -> PerturbationSpec:
    spec = SPECS[name]
    if levels is None:
        return replace(spec, levels=_five(spec))
    check_levels(name, levels)
    if len(levels) > MAX_LEVELS or len(set(levels)) < len(levels):
        raise SettingsError(
            f"The levels of {name} on a surface must be at most {MAX_LEVELS}, each once."
        )
    return replace(spec, levels=tuple(levels))


def _five(spec: PerturbationSpec) -> tuple[float, ...]:
    """Return five of the default levels, nearest to even places of the axis; of two the first."""
    ends = plotted(spec, spec.levels[0]), plotted(spec, spec.levels[-1])
    chosen: list[float] = []
    for step in range(N_LEVELS):
        place = ends[0] + step / (N_LEVELS - 1) * (ends[1] - ends[0])
        left = [level for level in spec.levels if level not in chosen]
        chosen.append(min(left, key=lambda level: round(abs(plotted(spec, level) - place), 9)))
    return tuple(level for level in spec.levels if level in chosen)
