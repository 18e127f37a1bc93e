"""The route that saves a wording of the prompt lab; the form comes back."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from ui.screens.pair.trials import save
from ui.server.responses import body_up_to, html_answer, refusal
from ui.shared.screen import Page

MAX_BYTES = 16 * 1024
_TEXTS = TypeAdapter(dict[str, str])
_Body = Annotated[bytes | None, Depends(body_up_to(MAX_BYTES))]


def add_routes(router: APIRouter, page: Page) -> None:
    """Take the form's texts by name: `{"name": ..., "question": ..., "layout": ...}`."""

    @router.post("/prompts")
    def prompts(body: _Body) -> Response:
        try:
            texts = _TEXTS.validate_json(body or b"")
        except ValidationError:
            return refusal("A wording is saved by its name, question and layout.", 422)
        return html_answer(save(page, texts))
