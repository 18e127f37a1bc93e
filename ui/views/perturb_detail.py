"""The level looked at: its picture and rank in words, and the damaged query's own shortlist."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.orders import Fusion
from core.types.rankings import QueryView
from core.types.robustness import ResponseCurve
from core.types.runs import Progress
from core.types.surfaces import ResponseSurface
from ui import messages
from ui.perturb_requests import is_single, level_at, requests_of, spec_of
from ui.render.perturb_levels import render_point
from ui.render.progress import render_problem, render_scoring
from ui.render.query_panel import render_nothing
from ui.selection import ViewState
from ui.server.images import level_url
from ui.shared.screen import read_state
from ui.shared.strips import strip
from ui.shared.templates import make_environment, render
from ui.shared.text import ThumbnailUrls

if TYPE_CHECKING:
    from core.workbench import Workbench

DEPTH = 20
"""How many candidates of the damaged query's shortlist are re-ranked, as in the sweep."""


def tell(
    workbench: "Workbench",
    urls: ThumbnailUrls,
    address: str | None,
    curves: tuple[ResponseCurve, ...] | tuple[ResponseSurface],
) -> object:
    """Return the level looked at: picture, rank in words, numbers.

    Inputs: address, curves. Outputs: point.
    """
    state = read_state(workbench, address)
    if state.view != "perturb":
        return gr.skip()
    if not state.detail or len(curves) != 1 or isinstance(curves[0], ResponseSurface):
        return ""
    try:
        requests = requests_of(workbench, state)
    except SecondLookError:  # said above the curves already
        return ""
    if not is_single(requests) or requests[0].query_id != curves[0].query_id:
        return ""
    level = level_at(curves[0].spec, state.strength)
    return render_point(curves[0], level, level_url(requests[0], urls))


def look(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, looking: str
) -> Iterator[tuple[object, object, object]]:
    """Yield the damaged query's strips while its pairs are scored; closing it stops in a batch.

    Inputs: address, looking. Outputs: detail bar, before, after.
    """
    state = read_state(workbench, address)
    if not looking or not state.detail or state.view != "perturb":
        yield "", "", ""
        return
    try:
        requests = requests_of(workbench, state)
        if not is_single(requests) or requests[0].damage.side != "query":
            yield "", "", ""
            return
        yield (
            render_scoring(Progress("Searching with the damaged image", 0, DEPTH, "pairs")),
            "",
            "",
        )
        level = level_at(spec_of(workbench, requests[0]), state.strength)
        image_id = workbench.robustness.level_query(requests[0], level)
        view = _inspect(workbench, state, image_id)
        if not view.n_shortlist:
            yield render_nothing(messages.NO_INDEX), "", ""
            return
        for progress in workbench.queries.score(image_id, DEPTH):
            view = _inspect(workbench, state, image_id)
            yield render_scoring(progress), *_strips(view, urls)
        yield "", *_strips(_inspect(workbench, state, image_id), urls)
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip(), gr.skip()


def show_stopped() -> str:
    """Return the detail's bar after Stop. Inputs: none. Outputs: detail bar."""
    return render_problem("Stopped; the pairs without a score keep their places.")


def _inspect(workbench: "Workbench", state: ViewState, image_id: str) -> QueryView:
    return workbench.queries.inspect(image_id, Fusion(DEPTH, state.lam, state.gamma), DEPTH)


def _strips(view: QueryView, urls: ThumbnailUrls) -> tuple[str, str]:
    templates = make_environment(urls, {})
    before, after = (strip(view, side, grows=False) for side in ("before", "after"))
    return render(templates, before), render(templates, after)
