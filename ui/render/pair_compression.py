"""One pair under several compressions: margin drift, tokens, bytes, and which tokens stay."""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from core.types.pairs import KeptTokens, Squeezed
from ui.render.text import bytes_text, esc, signed

Side = Literal["query", "candidate"]
MAX_COMPRESSION = 120


def render_compressions(rows: Sequence[Squeezed], message: str = "") -> Markup:
    """Return the panel: what is known so far, and the form for one more.

    Args:
        rows: What was tried, uncompressed first; its margin is what drift is against.
        message: What is going on or went wrong; empty for nothing.
    """
    told = f'<p class="sl-sub" role="status">{esc(message)}</p>' if message else ""
    return Markup(
        '<section class="sl-panel sl-pair-compression" aria-label="Compression">'
        f"<h3>Compression</h3>{_table(rows)}{told}{_form()}</section>"
    )


def _table(rows: Sequence[Squeezed]) -> Markup:
    if not rows:
        return Markup(
            '<p class="sl-sub">How far the margin moves when less is stored of the candidate, and '
            "which visual tokens stay.</p>"
        )
    whole = rows[0].margin
    lines = "".join(_row(number, row, whole) for number, row in enumerate(rows))
    return Markup(
        '<div class="sl-pair-scroll"><table class="sl-pair-table"><thead><tr>'
        '<th scope="col">compression</th><th scope="col">margin, nats</th>'
        '<th scope="col">drift</th><th scope="col">tokens</th>'
        '<th scope="col">stored</th><th scope="col">kept tokens</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
        '<p class="sl-sub">Tokens of query + candidate; stored: the candidate\'s vectors or '
        "picture. Show darkens what is dropped on both pictures.</p>"
    )


def _row(number: int, row: Squeezed, whole: float | None) -> Markup:
    head = f'<tr><th scope="row"><code>{esc(row.compression)}</code></th>'
    if row.problem is not None or row.query is None or row.candidate is None:
        return Markup(f'{head}<td colspan="5" class="sl-down">{esc(row.problem or "")}</td></tr>')
    size, unit = bytes_text(row.n_bytes or 0)
    drift = "" if row.margin is None or whole is None else signed(row.margin - whole, 3)
    maps = _map(row.query, "query", number) + _map(row.candidate, "candidate", number)
    return Markup(
        f"{head}<td><b>{signed(row.margin, 3)}</b></td><td>{drift}</td>"
        f"<td>{row.query.count} + {row.candidate.count}</td><td>{size} {unit}</td>"
        f'<td><button type="button" class="sl-button" data-pair-kept="{number}" '
        f'aria-pressed="false" aria-label="Show the tokens that {esc(row.compression)} keeps">'
        f"Show</button><span hidden>{maps}</span></td></tr>"
    )


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
