"""Composed queries whose order rests on their text alone, or on their image alone."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.composed import IGNORED, Ignored, PartsReport, QueryParts
from core.types.jobs import JobView
from ui.selection import ViewState
from ui.shared.screen import Asked, Page

N_LISTED = 24
"""Queries of a class that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class PartsContext:
    """What the orders rest on, by class with the first queries of each; `job` measures it."""

    template: ClassVar[str] = "failures/parts.html"
    report: PartsReport
    classes: tuple[tuple[Ignored, int, tuple[QueryParts, ...]], ...]
    job: JobView | None


def show_parts(page: Page, state: ViewState) -> Markup | None:
    """Return which composed queries ignore a half of the question; None where there is none."""
    parts = page.workbench.parts
    if not parts.queries:
        return None
    task = page.workbench.work.ask_in_parts(state.fusion)
    report = task.result() or parts.report(state.fusion)
    classes = tuple(_class(report, name) for name in IGNORED)
    return page.html(PartsContext(report, classes, task.view()))


def _class(report: PartsReport, name: Ignored) -> tuple[Ignored, int, tuple[QueryParts, ...]]:
    found = report.members(name)
    return name, len(found), found[:N_LISTED]


def ask_in_parts(page: Page, state: ViewState, asked: Asked) -> str:
    """Score every composed query as it is, by its image alone and by its text alone."""
    return asked.start(page.workbench.work.ask_in_parts(state.fusion), state)
