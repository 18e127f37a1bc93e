"""What each word of a composed query's text adds to the pair's margin."""

from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.composed import TextWords
from core.types.jobs import JobView
from ui.screens.pair.chosen import Pair, name_of
from ui.shared.screen import Page


@dataclass(frozen=True, slots=True)
class TextContext:
    """The words with what each adds, or the work that leaves them out; None = not asked yet."""

    template: ClassVar[str] = "pair/text.html"
    of: str
    key: str
    view: JobView | None
    found: TextWords | None


def show_text(page: Page, pair: Pair) -> Markup | None:
    """Return the words of the query's text; None for a query without one."""
    if not page.workbench.queries.record(pair[0]).text:
        return None
    task = page.workbench.work.text_words(pair)
    found = page.workbench.composed.words(pair)
    return page.html(TextContext(name_of(pair), task.key, task.view(), found))
