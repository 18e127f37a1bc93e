"""What is on screen as code: a script and a command, each with a button that copies it."""

from markupsafe import Markup

from ui.render.parts import button, tag


def render_code(shell: str | None, python: str) -> Markup:
    """Return the texts, folded, with their buttons; there may be no command that does the same."""
    command = "" if shell is None else _text("Shell", "Copy as command", shell, "sl-wraps")
    return Markup(
        f'<div class="sl-code">{command}{_text("Python", "Copy as Python", python)}</div>'
    )


def _text(name: str, label: str, text: str, kind: str = "") -> Markup:
    code = tag("pre", tag("code", text), class_=kind, tabindex=0)
    return tag("details", tag("summary", name), code) + button(label, data_copy=text)
