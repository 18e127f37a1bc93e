"""The prompt lab of the Pair view: try wordings on the pair and on the query's shortlist."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError, SettingsError
from core.types.pairs import Flips, PromptText, Trial
from core.types.runs import Progress
from ui import messages
from ui.render.pair_lab import render_lab, render_trials
from ui.render.progress import render_problem, render_scoring
from ui.render.query_panel import render_nothing
from ui.render.setting import LAYOUTS
from ui.selection import ViewState
from ui.shared.screen import read_state
from ui.views.pair_fields import pair_of, read_wish

if TYPE_CHECKING:
    from core.workbench import Workbench

_MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Tried:
    """What the lab has found about one pair: the bench's own answer, others, and flip rates."""

    own: Trial | None = None
    trials: tuple[Trial, ...] = ()
    flips: tuple[Flips, ...] = ()


def begin(workbench: "Workbench", address: str | None, asked: str, lab: str) -> tuple[object, ...]:
    """Return the lab for another pair: what was written stays, what was found does not.

    Inputs: address, on_lab, lab. Outputs: lab bar, lab, trials, tried.
    """
    if read_state(workbench, address).view != "pair" or not asked:
        return gr.skip(), gr.skip(), "", Tried()
    form: object = gr.skip() if lab else _form(workbench)
    return "", form, render_trials(None, (), ()), Tried()


def fulfil(
    workbench: "Workbench", address: str | None, asked: str, wish: str, tried: Tried
) -> Iterator[tuple[object, ...]]:
    """Yield the table as it grows; closing it stops within one pair or batch.

    Inputs: address, asked, wish, tried. Outputs: lab bar, lab, trials, tried.
    """
    asks = read_wish(wish)
    pair = pair_of(asked)
    state = read_state(workbench, address)
    if asks.get("do") not in ("pair", "presets", "flips", "save") or pair is None:
        yield (gr.skip(),) * 4
        return
    try:
        if asks["do"] == "save":
            yield _save(workbench, asks, tried)
            return
        found = tried
        for bar, found in _grow(workbench, state, pair, asks, tried):
            yield bar, gr.skip(), _table(found), found
        yield "", gr.skip(), _table(found), found
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip(), gr.skip(), gr.skip()


def show_stopped() -> str:
    """Return the bar after Stop. Inputs: none. Outputs: lab bar."""
    return render_nothing("Stopped; what was scored is kept.")


def _grow(
    workbench: "Workbench",
    state: ViewState,
    pair: tuple[str, str],
    asks: dict[str, str],
    tried: Tried,
) -> Iterator[tuple[str, Tried]]:
    """Yield a progress bar and all that is found so far, after every answer."""
    if tried.own is None:
        tried = replace(tried, own=workbench.prompts.try_on_pair(*pair, own_prompt(workbench)))
    if asks["do"] == "flips":
        yield from _flips(workbench, state, pair[0], _wished(workbench, asks), tried)
        return
    wanted = _every(workbench) if asks["do"] == "presets" else [_wished(workbench, asks)]
    for number, prompt in enumerate(wanted, start=1):
        yield _bar("Trying wordings", number - 1, len(wanted), "wordings"), tried
        trial = workbench.prompts.try_on_pair(*pair, prompt)
        others = tuple(one for one in tried.trials if one.prompt != prompt)
        tried = replace(tried, trials=(*others, trial)[-_MOST_ROWS:])
    yield "", tried


def _flips(
    workbench: "Workbench", state: ViewState, query_id: str, prompt: PromptText, tried: Tried
) -> Iterator[tuple[str, Tried]]:
    others = tuple(one for one in tried.flips if one.prompt != prompt)
    for found in workbench.prompts.flips(query_id, prompt, state.fusion):
        tried = replace(tried, flips=(*others, found)[-_MOST_ROWS:])
        yield _bar("Scoring the shortlist", found.n, found.total, "pairs"), tried


def _save(workbench: "Workbench", asks: dict[str, str], tried: Tried) -> tuple[object, ...]:
    name = asks.get("name", "").strip()
    if not name:
        raise SettingsError("A prompt is saved by a name; write one beside the button.")
    workbench.prompts.save(replace(_wished(workbench, asks), name=name))
    told = render_trials(tried.own, tried.trials, tried.flips, f"Saved as '{name}'.")
    return "", _form(workbench), told, tried


def _wished(workbench: "Workbench", asks: dict[str, str]) -> PromptText:
    """Return the wording in the form, named after the one that it equals."""
    question, layout = asks.get("question", "").strip(), asks.get("layout", "")
    same = (one.name for one in workbench.prompts.all() if one.question == question)
    return PromptText(next(same, "edited"), question, layout)


def _every(workbench: "Workbench") -> list[PromptText]:
    """Return every wording in both layouts but for the bench's own as it is."""
    own = own_prompt(workbench)
    known = [one for one in workbench.prompts.all() if one.question != own.question]
    wordings = [replace(own, name="this bench's own"), *known]
    every = [replace(one, layout=layout) for one in wordings for layout in LAYOUTS]
    return [one for one in every if (one.question, one.layout) != (own.question, own.layout)]


def own_prompt(workbench: "Workbench") -> PromptText:
    """Return the wording that the bench was opened with."""
    return PromptText("own", workbench.info.prompt, workbench.info.layout)


def _form(workbench: "Workbench") -> str:
    try:
        prompts = workbench.prompts.all()
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    return f"<h3>Prompt lab</h3>{render_lab(prompts, own_prompt(workbench))}"


def _table(tried: Tried) -> str:
    return render_trials(tried.own, tried.trials, tried.flips)


def _bar(stage: str, done: int, total: int, unit: str) -> str:
    return render_scoring(Progress(stage, done, total, unit))
