"""Geometric matches as lines between two pictures, and the MLLM's own words."""

from markupsafe import Markup

from core.types.corpus import ImageRecord
from core.types.pairs import Matches
from ui import messages
from ui.render.pair_anatomy import pair_panel
from ui.render.pair_pictures import PictureUrl
from ui.render.parts import button, note, panel
from ui.render.query_panel import render_nothing

_GAP = 0.04
_MOST_LINES = 200


def render_matches(
    found: Matches, query: ImageRecord, candidate: ImageRecord, url: PictureUrl
) -> Markup:
    """Return both pictures at the same height with a line for each match that agrees."""
    left = query.width / query.height
    start = left + _GAP
    width = start + candidate.width / candidate.height
    n = len(found.query_xy)
    lines = "".join(
        f'<path d="M{x0 / query.height:.4f} {y0 / query.height:.4f}L'
        f'{start + x1 / candidate.height:.4f} {y1 / candidate.height:.4f}"/>'
        for (x0, y0), (x1, y1) in zip(
            found.query_xy[:_MOST_LINES].tolist(),
            found.candidate_xy[:_MOST_LINES].tolist(),
            strict=True,
        )
    )
    shown = f", {_MOST_LINES} drawn" if n > _MOST_LINES else ""
    drawing = Markup(
        f'<svg viewBox="0 0 {width:.4f} 1" role="img" aria-label="{n} matching points">'
        f'<image href="{url(query.image_id)}" width="{left:.4f}" height="1" '
        'preserveAspectRatio="none"/>'
        f'<image href="{url(candidate.image_id)}" x="{start:.4f}" width="{width - start:.4f}" '
        f'height="1" preserveAspectRatio="none"/><g class="sl-pair-lines">{lines}</g></svg>'
    )
    unit, told = f"n = {n}{shown}", note(_told(found))
    return pair_panel("Geometric matches", drawing, told, unit=unit, kind="sl-pair-matches")


def render_words(text: str | None, *, done: bool, problem: str = "") -> Markup:
    """Return the MLLM's text so far; None says that it cannot write."""
    if problem:
        return _words(render_nothing(problem, error=True))
    if text is None:
        return _words(render_nothing(messages.CANNOT_WRITE))
    busy = None if done else True
    return _words(note(text or "…", kind="sl-pair-text", role="status", aria_busy=busy))


def render_words_offer() -> Markup:
    """Return the panel before the model is asked to write."""
    about = (
        "What the two pictures have in common and where they differ, as the "
        "model says it. It is text, not evidence."
    )
    return _words(note(about), button("Ask the model", data_pair_wish="words"))


def _words(*body: Markup) -> Markup:
    title = "In the model's own words"
    return panel(title, *body, kind="sl-pair-words")


def _told(found: Matches) -> str:
    n = len(found.query_xy)
    if not found.n_query or not found.n_candidate:
        which = "query" if not found.n_query else "candidate"
        return f"No local features in the {which}: there is nothing to compare."
    return (
        f"RootSIFT, ratio test 0.75, one homography by MAGSAC++: {n} of {found.n_tentative} "
        f"tentative matches agree ({found.n_query:,} and {found.n_candidate:,} features)."
    )
