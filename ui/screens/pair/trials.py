"""What is tried on a pair: other compressions, and other wordings in the prompt lab."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from markupsafe import Markup

from core.errors import SecondLookError, SettingsError
from core.types.jobs import JobView
from core.types.pairs import Flips, PromptText, Squeezed, Trial
from core.types.work import Tried
from ui import messages
from ui.screens.pair.chosen import Pair, name_of
from ui.selection import ViewState
from ui.shared.screen import Page

if TYPE_CHECKING:
    from core.workbench import Workbench

EDITED = "edited"
"""The name of a wording that equals no known one."""


@dataclass(frozen=True, slots=True)
class CompressionsContext:
    """What was tried, uncompressed first; its margin is what drift is against."""

    template: ClassVar[str] = "pair/compressions.html"
    of: str
    rows: tuple[Squeezed, ...]
    view: JobView | None


@dataclass(frozen=True, slots=True)
class LabForm:
    """The wording being written, those to start from, and what became of the last save."""

    template: ClassVar[str] = "pair/form.html"
    prompts: tuple[PromptText, ...]
    own: PromptText
    written: PromptText
    message: str = ""
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A wording: its answer on the pair, None = not tried there, and its flip rate."""

    trial: Trial
    flips: Flips | None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class TrialsContext:
    """Wordings that were tried, the bench's own first."""

    template: ClassVar[str] = "pair/trials.html"
    of: str
    own: Trial | None
    rows: tuple[Row, ...]
    view: JobView | None


def show_compressions(page: Page, pair: Pair) -> Markup:
    """Return what compressions do to the pair, and how far the work on it is."""
    rows = page.workbench.lab.squeezed(pair)
    view = unfinished(page.workbench.work.of_pair(pair, "compressions"))
    return page.html(CompressionsContext(name_of(pair), rows, view))


def show_form(page: Page, _state: ViewState) -> Markup:
    """Return the form of the prompt lab; it is drawn once, so that what is written stays."""
    return _form(page, page.workbench.prompts.own())


def show_trials(page: Page, pair: Pair) -> Markup:
    """Return the wordings that were tried on the pair, and how far the work on it is."""
    tried = page.workbench.lab.tried(pair)
    view = unfinished(page.workbench.work.of_pair(pair, "wordings", "flips"))
    return page.html(TrialsContext(name_of(pair), tried.own, tuple(rows_of(tried)), view))


def unfinished(views: tuple[JobView, ...]) -> JobView | None:
    """Return the job that goes on, else the last one if it did not come to its end."""
    going = (view for view in views if view.is_active)
    last = (view for view in views[:1] if view.state != "done")
    return next(going, None) or next(last, None)


def rows_of(tried: Tried) -> list[Row]:
    """Return a row per wording; a flip rate beside the trial of the same wording."""
    flips = {_wording(one.prompt): one for one in tried.flips}
    rows = [] if tried.own is None else [Row(tried.own, None, is_own=True)]
    rows += [Row(one, flips.pop(_wording(one.prompt), None)) for one in tried.trials]
    return rows + [Row(Trial(one.prompt, None), one) for one in flips.values()]


def wished(workbench: "Workbench", texts: Mapping[str, str]) -> PromptText:
    """Return the wording in the form, named after the one that it equals.

    Raises:
        SettingsError: A saved one cannot be read.
    """
    question, layout = texts.get("question", "").strip(), texts.get("layout", "")
    same = (one.name for one in workbench.prompts.all() if one.question == question)
    return PromptText(next(same, EDITED), question, layout)


def save(page: Page, texts: Mapping[str, str]) -> Markup:
    """Save the wording in the form under `name`, and return the form with what became of it."""
    written = PromptText("", texts.get("question", ""), texts.get("layout", ""))
    try:
        name = " ".join(texts.get("name", "").split())
        if not name:
            raise SettingsError("A prompt is saved by a name; write one beside the button.")
        written = replace(wished(page.workbench, texts), name=name)
        page.workbench.prompts.save(written)
    except SecondLookError as error:
        return _form(page, written, messages.error_text(error), is_error=True)
    return _form(page, written, f"Saved as '{name}'.")


def _form(page: Page, written: PromptText, message: str = "", *, is_error: bool = False) -> Markup:
    prompts = page.workbench.prompts
    try:
        known = prompts.all()
    except SecondLookError as error:
        return page.nothing(messages.error_text(error), error=True)
    return page.html(LabForm(known, prompts.own(), written, message, is_error))


def _wording(prompt: PromptText) -> tuple[str, str]:
    return prompt.question, prompt.layout
