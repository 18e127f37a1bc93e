"""The server's route for the table of trade-offs as CSV."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError

if TYPE_CHECKING:
    from core.workbench import Workbench


def add_tradeoff_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `tradeoff.csv`, the newest table, as a download."""

    @router.get("/tradeoff.csv")
    def tradeoff() -> Response:
        try:
            text = workbench.tradeoff.csv()
        except SecondLookError as error:
            return _refused(str(error))
        if text is None:
            return _refused("No trade-offs are measured in this workspace.")
        return Response(
            text,
            media_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": 'attachment; filename="tradeoff.csv"',
                "Cache-Control": "no-store",
            },
        )


def _refused(text: str) -> Response:
    return JSONResponse({"error": text}, 404, headers={"Cache-Control": "no-store"})
