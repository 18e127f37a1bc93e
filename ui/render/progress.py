"""A six-pixel progress bar with its stage, counts, time left, and a Stop or Resume button."""

from markupsafe import Markup

from core.types.runs import JobStatus, Progress
from ui.render.text import clock_text, esc

_STAGES = {
    "load model": "Loading the model",
    "index": "Reading and encoding images",
    "count pairs": "Counting what is scored already",
    "measure pace": "Measuring the pace of a few images and pairs",
    "evaluate": "Scoring queries",
    "score": "Scoring this query's pairs",
    "measure": "Measuring coverage and clutter in the pictures",
}


def render_job(status: JobStatus) -> Markup:
    """Return the preparation's bar; nothing at all where there is nothing to say."""
    if status.state in ("idle", "done"):
        return Markup()
    stage = _STAGES.get(status.stage, status.stage) or "Starting"
    counts = f"{status.done:,} of {status.total:,} {status.unit}" if status.total > 1 else ""
    if status.state == "running":
        left = clock_text(status.seconds_left)
        return _bar(stage, counts, left and f"about {left} left", _share(status), "stop", "Stop")
    if status.state == "failed":
        text = status.error or "it stopped with an error"
        return _bar(f"{stage} failed", counts, text, _share(status), "resume", "Try again")
    note = "stopped; what is done is kept"
    return _bar(stage, counts, note, _share(status), "resume", "Resume")


def render_scoring(progress: Progress) -> Markup:
    """Return the bar of one query's pairs while they are scored."""
    stage = _STAGES.get(progress.stage, progress.stage)
    counts = f"{progress.done:,} of {progress.total:,} {progress.unit}"
    share = progress.done / progress.total if progress.total else 0.0
    return _bar(stage, counts, "", share, "stop", "Stop")


def render_unscored(n_pending: int, depth: int) -> Markup:
    """Return the bar of a query whose scoring waits or was stopped, with a button to go on."""
    counts = f"{depth - n_pending:,} of {depth:,} pairs"
    share = (depth - n_pending) / depth if depth else 0.0
    return _bar("Not all scored", counts, "", share, "resume", f"Score {n_pending:,} more pairs")


def render_measuring(progress: Progress) -> Markup:
    """Return the bar while pictures are measured."""
    return render_scoring(progress)


def render_unmeasured(n_images: int) -> Markup:
    """Return an offer to measure the pictures that no manifest tells about, or nothing."""
    if not n_images:
        return Markup()
    button = f"Measure {n_images:,} pictures"
    note = "from masks where there are some; the rest is an estimate and labelled as one"
    return _bar("Coverage or clutter is not filed", "", note, 0.0, "resume", button)


def render_problem(text: str) -> Markup:
    """Return a bar's place taken by an error, with a button to try again."""
    return Markup(
        f'<div class="sl-progress sl-failed" role="alert"><span class="sl-stage">{esc(text)}</span>'
        '<button type="button" class="sl-button" data-action="resume">Try again</button></div>'
    )


def _share(status: JobStatus) -> float:
    return min(1.0, status.done / status.total) if status.total else 0.0


def _bar(stage: str, counts: str, note: str, share: float, action: str, button: str) -> Markup:
    percent = f"{100 * share:.1f}"
    return Markup(
        f'<div class="sl-progress" data-action-state="{action}"><div class="sl-progress-line">'
        f'<span class="sl-stage">{esc(stage)}</span><span class="sl-mono">{esc(counts)}</span>'
        f'<span class="sl-muted">{esc(note)}</span>'
        f'<button type="button" class="sl-button" data-action="{action}">{esc(button)}</button>'
        f'</div><div class="sl-track" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" aria-label="{esc(stage)}">'
        f'<div class="sl-fill" style="width:{percent}%"></div></div></div>'
    )
