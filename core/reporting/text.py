"""How a report escapes names, sets tables, and stands in one page."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from core.settings import ASSETS

_STYLE = ASSETS / "report.css"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
esc = escape
"""Return text with every character that means something in HTML escaped; Markup as it is."""


def page(title: str, parts: Iterable[str], more_style: str = "") -> Markup:
    """Return a page that opens offline: no script, no request.

    Args:
        title: Escaped here.
        parts: Of the body, as HTML.
        more_style: CSS beyond that of every report.
    """
    return Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{esc(title)}</title>"
        f"<style>{_STYLE.read_text('utf-8')}{more_style}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


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
