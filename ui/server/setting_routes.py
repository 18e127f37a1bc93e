"""The server's routes for the setting: which one it is, what may be chosen, and asking for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from core.errors import SecondLookError, SettingsError
from core.types.setting import SettingWish
from ui import messages
from ui.render.setting import (
    render_check,
    render_faults,
    render_form,
    render_moved,
    render_switching,
)
from ui.server.responses import answer, body_up_to, html_answer

if TYPE_CHECKING:
    from core.workbench import Workbench

_UNREADABLE = "This cannot be read as a setting; reload the page and choose again."
_TOO_LARGE = "This is more text than a setting has; shorten the question."
_Body = Annotated[bytes | None, Depends(body_up_to(32 * 1024))]
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
        return answer({"setting": facts.setting_id, "text": render_moved(facts)})

    @router.get("/setting/form")
    def form() -> Response:
        return _answer(lambda: _form(workbench))

    @router.post("/setting/check")
    def check(body: _Body) -> Response:
        return _answer(lambda: render_check(workbench.setting.check(_wish(body))))

    @router.post("/setting")
    def switch(body: _Body) -> Response:
        return _answer(lambda: _switch(workbench, _wish(body)))


def _answer(make: Callable[[], str]) -> Response:
    try:
        return html_answer(make())
    except SecondLookError as error:
        return html_answer(render_faults(error.faults or (messages.error_text(error),)))


def _wish(body: bytes | None) -> SettingWish:
    """Return the wish in a body.

    Raises:
        SettingsError: There is none, or it is too long.
    """
    if body is None:
        raise SettingsError(_TOO_LARGE)
    try:
        return SettingWish(**_Wish.model_validate_json(body).model_dump())
    except ValidationError as error:
        is_long = any(fault["type"] == "string_too_long" for fault in error.errors())
        raise SettingsError(_TOO_LARGE if is_long else _UNREADABLE) from error


def _form(workbench: "Workbench") -> str:
    setting = workbench.setting
    facts = setting.present()
    if facts.refusal is not None:
        return render_faults((facts.refusal,))
    prompts = workbench.prompts.all()
    return render_form(setting.wish(), setting.models(), prompts, setting.sizes())


def _switch(workbench: "Workbench", wish: SettingWish) -> str:
    workbench.setting.request(wish)
    return render_switching()
