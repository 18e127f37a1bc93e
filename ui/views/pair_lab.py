"""The prompt lab of the Pair view: try wordings on the pair and on the query's shortlist."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError, SettingsError
from core.types.jobs import Step
from core.types.pairs import PromptText
from core.types.runs import Progress
from core.types.work import Tried
from ui import messages
from ui.render.pair_lab import render_lab, render_trials
from ui.render.progress import render_problem, render_scoring
from ui.render.query_panel import render_nothing
from ui.selection import ViewState
from ui.shared.screen import read_state
from ui.views.pair_fields import pair_of, read_wish

if TYPE_CHECKING:
    from core.workbench import Workbench


def begin(workbench: "Workbench", address: str | None, asked: str, lab: str) -> tuple[object, ...]:
    """Return the lab for another pair: what was written stays, with what is known of the pair.

    Inputs: address, on_lab, lab. Outputs: lab bar, lab, trials, tried.
    """
    pair = pair_of(asked)
    if read_state(workbench, address).view != "pair" or pair is None:
        return gr.skip(), gr.skip(), "", Tried()
    form: object = gr.skip() if lab else _form(workbench)
    tried = workbench.lab.tried(pair)
    return "", form, _table(tried), tried


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
        for step in _steps(workbench, state, pair, asks):
            if not isinstance(step, Progress):
                progress, tried = step
                yield render_scoring(progress), gr.skip(), _table(tried), tried
        yield "", gr.skip(), _table(tried), tried
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip(), gr.skip(), gr.skip()


def show_stopped() -> str:
    """Return the bar after Stop. Inputs: none. Outputs: lab bar."""
    return render_nothing("Stopped; what was scored is kept.")


def _steps(
    workbench: "Workbench", state: ViewState, pair: tuple[str, str], asks: dict[str, str]
) -> Iterator[Step[Tried]]:
    """Return the work on a wish: all wordings, this one, or this one on the shortlist."""
    if asks["do"] == "presets":
        return workbench.lab.wordings(pair, workbench.prompts.variants())
    prompt = _wished(workbench, asks)
    if asks["do"] == "flips":
        return workbench.lab.flips(pair, prompt, state.fusion)
    return workbench.lab.wordings(pair, [prompt])


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


def _form(workbench: "Workbench") -> str:
    try:
        prompts = workbench.prompts.all()
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    return f"<h3>Prompt lab</h3>{render_lab(prompts, workbench.prompts.own())}"


def _table(tried: Tried) -> str:
    return render_trials(tried.own, tried.trials, tried.flips)
