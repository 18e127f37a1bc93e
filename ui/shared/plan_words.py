"""What a setting costs before it is scored: images and pairs times their measured pace."""

from core.types.setting import JobPlan
from ui.shared.text import bytes_text, clock_text, seconds_text

_LONG_S = 100.0


def terms(plan: JobPlan) -> str:
    """Return what is to be done: `8 of 10 images × 80 ms + 90 of 100 pairs (depth 50) × 2 ms`."""
    return " + ".join(filter(None, (_images(plan), _pairs(plan))))


def time(plan: JobPlan) -> str:
    """Return how long that takes, where its pace is known."""
    seconds = plan.seconds
    return "a time that cannot be told" if seconds is None else f"about {duration(seconds)}"


def written(plan: JobPlan) -> str:
    """Return what is to be written and how the pace was measured."""
    needed, free = (" ".join(bytes_text(n)) for n in (plan.n_bytes, plan.free_bytes))
    disk = f"About {needed} to be written, {free} free. " if plan.n_bytes else ""
    return disk + _timed(plan)


def fits(plan: JobPlan) -> bool:
    """Return whether the disk holds what is to be written."""
    return plan.n_bytes < plan.free_bytes


def pace(seconds: float | None) -> str:
    """Return the time of one image or pair."""
    if seconds is None:
        return "?"
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else " ".join(seconds_text(seconds))


def duration(seconds: float) -> str:
    """Return how long work takes, no finer than it can be foreseen."""
    if seconds < _LONG_S:
        return f"{max(seconds, 0.1):.2g} s"
    return clock_text(seconds)


def _images(plan: JobPlan) -> str:
    if not plan.n_to_encode:
        return ""
    counts = f"{plan.n_to_encode:,} of {plan.n_images:,} images"
    return f"{counts} × {pace(plan.seconds_per_image)}"


def _pairs(plan: JobPlan) -> str:
    if not plan.n_to_score:
        return ""
    most = "" if plan.is_exact else "at most "
    counts = f"{most}{plan.n_to_score:,} of {plan.n_pairs:,} pairs"
    return f"{counts} (depth {plan.depth}) × {pace(plan.seconds_per_pair)}"


def _timed(plan: JobPlan) -> str:
    counted = ((plan.n_images_timed, "images"), (plan.n_pairs_timed, "pairs"))
    parts = [f"{n:,} {unit}" for n, unit in counted if n]
    return f"Pace measured just now on {' and '.join(parts)}." if parts else ""
