"""The server's route for the screen as code, asked for when its panel is opened."""

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.errors import SecondLookError
from ui import messages
from ui.perturb_requests import is_single, requests_of, surface_of
from ui.render.code import render_code
from ui.selection import ViewState
from ui.server.responses import html_answer
from ui.set_requests import set_request
from ui.shared.screen import read_state
from ui.shared.text import esc

if TYPE_CHECKING:
    from core.exchange.snippets import Code
    from core.workbench import Workbench


def add_code_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `code?ADDRESS`: the screen of that address as a script and a command."""

    @router.get("/code")
    def code(request: Request) -> Response:
        state = read_state(workbench, request.url.query)
        try:
            made = code_of(workbench, state)
            html = f'<p class="sl-sub">{messages.ONE_AT_A_TIME}</p>'
            html = f"{html}{render_code(made.shell, made.python)}"
        except SecondLookError as error:
            html = f'<p class="sl-sub">{esc(messages.error_text(error))}</p>'
        return html_answer(html)


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
