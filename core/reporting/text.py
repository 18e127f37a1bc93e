"""How a report escapes names and sets tables."""

from markupsafe import Markup, escape

esc = escape
"""Return text with every character that means something in HTML escaped; Markup as it is."""


def table(head: tuple[str, ...], rows: list[tuple[object, ...]], *, words: bool = False) -> Markup:
    """Return a table; the first column is names, the others are numbers, or text with `words`.

    Cells are escaped.
    """
    titles = "".join(f'<th scope="col">{esc(title)}</th>' for title in head)
    lines = "".join(
        f'<tr><th scope="row">{esc(first)}</th>{"".join(f"<td>{esc(cell)}</td>" for cell in rest)}'
        "</tr>"
        for first, *rest in rows
    )
    kind = ' class="words"' if words else ""
    return Markup(
        f'<div class="scroll" tabindex="0"><table{kind}><thead><tr>{titles}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )
