"""The sidebar's list of other corpora, and what stands there after a choice."""

from collections.abc import Sequence

from markupsafe import Markup

from ui.render.parts import note, options, tag

MAX_FAULTS = 50


def render_folders(choices: Sequence[str]) -> Markup:
    """Return the chooser, or nothing where no root was named at start."""
    if not choices:
        return Markup()
    return Markup(
        '<details class="sl-side"><summary>Open another corpus</summary>'
        '<select class="sl-folder" aria-label="Corpus to open">'
        f"{options((name, name) for name in choices)}</select>"
        '<button type="button" class="sl-button" data-open>Open</button>'
        '<p class="sl-sub">The page starts again on it; what was computed here is kept.</p>'
        "</details>"
    )


def render_opening(name: str) -> Markup:
    """Return what stands there while the server starts again; the script reloads the page."""
    return note(f"Opening {name} …", role="status", data_reopen=True)


def render_refusal(choices: Sequence[str], sentence: str, faults: Sequence[str]) -> Markup:
    """Return the chooser with every fault of the folder that was refused."""
    shown = list(faults[:MAX_FAULTS])
    if len(faults) > MAX_FAULTS:
        shown.append(f"and {len(faults) - MAX_FAULTS} more")
    listed = tag("ul", *(tag("li", fault) for fault in shown))
    body = tag("div", note(sentence), listed, role="alert")
    return render_folders(choices) + tag("div", body, class_="sl-faults")
