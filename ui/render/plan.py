"""What a setting costs before it is scored: images and pairs times their measured pace."""

from markupsafe import Markup

from core.types.setting import JobPlan
from ui.render.text import bytes_text, clock_text, esc, seconds_text

_LONG_S = 100.0


def render_plan(plan: JobPlan) -> Markup:
    """Return the bar that states the cost and starts the work."""
    terms = " + ".join(filter(None, (_images(plan), _pairs(plan))))
    total = plan.seconds
    time = "a time that cannot be told" if total is None else f"about {_time(total)}"
    needed, free = (" ".join(bytes_text(n)) for n in (plan.n_bytes, plan.free_bytes))
    written = f"About {needed} to be written, {free} free." if plan.n_bytes else ""
    fits = plan.n_bytes < plan.free_bytes
    warning = "" if fits else " The disk will not hold it: free some space first."
    return Markup(
        '<div class="sl-progress sl-plan" role="status"><div class="sl-progress-line">'
        '<span class="sl-stage">Not scored yet</span>'
        f'<span class="sl-plan-sum"><span class="sl-mono">{esc(terms)}</span> = '
        f'<b>{esc(time)}</b>. <span class="sl-muted">{esc(written)} {esc(_timed(plan))}</span>'
        f'<span class="sl-down">{esc(warning)}</span></span>'
        '<button type="button" class="sl-button" data-action="resume">Start</button></div></div>'
    )


def _images(plan: JobPlan) -> str:
    if not plan.n_to_encode:
        return ""
    counts = f"{plan.n_to_encode:,} of {plan.n_images:,} images"
    return f"{counts} × {_pace(plan.seconds_per_image)}"


def _pairs(plan: JobPlan) -> str:
    if not plan.n_to_score:
        return ""
    most = "" if plan.is_exact else "at most "
    counts = f"{most}{plan.n_to_score:,} of {plan.n_pairs:,} pairs"
    return f"{counts} (depth {plan.depth}) × {_pace(plan.seconds_per_pair)}"


def _pace(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else " ".join(seconds_text(seconds))


def _time(seconds: float) -> str:
    if seconds < _LONG_S:
        return f"{max(seconds, 0.1):.2g} s"
    return clock_text(seconds)


def _timed(plan: JobPlan) -> str:
    counted = ((plan.n_images_timed, "images"), (plan.n_pairs_timed, "pairs"))
    parts = [f"{n:,} {unit}" for n, unit in counted if n]
    return f"Pace measured just now on {' and '.join(parts)}." if parts else ""
