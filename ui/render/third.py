"""The choice of a third strip's scorer, and its empty state."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.scorers import DESCRIPTOR_ID, ScorerEntry
from ui import messages
from ui.render.parts import note, options


def render_third_choice(entries: Sequence[ScorerEntry]) -> Markup:
    """Return the list of scorers for a third strip; `assets/controls.js` marks the chosen one."""
    if not entries:
        return Markup()
    others = [entry for entry in entries if not entry.is_own and entry.scorer_id != DESCRIPTOR_ID]
    if not others:
        return note(Markup(messages.NO_THIRD), kind="sl-third-choice sl-muted")
    named = options((one.scorer_id, one.name, one.detail) for one in others)
    return Markup(
        '<label class="sl-third-choice">third strip <select data-choice="third">'
        f'<option value="">none</option>{named}</select>'
        f'<span class="sl-muted">{len(others)} more scorer{"s" if len(others) > 1 else ""} in this '
        "workspace</span></label>"
    )
