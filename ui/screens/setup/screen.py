"""What the Setup screen shows: corpus, files in and out, pipeline, evidence, setting's form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.pairs import PromptText
from core.types.setting import ModelChoice, SettingFacts, SettingWish, StoredSize
from ui.screens.setup import words
from ui.screens.setup.corpus import (
    ask_opening,
    show_chooser,
    show_corpus,
    show_opening,
    show_uploads,
)
from ui.screens.setup.evidence import ask_fit, show_evidence
from ui.screens.setup.files import show_files, show_imports
from ui.screens.setup.pipeline import ask_cost, ask_evaluation, show_pipeline, show_plan
from ui.screens.setup.routes import add_routes
from ui.selection import ViewState
from ui.shared.screen import Job, Page, Part, Screen


@dataclass(frozen=True, slots=True)
class FormContext:
    """The present setting chosen among models, wordings and compressions."""

    template: ClassVar[str] = "setup/form.html"
    wish: SettingWish
    models: tuple[ModelChoice, ...]
    prompts: Sequence[PromptText]
    sizes: tuple[StoredSize, ...]


@dataclass(frozen=True, slots=True)
class RefusedContext:
    """The present setting, and why nothing can be changed."""

    template: ClassVar[str] = "setup/refused.html"
    facts: SettingFacts


def show_form(page: Page, _state: ViewState) -> Markup:
    """Return the form, or the reason why there is none.

    Costs up to eight vision passes for compressions that were not looked at before.
    """
    setting = page.workbench.setting
    facts = setting.present()
    if facts.refusal is not None:
        return page.html(RefusedContext(facts))
    prompts = page.workbench.prompts.all()
    return page.html(FormContext(setting.wish(), setting.models(), prompts, setting.sizes()))


SCREEN = Screen(
    "setup",
    (
        Part("corpus", show_corpus, signals=("outcomes", "labels")),
        Part("chooser", show_chooser, signals=()),
        Part("opening", show_opening, signals=("open",)),
        Part("uploads", show_uploads, signals=("uploads",)),
        Part("imports", show_imports),
        Part("files", show_files),
        Part("pipeline", show_pipeline, "pipeline", ("outcomes", "fit")),
        Part("plan", show_plan, "pipeline", ("outcomes", "cost", "evaluate")),
        Part("evidence", show_evidence, "pipeline", ("outcomes", "fit")),
        Part("form", show_form, signals=(), is_later=True),
    ),
    words,
    (
        Job("cost", ask_cost),
        Job("evaluate", ask_evaluation),
        Job("fit", ask_fit),
        Job("open", ask_opening),
    ),
    routes=add_routes,
)
