"""What a setting costs before it is scored: images and pairs times their measured pace."""

from markupsafe import Markup

from core.types.setting import JobPlan
from ui.render.parts import action, span, tag
from ui.shared.text import bytes_text, clock_text, seconds_text

_LONG_S = 100.0


def render_plan(plan: JobPlan) -> Markup:
    """Return the bar that states the cost and starts the work."""
    terms = " + ".join(filter(None, (_images(plan), _pairs(plan))))
    seconds = plan.seconds
    time = "a time that cannot be told" if seconds is None else f"about {_time(seconds)}"
    needed, free = (" ".join(bytes_text(n)) for n in (plan.n_bytes, plan.free_bytes))
    written = f"About {needed} to be written, {free} free." if plan.n_bytes else ""
    fits = plan.n_bytes < plan.free_bytes
    warning = "" if fits else " The disk will not hold it: free some space first."
    cost = (span("sl-mono", terms), " = ", tag("b", time), ". ")
    words = (span("sl-muted", f"{written} {_timed(plan)}"), span("sl-down", warning))
    total = span("sl-stage", "Not scored yet") + span("sl-plan-sum", *cost, *words)
    line = tag("div", total, action("Start"), class_="sl-progress-line")
    return tag("div", line, class_="sl-progress sl-plan", role="status")


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
