"""What is on screen as code: a script and a command, each with a button that copies it."""

from markupsafe import Markup

from ui.render.text import esc


def render_code(shell: str | None, python: str) -> Markup:
    """Return the texts, folded, with their buttons; there may be no command that does the same."""
    command = "" if shell is None else _text("Shell", "Copy as command", shell, "sl-wraps")
    return Markup(
        f'<div class="sl-code">{command}{_text("Python", "Copy as Python", python)}</div>'
    )


def _text(name: str, button: str, text: str, kind: str = "") -> Markup:
    return Markup(
        f'<details><summary>{name}</summary><pre class="{kind}" tabindex="0">'
        f'<code>{esc(text)}</code></pre></details><button type="button" class="sl-button" '
        f'data-copy="{esc(text)}">{button}</button>'
    )
