"""The corpus on the Setup screen: what was found in its folder, whose labels, and the uploads."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from core.errors import SecondLookError
from core.types.corpus import ImageRecord
from core.types.corpus_report import CorpusReport
from ui.screens.setup import file_words, words
from ui.selection import ViewState
from ui.server.responses import body_up_to, html_answer, refusing, said
from ui.shared.job_bar import Line, job_line
from ui.shared.screen import Asked, Page

if TYPE_CHECKING:
    from core.workbench import WorkbenchInfo

_Body = Annotated[bytes | None, Depends(body_up_to(1024))]


class _Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    folders: Literal["confirmed", "dropped"]


@dataclass(frozen=True, slots=True)
class CorpusContext:
    """What was found in the open folder."""

    template: ClassVar[str] = "setup/corpus.html"
    info: "WorkbenchInfo"
    report: CorpusReport


@dataclass(frozen=True, slots=True)
class ChooserContext:
    """The folders that can be opened instead."""

    template: ClassVar[str] = "setup/chooser.html"
    folders: Sequence[str]


@dataclass(frozen=True, slots=True)
class OpeningContext:
    """The work on opening another corpus; while it goes on, the script waits for the server."""

    template: ClassVar[str] = "setup/opening.html"
    title: str
    line: Line | None
    is_waited_for: bool
    file_words: ModuleType = file_words


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
    return page.html(CorpusContext(workbench.info, workbench.corpus.report()))


def show_chooser(page: Page, _state: ViewState) -> Markup:
    """Return the folders that may be opened; each is looked at first."""
    return page.html(ChooserContext(page.workbench.folders.choices()))


def show_opening(page: Page, _state: ViewState) -> Markup | None:
    """Return how far another corpus is read, None where none was asked for."""
    view = next(iter(page.workbench.work.of_kind("open")), None)
    if view is None:
        return None
    line = None if view.state == "done" else job_line(view)
    is_waited_for = view.is_active or page.workbench.reopening.switch.is_set()
    return page.html(OpeningContext(view.title, line, is_waited_for))


def ask_opening(page: Page, state: ViewState, asked: Asked) -> str:
    """Read the corpus that the form names, and then open it; return the job's key."""
    return asked.start(page.workbench.work.open_corpus(asked.texts.get("folder", "")), state)


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
