"""How a report writes numbers and escapes names."""

from markupsafe import Markup, escape

from core.types.runs import Interval

MISSING = "–"


esc = escape
"""Return text with every character that means something in HTML escaped; Markup as it is."""


def with_minus(text: str) -> str:
    """Return a number's text with the minus sign instead of the hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def ap_text(value: float | None) -> str:
    """Return an AP or R@1 in [0, 1] with three decimals."""
    return MISSING if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """Return a difference with its sign."""
    return MISSING if value is None else with_minus(f"{value + 0.0:+.3f}")


def interval_text(interval: Interval | None) -> str:
    """Return `[low, high]` of a difference, or an empty text."""
    if interval is None:
        return ""
    return f"[{signed(interval.low)}, {signed(interval.high)}]"


def p_text(p_value: float | None) -> str:
    """Return `p = 0.012`, `p < 0.001`, or an empty text."""
    if p_value is None:
        return ""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


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
