"""The few endpoints that are public: typed, read-only, for `gradio_client` and plain HTTP.

Everything else of the page is private. With a login they need it too.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import api

from core.errors import SecondLookError
from core.types.orders import Fusion
from ui import messages
from ui.server.visitors import current_visitor

if TYPE_CHECKING:
    from core.workbench import Workbench

NAMES = ("ranking", "runs", "summary")
MAX_CANDIDATES = 1000


def add_api(workbench: "Workbench") -> None:
    """Add the endpoints to the page that is being built."""

    def summary(depth: int, lam: float = 0.0, gamma: float = 1.0) -> dict[str, Any]:
        """Return the means over the queries evaluated so far; empty before the first."""
        return summary_of(workbench, depth, lam, gamma)

    def ranking(
        query_id: str, depth: int, lam: float = 0.0, gamma: float = 1.0
    ) -> list[dict[str, Any]]:
        """Return a query's candidates after re-ranking, best first, from stored scores."""
        return ranking_of(workbench, query_id, depth, lam, gamma)

    def runs() -> list[dict[str, Any]]:
        """Return the saved runs, newest first."""
        return runs_of(workbench)

    for endpoint in (summary, ranking, runs):
        api(endpoint, api_name=endpoint.__name__, queue=False)


def summary_of(workbench: "Workbench", depth: int, lam: float, gamma: float) -> dict[str, Any]:
    """Return `Summary` as plain values, with its receipt."""
    _check(workbench, depth, lam, gamma)
    found = _told(lambda: workbench.runs.summary(Fusion(depth, lam, gamma)))
    receipt = workbench.runs.receipt(Fusion(depth, lam, gamma))
    return {} if found is None else {**asdict(found), "receipt": dict(receipt.fields)}


def ranking_of(
    workbench: "Workbench", query_id: str, depth: int, lam: float, gamma: float
) -> list[dict[str, Any]]:
    """Return every `Candidate` of a query's shortlist as plain values."""
    _check(workbench, depth, lam, gamma)
    fusion = Fusion(depth, lam, gamma)
    if not workbench.uploads.may_see(query_id, current_visitor()):
        raise gr.Error(messages.NO_SUCH_IMAGE, print_exception=False)
    view = _told(lambda: workbench.queries.inspect(query_id, fusion, MAX_CANDIDATES))
    return [asdict(candidate) for candidate in view.after]


def runs_of(workbench: "Workbench") -> list[dict[str, Any]]:
    """Return id, time, receipt and means of every run that can be read."""
    entries = _told(workbench.saved.entries).entries
    return [
        {
            "run_id": entry.run_id,
            "created_at": entry.report.created_at,
            "receipt": dict(entry.report.receipt.fields),
            "summary": asdict(entry.report.summary),
        }
        for entry in entries
        if entry.report is not None
    ]


def _check(workbench: "Workbench", depth: int, lam: float, gamma: float) -> None:
    most = workbench.info.max_depth
    if not 1 <= depth <= most:
        raise gr.Error(f"depth must lie between 1 and {most}.", print_exception=False)
    if not (0.0 <= lam <= 1.0 and 0.0 < gamma < float("inf")):
        raise gr.Error("lam must lie in [0, 1] and gamma above 0.", print_exception=False)


def _told(call: Any) -> Any:  # noqa: ANN401
    """Return what `call` returns; an expected failure reaches the caller as its sentence."""
    try:
        return call()
    except SecondLookError as error:
        raise gr.Error(messages.error_text(error), print_exception=False) from error
