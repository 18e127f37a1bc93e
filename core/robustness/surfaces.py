"""One pair under every combination of two perturbations."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.robustness.damaged import Make, SweepPair
from core.robustness.pasting import Perturbed
from core.robustness.perturbations import perturb_all
from core.robustness.surface_levels import surface_specs
from core.robustness.sweeps import Sweeper
from core.types.robustness import PerturbationName
from core.types.surfaces import ResponseSurface, SurfacePoint, SurfaceRequest


def surface(
    sweeper: Sweeper, request: SurfaceRequest, pair: SweepPair
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
    ground = sweeper.ground(request, pair)
    made = ResponseSurface(
        query_id=pair.query.image_id,
        candidate_id=pair.candidate.image_id,
        first=first,
        second=second,
        side=request.side,
        pair=request.pair,
        box=pair.box,
        seed=request.seed,
        points=(),
        hard_negative_margin=ground.hard.margin,
        hard_negative_cosine=ground.hard.cosine,
        n_ranked=len(ground.rivals),
        kind=sweeper.kind,
    )
    points = sweeper.points(request, pair, makers, ground)
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
    pair: SweepPair,
    strengths: tuple[float, float],
) -> Perturbed:
    steps: list[tuple[PerturbationName, float]] = [
        (request.first, strengths[0]),
        (request.second, strengths[1]),
    ]
    return perturb_all(image, steps, pair.box, request.seed, pair.cutouts)
