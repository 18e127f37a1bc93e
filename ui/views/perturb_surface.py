"""The surface of two perturbations while it is measured, combination by combination."""

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


def surface_views(
    progress: Progress, surface: ResponseSurface, seconds: tuple[float, float]
) -> tuple[str, str]:
    """Return the bar and the grid; at the end the bar tells seconds to the first and the last."""
    grid = render_surface((surface.first, surface.second), surface, surface.kind)
    if progress.done == progress.total:
        return render_done(progress, *seconds), grid
    return render_scoring(progress), grid
