"""The sidebar's list of other corpora, and what stands there after a choice."""

from collections.abc import Sequence

from markupsafe import Markup

from ui.render.text import esc

MAX_FAULTS = 50


def render_folders(choices: Sequence[str]) -> Markup:
    """Return the chooser, or nothing where no root was named at start."""
    if not choices:
        return Markup()
    options = "".join(f'<option value="{esc(name)}">{esc(name)}</option>' for name in choices)
    return Markup(
        '<details class="sl-side"><summary>Open another corpus</summary>'
        f'<select class="sl-folder" aria-label="Corpus to open">{options}</select>'
        '<button type="button" class="sl-button" data-open>Open</button>'
        '<p class="sl-sub">The page starts again on it; what was computed here is kept.</p>'
        "</details>"
    )


def render_opening(name: str) -> Markup:
    """Return what stands there while the server starts again; the script reloads the page."""
    return Markup(f'<p class="sl-sub" role="status" data-reopen>Opening {esc(name)} …</p>')


def render_refusal(choices: Sequence[str], sentence: str, faults: Sequence[str]) -> Markup:
    """Return the chooser with every fault of the folder that was refused."""
    shown = "".join(f"<li>{esc(fault)}</li>" for fault in faults[:MAX_FAULTS])
    more = len(faults) - MAX_FAULTS
    shown += f"<li>and {more} more</li>" if more > 0 else ""
    body = f'<div role="alert"><p class="sl-sub">{esc(sentence)}</p><ul>{shown}</ul></div>'
    return Markup(f'{render_folders(choices)}<div class="sl-faults">{body}</div>')
