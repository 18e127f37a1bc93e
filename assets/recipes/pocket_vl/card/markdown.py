"""Numbers and tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def fixed(value: float | None, digits: int = 3) -> str:
    """Return a number with so many decimals, a dash for None."""
    return "-" if value is None else f"{_rounded(value, digits):.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Return a number with its sign, a dash for None; what rounds to zero has no minus."""
    return "-" if value is None else f"{_rounded(value, digits):+.{digits}f}"


def interval(bounds: Sequence[float] | None, *, sign: bool = False) -> str:
    """Return ` [low, high]`, empty for None."""
    if bounds is None:
        return ""
    write = signed if sign else fixed
    return f" [{write(bounds[0])}, {write(bounds[1])}]"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first column is left, all others right."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, ruler, *rows))


def bullets(lines: Sequence[str]) -> str:
    """Return a list."""
    return "\n".join(f"- {line}" for line in lines)


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # -0.0 becomes 0.0
