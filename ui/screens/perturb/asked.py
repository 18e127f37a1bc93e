"""The long work that the Perturb screen asks for; parts read what it has found from the board."""

from core.errors import SettingsError
from ui.screens.perturb.measured import DEPTH, level_image_id, single
from ui.screens.perturb.selection import requests_of, set_request, surface_of
from ui.selection import ViewState
from ui.shared.screen import Asked, Page

NOTHING = "Choose a query first."


def ask_sweep(page: Page, state: ViewState, asked: Asked) -> str:
    """Measure the curves that the selection asks for; return the job's key.

    Raises:
        SettingsError: No query is chosen, or there is no such recipe or scorer.
    """
    requests = requests_of(page.workbench, state)
    if not requests:
        raise SettingsError(NOTHING)
    return asked.start(page.workbench.work.sweep(requests, state.scorers), state)


def ask_surface(page: Page, state: ViewState, asked: Asked) -> str:
    """Measure the surface that the selection asks for; return the job's key.

    Raises:
        SettingsError: No second perturbation is chosen, or there is no such recipe.
    """
    request = surface_of(page.workbench, state)
    if request is None:
        raise SettingsError("Choose a query and two perturbations first.")
    return asked.start(page.workbench.work.surface(request), state)


def ask_look(page: Page, state: ViewState, asked: Asked) -> str:
    """Score the shortlist of the damaged query at the level looked at; return the job's key.

    Raises:
        SecondLookError: No single sweep of a query is shown, or the image cannot be kept.
    """
    request = single(page, state)
    if request is None:
        raise SettingsError(NOTHING)
    image_id = level_image_id(page, state, request)
    return asked.start(page.workbench.work.score(image_id, DEPTH), state)


def ask_set(page: Page, state: ViewState, asked: Asked) -> str:
    """Measure one perturbation on the set that the selection names; return the job's key.

    Raises:
        SettingsError: No set is chosen.
    """
    _require_set(state)
    task = page.workbench.work.measure_set(set_request(state, is_report=False))
    return asked.start(task, state)


def ask_report(page: Page, state: ViewState, asked: Asked) -> str:
    """Make the report of all ten on the set; return the job's key.

    Raises:
        SettingsError: No set is chosen.
    """
    _require_set(state)
    return asked.start(page.workbench.work.report(set_request(state, is_report=True)), state)


def _require_set(state: ViewState) -> None:
    if state.set_of is None:
        raise SettingsError("Choose a set of queries first.")
