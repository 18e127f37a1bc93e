"""The choice of a third strip's scorer, and its empty state."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.scorers import DESCRIPTOR_ID, ScorerEntry
from ui import messages
from ui.render.text import esc


def render_third_choice(entries: Sequence[ScorerEntry]) -> Markup:
    """Return the list of scorers for a third strip; `assets/controls.js` marks the chosen one."""
    if not entries:
        return Markup()
    others = [entry for entry in entries if not entry.is_own and entry.scorer_id != DESCRIPTOR_ID]
    if not others:
        return Markup(f'<p class="sl-third-choice sl-muted">{messages.NO_THIRD}</p>')
    return Markup(
        '<label class="sl-third-choice">third strip '
        f'<select data-choice="third"><option value="">none</option>{options(others)}</select>'
        f'<span class="sl-muted">{len(others)} more scorer{"s" if len(others) > 1 else ""} in this '
        "workspace</span></label>"
    )


def options(entries: Sequence[ScorerEntry], chosen: str | None = None) -> Markup:
    """Return scorers as options of a list."""
    return Markup(
        "".join(
            f'<option value="{entry.scorer_id}" title="{esc(entry.detail)}"'
            f"{' selected' if entry.scorer_id == chosen else ''}>{esc(entry.name)}</option>"
            for entry in entries
        )
    )
