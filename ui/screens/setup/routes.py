"""The server's routes of the setting: which one it is, checking a wish, and asking for it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, ClassVar

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from core.errors import ManifestError, SecondLookError, SettingsError
from core.types.corpus_report import CorpusPreview
from core.types.setting import SettingWish
from ui import messages
from ui.screens.setup import file_words, words
from ui.screens.setup.corpus import ReopeningContext, add_label_route
from ui.screens.setup.pipeline import add_pipeline_route
from ui.server.responses import answer, body_up_to, html_answer

if TYPE_CHECKING:
    from ui.shared.screen import Page

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


class _Folder(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    folder: _Text


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a wish needs; `is_ready` where it may be used."""

    template: ClassVar[str] = "setup/check.html"
    lines: list[str]
    is_ready: bool


@dataclass(frozen=True, slots=True)
class PreviewContext:
    """What a folder would be opened as, and the button that opens it."""

    template: ClassVar[str] = "setup/preview.html"
    preview: CorpusPreview
    file_words: ModuleType = file_words


@dataclass(frozen=True, slots=True)
class FaultsContext:
    """Why a wish cannot be granted, one sentence each."""

    template: ClassVar[str] = "setup/faults.html"
    faults: tuple[str, ...]


def add_routes(router: APIRouter, page: "Page") -> None:
    """Serve `setting` and what is below it, and `corpus/labels`."""
    add_label_route(router, page)
    add_pipeline_route(router, page)
    facts = page.workbench.setting.present()

    @router.get("/setting")
    def setting() -> Response:
        return answer({"setting": facts.setting_id, "text": words.moved_text(facts)})

    @router.post("/setting/check")
    def check(body: _Body) -> Response:
        return _answer(page, lambda: _check(page, _wish(body)))

    @router.post("/setting/folder")
    def folder(body: _Body) -> Response:
        return _answer(page, lambda: _look(page, body))

    @router.post("/setting")
    def switch(body: _Body) -> Response:
        return _answer(page, lambda: _switch(page, _wish(body)))


def _answer(page: "Page", make: Callable[[], Markup]) -> Response:
    try:
        return html_answer(make())
    except ManifestError as error:
        return html_answer(page.html(FaultsContext((messages.error_text(error), *error.faults))))
    except SecondLookError as error:
        faults = error.faults or (messages.error_text(error),)
        return html_answer(page.html(FaultsContext(tuple(faults))))


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


def _check(page: "Page", wish: SettingWish) -> Markup:
    check = page.workbench.setting.check(wish)
    if check.faults:
        return page.html(FaultsContext(check.faults))
    return page.html(CheckContext(words.check_lines(check), not check.is_present))


def _switch(page: "Page", wish: SettingWish) -> Markup:
    page.workbench.setting.request(wish)
    return page.html(ReopeningContext("setting", "Starting again with this setting …"))


def _look(page: "Page", body: bytes | None) -> Markup:
    try:
        name = _Folder.model_validate_json(body or b"").folder
    except ValidationError as error:
        raise SettingsError(_UNREADABLE) from error
    return page.html(PreviewContext(page.workbench.folders.look(name)))
