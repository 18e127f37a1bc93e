"""The prompt lab: wordings to choose or write, and what they would change."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.number_text import MISSING, ap_text, signed
from core.types.pairs import Flips, PromptText, Trial
from ui.render.pair_anatomy import probability, probability_text
from ui.render.parts import Cell, join, note, table, tag
from ui.render.setting import layout_field, question_field, wording, wording_name

MAX_NAME = 60
_COLUMNS = (
    *("wording", "layout", "margin, nats", "change", "P(yes)", "answer mass"),
    *("shortlist: flip rate", "AP"),
)
_OWN = "this bench's own"
_NONE = Cell(MISSING, "sl-muted")


def render_lab(prompts: Sequence[PromptText], own: PromptText) -> Markup:
    """Return the form: a wording to start from, the question, the layout, and what to run."""
    offered = join(wording(wording_name(one), one, one.name) for one in prompts)
    return Markup(
        '<form class="sl-pair-form" data-pair-form>'
        '<label>Start from<select name="preset" aria-label="Wording to start from">'
        f"{wording(_OWN, own, '')}{offered}</select></label>"
        f"{layout_field(own.layout)}{question_field(own.question, 'sl-pair-question')}"
        '<div class="sl-pair-actions"><button class="sl-button" data-pair-wish="pair">'
        "Try on this pair</button>"
        '<button type="button" class="sl-button" data-pair-wish="presets">'
        "All wordings, both layouts</button>"
        '<button type="button" class="sl-button" data-pair-wish="flips">'
        "Flip rate on this shortlist</button><span class='sl-spring'></span>"
        f'<input name="name" maxlength="{MAX_NAME}" placeholder="Name" aria-label="Name to save it '
        'by" autocomplete="off"><button type="button" class="sl-button" data-pair-wish="save">'
        "Save</button></div></form>"
    )


def render_trials(
    own: Trial | None, trials: Sequence[Trial], flips: Sequence[Flips], message: str = ""
) -> Markup:
    """Return the table of wordings tried so far, the bench's own first, and a sentence.

    Args:
        own: The bench's own wording on this pair.
        trials: Others on this pair.
        flips: Others on this query's shortlist, matched to the trials by wording.
        message: What went wrong or what was saved; empty for nothing.
    """
    told = note(message, role="status") if message else Markup()
    if not trials and not flips:
        hint = "Other wordings appear here beside the bench's own; nothing of the bench changes."
        return told or note(Markup(hint))
    by_prompt = {_key(one.prompt): one for one in flips}
    seen = {_key(one.prompt) for one in trials}
    rows = [] if own is None else [_row(own, own, None)]
    rows += [_row(one, own, by_prompt.get(_key(one.prompt))) for one in trials]
    rows += [_row(Trial(f.prompt, None), own, f) for f in flips if _key(f.prompt) not in seen]
    return Markup(
        f"{told}{table(_COLUMNS, rows, 'sl-pair-table sl-pair-trials', 'sl-pair-scroll')}"
        '<p class="sl-sub">A pair flips when the sign of its margin changes against the bench\'s '
        "own wording. AP at this depth and fusion.</p>"
    )


def _row(trial: Trial, own: Trial | None, flips: Flips | None) -> list[object]:
    is_own = trial is own
    question = trial.prompt.question
    name = Markup(_OWN) if is_own else trial.prompt.name
    return [
        Cell(Markup().join((name, tag("small", question))), title=question),
        trial.prompt.layout.replace("_", " "),
        *_answer_cells(trial, None if is_own else own),
        *_flip_cells(flips),
    ]


def _answer_cells(trial: Trial, own: Trial | None) -> list[object]:
    if trial.problem is not None:
        return [Cell(trial.problem, "sl-down", span=4)]
    answer = trial.answer
    if answer is None:
        return [_NONE] * 4
    change = MISSING
    if own is not None and own.answer is not None:
        flipped = (own.answer.margin > 0) != (answer.margin > 0)
        change = signed(answer.margin - own.answer.margin, 2) + (" flips" if flipped else "")
    shares = (probability(answer.margin), answer.answer_mass)
    return [tag("b", signed(answer.margin, 3)), change, *map(probability_text, shares)]


def _flip_cells(flips: Flips | None) -> list[object]:
    if flips is None or flips.rate is None:
        return [_NONE] * 2
    partial = "" if flips.n == flips.total else f" of {flips.total:,}"
    ways = f" of n = {flips.n:,}{partial}, {flips.to_yes} to yes, {flips.to_no} to no"
    rate = tag("b", f"{100 * flips.rate:.0f} %") + ways
    return [rate, f"{ap_text(flips.ap_own)} → {ap_text(flips.ap_tried)}"]


def _key(prompt: PromptText) -> tuple[str, str]:
    return prompt.question, prompt.layout
