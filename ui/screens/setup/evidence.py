"""Fits of evidence on the Setup screen: what each reaches, and a new one from labels."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.errors import StaleIndexError
from core.types.evidence import EvidenceFit
from core.types.pipelines import PipelineCheck
from ui import messages
from ui.selection import ViewState
from ui.shared.job_bar import Line, job_line
from ui.shared.screen import Asked, Page

_FIELD = "fit"


@dataclass(frozen=True, slots=True)
class FitRow:
    """A fit, and whether a pipeline of it can be used here."""

    fit: EvidenceFit
    check: PipelineCheck


@dataclass(frozen=True, slots=True)
class EvidenceContext:
    """The fits, the work on new ones, and why nothing can be fitted; `problem` is a broken file."""

    template: ClassVar[str] = "setup/evidence.html"
    rows: tuple[FitRow, ...]
    lines: tuple[Line, ...]
    obstacle: str
    problem: str
    field: str = _FIELD


def show_evidence(page: Page, state: ViewState) -> Markup:
    """Return the fits of evidence, and what makes another one where there is ground truth."""
    workbench = page.workbench
    rows, problem = (), ""
    try:
        rows = tuple(
            FitRow(fit, workbench.pipelines.check(f"evidence:{fit.name}@{fit.fitted_on.depth}"))
            for fit in workbench.evidence.fits()
        )
    except StaleIndexError as error:
        problem = messages.error_text(error)
    standing = workbench.runs.state(state.fusion)
    views = workbench.work.of_kind("fit")
    return page.html(
        EvidenceContext(
            rows=rows,
            lines=tuple(
                job_line(view)
                for view in views
                if view.is_active or view.state in ("stopped", "failed")
            ),
            obstacle="" if standing.is_measurable else standing.text,
            problem=problem,
        )
    )


def ask_fit(page: Page, state: ViewState, asked: Asked) -> str:
    """Fit evidence under the name in the form, on the bench's board; return the job's key."""
    name = page.workbench.evidence.new_name(asked.texts.get(_FIELD, ""))
    return asked.start(page.workbench.work.fit_evidence(name), state)
