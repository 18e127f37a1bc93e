"""One pair under every combination of the levels of two perturbations."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError
from core.robustness.breaking import plotted
from core.robustness.levels import SPECS, check_levels
from core.types.robustness import PerturbationName, PerturbationSpec
from core.types.surfaces import ResponseSurface, SurfacePoint, SurfaceRequest

if TYPE_CHECKING:  # heavy: perturbations
    from core.robustness.damaged import Make, SweepPair
    from core.robustness.pasting import Perturbed
    from core.robustness.sweeps import Sweeper

N_LEVELS = 5
MAX_LEVELS = 12


def surface(
    sweeper: "Sweeper", request: SurfaceRequest, pair: "SweepPair"
) -> Iterator[ResponseSurface]:
    """Yield the surface after every combination; closing the generator stops within one.

    Raises:
        SettingsError: The request cannot be used.
        ImageError: An image cannot be decoded.
        ModelError: The model failed.
    """
    first, second = surface_specs(request)
    strengths = [(one, other) for one in first.levels for other in second.levels]
    makers: dict[tuple[float, ...], Make] = {
        at: partial(_damaged, request=request, pair=pair, strengths=at) for at in strengths
    }
    ground = sweeper.ground(request.damage, pair)
    made = ResponseSurface(
        query_id=pair.query.image_id,
        candidate_id=pair.candidate.image_id,
        first=first,
        second=second,
        damage=request.damage,
        box=pair.box,
        points=(),
        hard_negative_margin=ground.hard.margin,
        hard_negative_cosine=ground.hard.cosine,
        n_ranked=len(ground.rivals),
        kind=sweeper.kind,
    )
    points = sweeper.points(request.damage, pair, makers, ground)
    for (one, other), point in zip(strengths, points, strict=True):
        assert point.margin is not None, "a damaged image is scored or fails"
        assert point.cosine is not None, "a damaged image is described"
        assert point.rank is not None, "a scored pair has a rank"
        new = SurfacePoint(one, other, point.margin, point.probability, point.cosine, point.rank)
        made = replace(made, points=(*made.points, new))
        yield made


def _damaged(
    image: NDArray[np.uint8],
    *,
    request: SurfaceRequest,
    pair: "SweepPair",
    strengths: tuple[float, float],
) -> "Perturbed":
    from core.robustness.perturbations import perturb_all

    steps: list[tuple[PerturbationName, float]] = [
        (request.first, strengths[0]),
        (request.second, strengths[1]),
    ]
    return perturb_all(image, steps, pair.box, request.damage.seed, pair.cutouts)


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
