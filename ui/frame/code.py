"""What is on screen as a script and a command."""

from typing import TYPE_CHECKING

from ui.screens.perturb.selection import is_single, requests_of, set_request, surface_of
from ui.selection import ViewState

if TYPE_CHECKING:
    from core.exchange.snippets import Code
    from core.workbench import Workbench


def code_of(workbench: "Workbench", state: ViewState) -> "Code":
    """Return what does without the page what the selection shows.

    Raises:
        SettingsError: A recipe is replayed that is not saved.
    """
    fusion = state.fusion
    code = workbench.code
    if state.view == "annotate":
        return code.annotations()
    if state.view == "failures":
        return code.failures(fusion)
    if state.view == "perturb" and (made := _perturb_code(workbench, state)) is not None:
        return made
    if state.view == "pair" and state.query and state.candidate:
        return code.pair(state.query, state.candidate)
    if state.view in ("queries", "pair") and state.query:
        return code.query(state.query, fusion)
    return code.evaluation(fusion)


def _perturb_code(workbench: "Workbench", state: ViewState) -> "Code | None":
    """Return what makes the set's report, the surface or the curves; None where none is chosen."""
    if state.set_of is not None:
        return workbench.code.robustness(set_request(state, is_report=True))
    surface = surface_of(workbench, state)
    if surface is not None:
        return workbench.code.surface(surface)
    requests = requests_of(workbench, state)
    if not requests:
        return None
    if not state.scorers or not is_single(requests):
        return workbench.code.sweeps(requests)
    return workbench.code.sweeps(requests, workbench.robustness.rivals.known(state.scorers))
