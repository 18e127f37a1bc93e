"""The prompt lab: wordings to choose or write, and what they would change."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.pairs import Flips, PromptText, Trial
from ui.render.pair_anatomy import probability, probability_text
from ui.render.text import ap_text, esc, signed

LAYOUTS = ("images_then_question", "question_first")
MAX_NAME, MAX_QUESTION = 60, 2000


def render_lab(prompts: Sequence[PromptText], own: PromptText) -> Markup:
    """Return the form: a wording to start from, the question, the layout, and what to run."""
    options = "".join(
        f'<option value="{esc(one.name)}" data-question="{esc(one.question)}" '
        f'data-layout="{esc(one.layout)}">{esc(one.name)}'
        f"{'' if one.builtin else ' (saved)'}</option>"
        for one in prompts
    )
    layouts = "".join(
        f'<option value="{one}"{" selected" if one == own.layout else ""}>'
        f"{one.replace('_', ' ')}</option>"
        for one in LAYOUTS
    )
    return Markup(
        '<form class="sl-pair-form" data-pair-form>'
        '<label>Start from<select name="preset" aria-label="Wording to start from">'
        f'<option value="" data-question="{esc(own.question)}" data-layout="{esc(own.layout)}">'
        f"this bench's own</option>{options}</select></label>"
        f'<label>Layout<select name="layout" aria-label="Layout">{layouts}</select></label>'
        f'<label class="sl-pair-question">Question<textarea name="question" rows="2" '
        f'maxlength="{MAX_QUESTION}">{esc(own.question)}</textarea></label>'
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
    told = f'<p class="sl-sub" role="status">{esc(message)}</p>' if message else ""
    if not trials and not flips:
        hint = "Other wordings appear here beside the bench's own; nothing of the bench changes."
        return Markup(told or f'<p class="sl-sub">{hint}</p>')
    by_prompt = {_key(one.prompt): one for one in flips}
    seen = {_key(one.prompt) for one in trials}
    rows = [] if own is None else [_row(own, own, None)]
    rows += [_row(one, own, by_prompt.get(_key(one.prompt))) for one in trials]
    rows += [_row(Trial(f.prompt, None), own, f) for f in flips if _key(f.prompt) not in seen]
    return Markup(
        f'{told}<div class="sl-pair-scroll"><table class="sl-pair-table sl-pair-trials"><thead><tr>'
        '<th scope="col">wording</th><th scope="col">layout</th><th scope="col">margin, nats</th>'
        '<th scope="col">change</th><th scope="col">P(yes)</th><th scope="col">answer mass</th>'
        '<th scope="col">shortlist: flip rate</th><th scope="col">AP</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
        '<p class="sl-sub">A pair flips when the sign of its margin changes against the bench\'s '
        "own wording. AP at this depth and fusion.</p>"
    )


def _row(trial: Trial, own: Trial | None, flips: Flips | None) -> Markup:
    is_own = trial is own
    name = "this bench's own" if is_own else trial.prompt.name
    cells = _answer_cells(trial, None if is_own else own)
    return Markup(
        f'<tr><th scope="row" title="{esc(trial.prompt.question)}">{esc(name)}'
        f"<small>{esc(trial.prompt.question)}</small></th>"
        f"<td>{esc(trial.prompt.layout.replace('_', ' '))}</td>{cells}{_flip_cells(flips)}</tr>"
    )


def _answer_cells(trial: Trial, own: Trial | None) -> Markup:
    if trial.problem is not None:
        return Markup(f'<td colspan="4" class="sl-down">{esc(trial.problem)}</td>')
    answer = trial.answer
    if answer is None:
        return Markup('<td class="sl-muted">–</td>' * 4)
    change = "–"
    if own is not None and own.answer is not None:
        flipped = (own.answer.margin > 0) != (answer.margin > 0)
        change = signed(answer.margin - own.answer.margin, 2) + (" flips" if flipped else "")
    return Markup(
        f"<td><b>{signed(answer.margin, 3)}</b></td><td>{change}</td>"
        f"<td>{probability_text(probability(answer.margin))}</td>"
        f"<td>{probability_text(answer.answer_mass)}</td>"
    )


def _flip_cells(flips: Flips | None) -> Markup:
    if flips is None or flips.rate is None:
        return Markup('<td class="sl-muted">–</td><td class="sl-muted">–</td>')
    partial = "" if flips.n == flips.total else f" of {flips.total:,}"
    return Markup(
        f"<td><b>{100 * flips.rate:.0f} %</b> of n = {flips.n:,}{partial}, {flips.to_yes} to yes, "
        f"{flips.to_no} to no</td><td>{ap_text(flips.ap_own)} → {ap_text(flips.ap_tried)}</td>"
    )


def _key(prompt: PromptText) -> tuple[str, str]:
    return prompt.question, prompt.layout
