"""Geometric matches as lines between two pictures, and the MLLM's own words."""

from markupsafe import Markup

from core.types.corpus import ImageRecord
from core.types.pairs import Matches
from ui import messages
from ui.render.pair_pictures import PictureUrl
from ui.render.text import esc

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
    return Markup(
        '<section class="sl-panel sl-pair-matches" aria-label="Geometric matches">'
        f"<h3>Geometric matches <span class='sl-unit'>n = {n}{shown}</span></h3>"
        f'<svg viewBox="0 0 {width:.4f} 1" role="img" aria-label="{n} matching points">'
        f'<image href="{url(query.image_id)}" width="{left:.4f}" height="1" '
        'preserveAspectRatio="none"/>'
        f'<image href="{url(candidate.image_id)}" x="{start:.4f}" width="{width - start:.4f}" '
        f'height="1" preserveAspectRatio="none"/><g class="sl-pair-lines">{lines}</g></svg>'
        f'<p class="sl-sub">{_told(found)}</p></section>'
    )


def render_words(text: str | None, *, done: bool, problem: str = "") -> Markup:
    """Return the MLLM's text so far; None says that it cannot write."""
    if problem:
        body = f'<p class="sl-error" role="alert">{esc(problem)}</p>'
    elif text is None:
        body = f'<p class="sl-empty" role="status">{esc(messages.CANNOT_WRITE)}</p>'
    else:
        busy = "" if done else ' aria-busy="true"'
        body = f'<p class="sl-pair-text" role="status"{busy}>{esc(text or "…")}</p>'
    return _words(body)


def render_words_offer() -> Markup:
    """Return the panel before the model is asked to write."""
    return _words(
        '<p class="sl-sub">What the two pictures have in common and where they differ, as the '
        'model says it. It is text, not evidence.</p><button type="button" class="sl-button" '
        'data-pair-wish="words">Ask the model</button>'
    )


def _words(body: str) -> Markup:
    return Markup(
        '<section class="sl-panel sl-pair-words" aria-label="In the model\'s own words">'
        f"<h3>In the model's own words</h3>{body}</section>"
    )


def _told(found: Matches) -> str:
    n = len(found.query_xy)
    if not found.n_query or not found.n_candidate:
        which = "query" if not found.n_query else "candidate"
        return f"No local features in the {which}: there is nothing to compare."
    return (
        f"RootSIFT, ratio test 0.75, one homography by MAGSAC++: {n} of {found.n_tentative} "
        f"tentative matches agree ({found.n_query:,} and {found.n_candidate:,} features)."
    )
