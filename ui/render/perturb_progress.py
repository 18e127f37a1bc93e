"""What stands above the curves when a sweep has ended or was stopped."""

from markupsafe import Markup

from core.types.runs import Progress
from ui.render.text import esc, seconds_text


def render_done(progress: Progress, first: float, last: float) -> Markup:
    """Return one quiet line: how many levels, and how long the first and all of them took."""
    texts = [" ".join(seconds_text(seconds)) for seconds in (first, last)]
    return Markup(
        f'<p class="sl-pt-done" role="status">{progress.done} {esc(progress.unit)} measured; the '
        f"first after {texts[0]}, all after {texts[1]}. Stored scores are not computed again.</p>"
    )


def render_stopped(done: int, total: int, unit: str = "levels") -> Markup:
    """Return the bar of a stopped sweep, with a button to go on."""
    percent = f"{100 * done / total if total else 0:.1f}"
    return Markup(
        '<div class="sl-progress" data-action-state="resume"><div class="sl-progress-line">'
        f'<span class="sl-stage">Stopped</span><span class="sl-mono">'
        f"{done} of {total} {esc(unit)}</span>"
        '<span class="sl-muted">what is measured is kept</span>'
        '<button type="button" class="sl-button" data-action="resume">Run on</button></div>'
        f'<div class="sl-track" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" aria-label="Stopped"><div class="sl-fill" '
        f'style="width:{percent}%"></div></div></div>'
    )
