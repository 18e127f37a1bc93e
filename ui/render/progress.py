"""A six-pixel progress bar with its stage, counts, time left, and a Stop or Resume button."""

from markupsafe import Markup

from core.types.runs import Progress
from ui.render.parts import action, note, progress, span, tag
from ui.shared.text import seconds_text

_STAGES = {
    "score": "Scoring this query's pairs",
    "measure": "Measuring coverage and clutter in the pictures",
}


def render_scoring(found: Progress) -> Markup:
    """Return the bar of one query's pairs while they are scored, or of pictures being measured."""
    stage = _STAGES.get(found.stage, found.stage)
    counts = f"{found.done:,} of {found.total:,} {found.unit}"
    share = found.done / found.total if found.total else 0.0
    return progress(stage, counts, "", share, "Stop", "stop")


def render_unscored(n_pending: int, depth: int) -> Markup:
    """Return the bar of a query whose scoring waits or was stopped, with a button to go on."""
    counts = f"{depth - n_pending:,} of {depth:,} pairs"
    share = (depth - n_pending) / depth if depth else 0.0
    return progress("Not all scored", counts, "", share, f"Score {n_pending:,} more pairs")


def render_stopped(done: int, total: int, unit: str = "levels") -> Markup:
    """Return the bar of a stopped sweep, with a button to go on."""
    share = done / total if total else 0.0
    kept = "what is measured is kept"
    return progress("Stopped", f"{done} of {total} {unit}", kept, share, "Run on")


def render_done(progress: Progress, first: float, last: float) -> Markup:
    """Return one quiet line: how many levels, and how long the first and all of them took."""
    texts = [" ".join(seconds_text(seconds)) for seconds in (first, last)]
    return note(
        f"{progress.done} {progress.unit} measured; the first after {texts[0]}, all after "
        f"{texts[1]}. Stored scores are not computed again.",
        kind="sl-pt-done",
        role="status",
    )


def render_unmeasured(n_images: int) -> Markup:
    """Return an offer to measure the pictures that no manifest tells about, or nothing."""
    if not n_images:
        return Markup()
    button = f"Measure {n_images:,} pictures"
    about = "from masks where there are some; the rest is an estimate and labelled as one"
    return progress("Coverage or clutter is not filed", "", about, 0.0, button)


def render_problem(text: str) -> Markup:
    """Return a bar's place taken by an error, with a button to try again."""
    words = (span("sl-stage", text), action("Try again"))
    return tag("div", *words, class_="sl-progress sl-failed", role="alert")
