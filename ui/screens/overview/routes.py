"""The route that keeps the numbers on screen as a run."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError, WorkspaceError
from ui.server.responses import answer, refusing
from ui.shared.screen import read_state

if TYPE_CHECKING:
    from core.workbench import Workbench


def add_keep_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `runs/keep?selection`: POST files the numbers of this selection, once."""

    @router.post("/runs/keep")
    @refusing({WorkspaceError: 507, SecondLookError: 422})
    def keep(request: Request) -> Response:
        state = read_state(workbench, request.url.query)
        return answer({"run": workbench.runs.keep(state.fusion).run_id})
