"""What stands in the place of a panel that has nothing to show."""

from markupsafe import Markup

from ui.render.parts import note


def render_nothing(text: str, *, error: bool = False) -> Markup:
    """Return the panel's place holder: an invitation, or what went wrong."""
    kind, role = ("sl-error", "alert") if error else ("sl-empty", "status")
    return note(text, kind=kind, role=role)
