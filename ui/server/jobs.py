"""The server's routes of long work: a screen asks for it, anybody who sees it may stop it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError
from ui.server.responses import Tab, answer, body_up_to, refusal, refusing, said
from ui.shared.screen import Asked, Page, Screen, read_state

MAX_BYTES = 64 * 1024
_Body = Annotated[bytes | None, Depends(body_up_to(MAX_BYTES))]


class Wish(BaseModel):
    """What a screen's fields hold when it asks for work: texts by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    texts: dict[str, str] = Field(default_factory=dict)


class Named(BaseModel):
    """Which job is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    key: str


def add_job_routes(router: APIRouter, page: Page, screens: Sequence[Screen]) -> None:
    """Serve `job/SCREEN/NAME?selection`, and `jobs/...` for what is on the board already."""
    by_name = {(screen.name, job.name): job for screen in screens for job in screen.jobs}
    workbench = page.workbench

    @router.post("/job/{screen}/{name}")
    @refusing({SecondLookError: 422, ValidationError: 400}, said)
    def ask(request: Request, screen: str, name: str, body: _Body, x_tab: Tab = "") -> Response:
        job = by_name.get((screen, name))
        if job is None:
            return refusal("There is no such work.", 404)
        if body is None:
            return refusal("The text is too long.", 413)
        wish = Wish.model_validate_json(body or b"{}")
        state = read_state(workbench, request.url.query)
        return answer({"key": job.ask(page, state, Asked(x_tab, wish.texts))})

    _add_board_routes(router, page)


def _add_board_routes(router: APIRouter, page: Page) -> None:
    workbench = page.workbench

    @router.post("/jobs/prepare")
    @refusing({SecondLookError: 422})
    def prepare() -> Response:
        workbench.jobs.start_preparation()
        return answer({})

    @router.post("/jobs/pause")
    def pause() -> Response:
        workbench.jobs.cancel()
        return answer({})

    @router.post("/jobs/stop")
    @refusing({ValidationError: 400}, said)
    def stop(body: _Body, x_tab: Tab = "") -> Response:
        return answer({"stops": workbench.board.stop(_key(body), x_tab)})

    @router.post("/jobs/resume")
    @refusing({SecondLookError: 422, ValidationError: 400}, said)
    def resume(body: _Body, x_tab: Tab = "") -> Response:
        return answer({"goes_on": workbench.board.go_on(_key(body), x_tab)})

    @router.post("/jobs/drop")
    @refusing({ValidationError: 400}, said)
    def drop(body: _Body) -> Response:
        workbench.board.dismiss(_key(body))
        return answer({})

    @router.get("/jobs")
    def jobs(x_tab: Tab = "") -> Response:
        views = workbench.board.views(x_tab)
        preparing = workbench.jobs.status().state == "running"
        return answer({"is_active": preparing or any(view.is_active for view in views)})


def _key(body: bytes | None) -> str:
    return Named.model_validate_json(body or b"").key
