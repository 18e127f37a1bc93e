"""Measure a surface of two perturbations, combination by combination."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.types.runs import Progress
from core.types.surfaces import ResponseSurface, SurfaceRequest
from ui.render.perturb_surface import render_surface
from ui.render.progress import render_done, render_scoring

if TYPE_CHECKING:
    from core.workbench import Workbench


def empty_surface(workbench: "Workbench", request: SurfaceRequest) -> str:
    """Return the grid before its first combination.

    Raises:
        SettingsError: The request makes no surface.
    """
    specs = workbench.robustness.surface_specs(request)
    return render_surface(specs, None, workbench.info.scorer)


def grow_surface(
    workbench: "Workbench", request: SurfaceRequest
) -> Iterator[tuple[Progress, ResponseSurface]]:
    """Yield how far it is and the surface so far; closing it stops within one combination.

    Raises:
        SecondLookError: See `RobustnessFacet.surface`.
    """
    stage = f"Measuring {request.first} and {request.second}"
    for surface in workbench.robustness.surface(request):
        done = len(surface.points)
        yield Progress(stage, done, surface.n_points, "combinations"), surface


def surface_views(
    progress: Progress, surface: ResponseSurface, seconds: tuple[float, float]
) -> tuple[str, str]:
    """Return the bar and the grid; at the end the bar tells seconds to the first and the last."""
    grid = render_surface((surface.first, surface.second), surface, surface.kind)
    if progress.done == progress.total:
        return render_done(progress, *seconds), grid
    return render_scoring(progress), grid
