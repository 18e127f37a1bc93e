"""One pair under several compressions: margin drift, tokens, bytes, and which tokens stay."""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from core.types.number_text import signed
from core.types.pairs import KeptTokens, Squeezed
from ui.render.parts import Cell, note, panel, pressed, table, tag
from ui.shared.text import bytes_text

Side = Literal["query", "candidate"]
MAX_COMPRESSION = 120


def render_compressions(rows: Sequence[Squeezed], message: str = "") -> Markup:
    """Return the panel: what is known so far, and the form for one more.

    Args:
        rows: What was tried, uncompressed first; its margin is what drift is against.
        message: What is going on or went wrong; empty for nothing.
    """
    told = note(message, role="status") if message else ""
    return panel("Compression", _table(rows), told, _form(), kind="sl-pair-compression")


def _table(rows: Sequence[Squeezed]) -> Markup:
    if not rows:
        return note(
            "How far the margin moves when less is stored of the candidate, and "
            "which visual tokens stay."
        )
    lines = (_row(number, row, rows[0].margin) for number, row in enumerate(rows))
    columns = ("compression", "margin, nats", "drift", "tokens", "stored", "kept tokens")
    return Markup(
        f"{table(columns, lines, 'sl-pair-table', 'sl-pair-scroll')}"
        '<p class="sl-sub">Tokens of query + candidate; stored: the candidate\'s vectors or '
        "picture. Show darkens what is dropped on both pictures.</p>"
    )


def _row(number: int, row: Squeezed, whole: float | None) -> list[object]:
    name = tag("code", row.compression)
    if row.problem is not None or row.query is None or row.candidate is None:
        return [name, Cell(row.problem or "", "sl-down", span=5)]
    maps = _map(row.query, "query", number) + _map(row.candidate, "candidate", number)
    label = f"Show the tokens that {row.compression} keeps"
    show = pressed("Show", on=False, kind="sl-button", data_pair_kept=number, aria_label=label)
    return [
        name,
        tag("b", signed(row.margin, 3)),
        "" if row.margin is None or whole is None else signed(row.margin - whole, 3),
        f"{row.query.count} + {row.candidate.count}",
        " ".join(bytes_text(row.n_bytes or 0)),
        show + tag("span", maps, hidden=True),
    ]


def _map(tokens: KeptTokens, side: Side, number: int) -> Markup:
    """Return the dropped cells of one picture, to be laid over it."""
    height, width = tokens.kept.shape
    cells = "".join(
        f'<rect x="{column}" y="{row}" width="1" height="1" class="sl-pair-left"/>'
        for row in range(height)
        for column in range(width)
        if not tokens.kept[row, column]
    )
    return Markup(
        f'<svg data-kept="{number}" data-side="{side}" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="none">{cells}</svg>'
    )


def _form() -> Markup:
    return Markup(
        '<form class="sl-pair-form sl-pair-one" data-pair-compression>'
        '<button type="button" class="sl-button" data-pair-wish="compressions">'
        "Compare compressions</button>"
        f'<input name="compression" maxlength="{MAX_COMPRESSION}" autocomplete="off" '
        'placeholder="divprune:16+int8" aria-label="Compression to try">'
        '<button class="sl-button">Try</button></form>'
    )
