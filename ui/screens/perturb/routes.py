"""The route of recipes: one is saved or imported, and the panel comes back."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ui.screens.perturb.recipes import fulfil
from ui.server.responses import body_up_to, html_answer, refusal
from ui.shared.screen import Page, read_state

MAX_BYTES = 2 * 1024 * 1024
"""A recipe of 1 MiB, written as JSON inside JSON."""
_Body = Annotated[bytes | None, Depends(body_up_to(MAX_BYTES))]


def add_routes(router: APIRouter, page: Page) -> None:
    """Take `{"name": NAME}`, which saves what the selection shows, or `{"text": RECIPE}`."""

    @router.post("/recipes")
    def recipes(request: Request, body: _Body) -> Response:
        wish = _wish(body)
        if wish is None:
            return refusal("A recipe is saved by its name or imported from a JSON file.", 422)
        return html_answer(fulfil(page, read_state(page.workbench, request.url.query), wish))


def _wish(body: bytes | None) -> dict[str, Any] | None:
    """Return what the body asks for; it comes from the browser and is not trusted."""
    try:
        document: Any = json.loads(body or b"")
    except ValueError:
        return None
    is_wish = isinstance(document, dict) and ("name" in document or "text" in document)
    return document if is_wish else None
