"""The server's route for runs as files: tables, TREC files, a picture, a page."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError, UnknownRunError
from core.types.saved import RunFileKind
from ui import messages
from ui.render.run_exports import FILE_KINDS

if TYPE_CHECKING:
    from core.workbench import Workbench


def add_run_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `run-files/RUN/KIND` as a download; the id is looked up and never made a path."""

    @router.get("/run-files/{run_id}/{kind}")
    def run_file(run_id: str, kind: str, against: str = "") -> Response:
        known: RunFileKind | None = next((name for name in FILE_KINDS if name == kind), None)
        if known is None:
            return _refusal("There is no such kind of file.", 404)
        try:
            made = workbench.saved.export(run_id, known, against or None)
        except UnknownRunError as error:
            return _refusal(messages.error_text(error), 404)
        except SecondLookError as error:
            return _refusal(messages.error_text(error), 422)
        return Response(
            made.data,
            media_type=made.media_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name, safe='')}",
                "Cache-Control": "no-store",
            },
        )


def _refusal(text: str, status: int) -> JSONResponse:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": "no-store"})
