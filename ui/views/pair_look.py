"""What the Pair view shows of a pair: its place, the answer, evidence, matches, words."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.pairs import PairPlace
from core.types.runs import Progress
from core.types.work import PairLook
from ui import messages
from ui.render.pair_anatomy import render_anatomy
from ui.render.pair_matches import render_matches, render_words, render_words_offer
from ui.render.pair_pictures import render_evidence, render_lineage, render_pictures, render_top
from ui.render.parts import action, note
from ui.render.progress import render_problem
from ui.render.query_panel import render_nothing
from ui.selection import ViewState
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls, seconds_text
from ui.views.pair_fields import pair_key, pair_of, read_wish

if TYPE_CHECKING:
    from core.workbench import Workbench

WORDS_EVERY_S = 0.15


def show(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, asked: str
) -> tuple[object, ...]:
    """Return the pair's pictures and its place in the ranking; calls no model.

    Inputs: address, asked. Outputs: top, body, pictures, asked, on_lab, on_compression.
    """
    state = read_state(workbench, address)
    if state.view != "pair":
        return (gr.skip(),) * 6
    if state.query is None:
        return _no_pair(render_nothing(messages.NO_PAIR))
    try:
        place = _place(workbench, state)
    except SecondLookError as error:
        return _no_pair(render_nothing(messages.error_text(error), error=True))
    if place is None:
        return _no_pair(render_nothing(messages.NO_INDEX_FOR_PAIR))
    key = pair_key(place)
    pictures: object = gr.skip()
    if key != asked:
        pictures = render_pictures(place, urls.whole)
    return render_top(place, key), gr.Column(visible=True), pictures, key, key, key


def _no_pair(why: str) -> tuple[object, ...]:
    return why, gr.Column(visible=False), "", "", "", ""


def prepare(asked: str) -> tuple[object, ...]:
    """Empty what was said about the pair before, and start on this one.

    Inputs: asked. Outputs: anatomy, evidence, lineage, matches, words, looking.
    """
    return "", "", "", "", render_words_offer() if asked else "", asked


def look(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, asked: str
) -> Iterator[tuple[object, ...]]:
    """Yield the anatomy of the score, then the lineage of crops, then the evidence.

    Inputs: address, asked. Outputs: bar, anatomy, lineage, evidence.
    """
    state = read_state(workbench, address)
    if state.view != "pair" or not asked:
        yield (gr.skip(),) * 4
        return
    try:
        place = _place(workbench, state)
        if place is None:
            yield "", "", "", ""
            return
        pair = (place.query.image_id, place.candidate.image_id)
        for step in workbench.lab.look(pair):
            if isinstance(step, Progress):
                yield _waiting(f"{step.stage} …"), gr.skip(), gr.skip(), gr.skip()
                continue
            progress, found = step
            lineage = "" if found.lineage is None else render_lineage(found.lineage, urls)
            yield "", render_anatomy(found.anatomy, place), lineage, _evidence(progress, found)
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip(), gr.skip(), ""


def explain(workbench: "Workbench", address: str | None, asked: str) -> Iterator[object]:
    """Yield the evidence that was asked for. Inputs: address, asked. Outputs: evidence."""
    pair = pair_of(asked)
    if pair is None or read_state(workbench, address).view != "pair":
        yield gr.skip()
        return
    yield _waiting("Leaving out one region at a time …")
    try:
        yield render_evidence(workbench.pairs.evidence(*pair))
    except SecondLookError as error:
        yield render_problem(messages.error_text(error))


def compare(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, asked: str
) -> Iterator[object]:
    """Yield the geometric matches; no model. Inputs: address, asked. Outputs: matches."""
    pair = pair_of(asked)
    if pair is None or read_state(workbench, address).view != "pair":
        yield gr.skip()
        return
    try:
        found = workbench.pairs.matches(*pair)
        query, candidate = (workbench.queries.record(image_id) for image_id in pair)
        yield render_matches(found, query, candidate, urls.whole)
    except SecondLookError as error:
        yield render_nothing(messages.error_text(error), error=True)


def speak(workbench: "Workbench", asked: str, wish: str) -> Iterator[object]:
    """Yield the model's own words as they come. Inputs: asked, wish. Outputs: words."""
    pair = pair_of(asked)
    if pair is None or read_wish(wish).get("do") != "words":
        yield gr.skip()
        return
    yield render_words("", done=False)
    try:
        told_at = time.monotonic()
        for step in workbench.lab.words(pair):
            if isinstance(step, Progress):
                continue
            progress, found = step
            done = progress.done == progress.total
            if done or time.monotonic() - told_at >= WORDS_EVERY_S:
                told_at = time.monotonic()
                yield render_words(found.text, done=done)
    except SecondLookError as error:
        yield render_words("", done=True, problem=messages.error_text(error))


def _place(workbench: "Workbench", state: ViewState) -> PairPlace | None:
    assert state.query is not None, "asked only with a query"
    return workbench.pairs.place(state.query, state.candidate, state.fusion)


def _evidence(progress: Progress, found: PairLook) -> str:
    """Return the maps, an offer to make them where they take long, or that they are coming."""
    if found.evidence is not None:
        return render_evidence(found.evidence)
    if progress.done == progress.total:
        return _offer(found.evidence_s)
    return _waiting(f"{progress.stage} …")


def _waiting(text: str) -> str:
    return note(text, kind="sl-sub sl-pair-waiting", role="status", aria_busy=True)


def _offer(seconds: float) -> str:
    number, unit = seconds_text(seconds)
    text = f"The evidence takes up to {number} {unit} with this model. "
    return note(text, action("Map the evidence"))
