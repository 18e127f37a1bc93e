"""The server's routes for files to download: runs, first stage, recipes, reports, trade-offs."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from core.errors import SecondLookError, UnknownRunError
from core.types.saved import RunFileKind
from ui.screens.perturb.selection import find_recipe
from ui.screens.runs.words import FILE_KINDS
from ui.server.responses import FRESH, attachment, refusal, refusing

if TYPE_CHECKING:
    from core.workbench import Workbench


def add_download_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve each as a download; ids and names are looked up and never made a path."""
    _add_first_stage(router, workbench)

    @router.get("/run-files/{run_id}/{kind}")
    @refusing({UnknownRunError: 404, SecondLookError: 422})
    def run_file(run_id: str, kind: str, against: str = "") -> Response:
        known: RunFileKind | None = next((name for name in FILE_KINDS if name == kind), None)
        if known is None:
            return refusal("There is no such kind of file.", 404)
        made = workbench.saved.export(run_id, known, against or None)
        return attachment(made.data, made.name, made.media_type)

    @router.get("/recipe")
    @refusing({SecondLookError: 404})
    def recipe(name: str = "") -> Response:
        text = workbench.robustness.save_recipe(find_recipe(workbench, name))
        return attachment(text, f"{name}.json", "application/json")

    @router.get("/robustness/{receipt_id}/{name}")
    @refusing({SecondLookError: 404})
    def report_file(receipt_id: str, name: str) -> Response:
        path = workbench.set_sweeps.kept(receipt_id, name)
        return FileResponse(path, filename=name, headers=FRESH)

    @router.get("/tradeoff.csv")
    @refusing({SecondLookError: 404})
    def tradeoff() -> Response:
        text = workbench.tradeoff.csv()
        if text is None:
            return refusal("No trade-offs are measured in this workspace.", 404)
        headers = {"Content-Disposition": 'attachment; filename="tradeoff.csv"', **FRESH}
        return Response(text, media_type="text/csv", headers=headers)


def _add_first_stage(router: APIRouter, workbench: "Workbench") -> None:
    @router.get("/first-stage/{what}/{ending}")
    @refusing({SecondLookError: 422})
    def first_stage(what: str, ending: str) -> Response:
        files = workbench.first_stage.files()
        known = next((f for f in files if (f.what, f.ending) == (what, f".{ending}")), None)
        if known is None:
            return refusal("There is no such file.", 404)
        made = workbench.first_stage.file(known.what, known.ending)
        return attachment(made.data, made.name, made.media_type)
