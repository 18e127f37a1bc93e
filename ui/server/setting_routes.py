"""The server's routes for the setting: which one it is, what may be chosen, and asking for it."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.errors import SecondLookError
from core.types.setting import SettingWish
from ui import messages
from ui.render.setting import (
    render_check,
    render_faults,
    render_form,
    render_moved,
    render_switching,
)
from ui.server.bodies import read_body

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_WISH_BYTES = 32 * 1024
_FRESH = {"Cache-Control": "no-store"}
_UNREADABLE = "This cannot be read as a setting; reload the page and choose again."
_TOO_LARGE = "This is more text than a setting has; shorten the question."
_Text = Annotated[str, Field(max_length=10_000)]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    model: _Text
    question: _Text
    layout: _Text
    compression: _Text


def add_setting_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `setting` and what is below it."""
    facts = workbench.setting.present()

    @router.get("/setting")
    def setting() -> Response:
        fields = {"setting": facts.setting_id, "text": render_moved(facts)}
        return JSONResponse(fields, headers=_FRESH)

    @router.get("/setting/form")
    def form() -> Response:
        return _answer(_form(workbench))

    @router.post("/setting/check")
    async def check(request: Request) -> Response:
        wish = _read(await read_body(request, MAX_WISH_BYTES))
        if isinstance(wish, str):
            return _answer(render_faults((wish,)))
        return _answer(await run_in_threadpool(_check, workbench, wish))

    @router.post("/setting")
    async def switch(request: Request) -> Response:
        wish = _read(await read_body(request, MAX_WISH_BYTES))
        if isinstance(wish, str):
            return _answer(render_faults((wish,)))
        return _answer(await run_in_threadpool(_switch, workbench, wish))


def _read(body: bytes | None) -> SettingWish | str:
    """Return the wish in a body, or one sentence about why there is none."""
    if body is None:
        return _TOO_LARGE
    try:
        return SettingWish(**_Wish.model_validate_json(body).model_dump())
    except ValidationError as error:
        is_long = any(fault["type"] == "string_too_long" for fault in error.errors())
        return _TOO_LARGE if is_long else _UNREADABLE


def _form(workbench: "Workbench") -> str:
    setting = workbench.setting
    facts = setting.present()
    if facts.refusal is not None:
        return render_faults((facts.refusal,))
    try:
        prompts = workbench.prompts.all()
        return render_form(setting.wish(), setting.models(), prompts, setting.sizes())
    except SecondLookError as error:
        return render_faults((messages.error_text(error),))


def _check(workbench: "Workbench", wish: SettingWish) -> str:
    try:
        return render_check(workbench.setting.check(wish))
    except SecondLookError as error:
        return render_faults((messages.error_text(error),))


def _switch(workbench: "Workbench", wish: SettingWish) -> str:
    try:
        workbench.setting.request(wish)
    except SecondLookError as error:
        return render_faults(error.faults or (messages.error_text(error),))
    return render_switching()


def _answer(html: str) -> Response:
    return HTMLResponse(html, headers=_FRESH)
