"""The corpus on the Setup screen: what was found in its folder, whose labels, and the uploads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from core.errors import SecondLookError
from core.types.corpus import ImageRecord
from core.types.corpus_report import CorpusReport
from ui.screens.setup import words
from ui.selection import ViewState
from ui.server.responses import body_up_to, html_answer, refusing, said
from ui.shared.screen import Page

if TYPE_CHECKING:
    from core.workbench import WorkbenchInfo

_Body = Annotated[bytes | None, Depends(body_up_to(1024))]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    folders: Literal["confirmed", "dropped"]


@dataclass(frozen=True, slots=True)
class CorpusContext:
    """What was found in the open folder, and the folders that can be opened instead."""

    template: ClassVar[str] = "setup/corpus.html"
    info: "WorkbenchInfo"
    report: CorpusReport
    folders: Sequence[str]


@dataclass(frozen=True, slots=True)
class UploadsContext:
    """The visitor's own uploads, each kept for some days."""

    template: ClassVar[str] = "setup/uploads.html"
    records: tuple[ImageRecord, ...]
    days: float


@dataclass(frozen=True, slots=True)
class ReopeningContext:
    """What stands there while the server starts again; the script then loads the page anew."""

    template: ClassVar[str] = "setup/reopening.html"
    kind: str
    text: str


def show_corpus(page: Page, _state: ViewState) -> Markup:
    """Return what was found in the open folder; it is walked once, see `CorpusFacet.report`."""
    workbench = page.workbench
    report, choices = workbench.corpus.report(), workbench.folders.choices()
    return page.html(CorpusContext(workbench.info, report, choices))


def show_uploads(page: Page, state: ViewState) -> Markup:
    """Return the visitor's uploads, each with the button that removes it."""
    uploads = page.workbench.uploads
    return page.html(UploadsContext(uploads.records(state.visitor), uploads.days))


def add_label_route(router: APIRouter, page: Page) -> None:
    """Take the decision whether folder names are labels: `POST corpus/labels`."""
    workbench = page.workbench

    @router.post("/corpus/labels")
    @refusing({SecondLookError: 422, ValidationError: 400}, said)
    def decide(body: _Body) -> Response:
        decision = _Decision.model_validate_json(body or b"").folders
        if decision == "confirmed":
            workbench.corpus.confirm_labels()
        else:
            workbench.corpus.drop_labels()
        if not workbench.reopening.switch.is_set():
            return html_answer("")
        return html_answer(page.html(ReopeningContext("labels", words.reopening_text(decision))))
