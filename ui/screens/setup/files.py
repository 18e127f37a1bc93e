"""Files on the Setup screen: what was made elsewhere, and the first stage to take away."""

from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

from markupsafe import Markup

from core.types.saved import FirstStageFile, ImportEntry
from ui.screens.setup import file_words
from ui.selection import ViewState
from ui.shared.screen import Page


@dataclass(frozen=True, slots=True)
class ImportsContext:
    """What was made elsewhere."""

    template: ClassVar[str] = "setup/imports.html"
    imports: tuple[ImportEntry, ...]
    file_words: ModuleType = file_words


@dataclass(frozen=True, slots=True)
class FilesContext:
    """The files of the first stage; `obstacle` is why there are none yet."""

    template: ClassVar[str] = "setup/files.html"
    files: tuple[FirstStageFile, ...]
    obstacle: str
    file_words: ModuleType = file_words


def show_imports(page: Page, _state: ViewState) -> Markup:
    """Return the imports of the workspace."""
    return page.html(ImportsContext(page.workbench.exchange.entries()))


def show_files(page: Page, _state: ViewState) -> Markup:
    """Return links to the first stage's files."""
    first_stage = page.workbench.first_stage
    obstacle = "" if first_stage.is_open else file_words.NOT_OPEN
    return page.html(FilesContext(first_stage.files(), obstacle))
