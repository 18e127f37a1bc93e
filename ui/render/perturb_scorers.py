"""The scorers of one sweep side by side: where each breaks, and its rank."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.robustness import ResponseCurve, ResponsePoint
from ui.render.perturb_text import breaking_text
from ui.render.text import MISSING, esc, scored, scored_in


def render_scorers(own: ResponseCurve, others: Sequence[ResponseCurve]) -> Markup:
    """Return a table with a row per scorer, the descriptor second."""
    heads = ("scorer", f"breaks at, {own.spec.unit}", "hard negatives", "neutral → last", "rank")
    titles = "".join(f'<th scope="col">{esc(head)}</th>' for head in heads)
    rows = [_row(own), _descriptor(own), *(_row(one) for one in others)]
    return Markup(
        '<section aria-label="Scorers side by side"><h3 class="sl-plot-head">Scorers</h3>'
        '<div class="sl-pt-scroll"><table class="sl-pt-table"><thead><tr>'
        f"{titles}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _row(curve: ResponseCurve) -> Markup:
    kind = curve.kind
    ends = [_at_neutral(curve), curve.points[-1] if curve.points else None]
    scores = [MISSING if p is None else scored(p.margin, kind) for p in ends]
    ranks = [MISSING if p is None or p.rank is None else str(p.rank) for p in ends]
    cells = (
        breaking_text(curve),
        scored_in(curve.hard_negative_margin, kind),
        f"{' → '.join(scores)} {kind.unit}",
        " → ".join(ranks),
    )
    return _cells(kind.name, cells)


def _descriptor(curve: ResponseCurve) -> Markup:
    ends = [_at_neutral(curve), curve.points[-1] if curve.points else None]
    scores = [MISSING if p is None or p.cosine is None else f"{p.cosine:.3f}" for p in ends]
    line = curve.hard_negative_cosine
    cells = (
        breaking_text(curve, of_margin=False),
        MISSING if line is None else f"{line:.3f}",
        f"{' → '.join(scores)} cosine",
        MISSING,
    )
    return _cells("descriptor", cells)


def _at_neutral(curve: ResponseCurve) -> ResponsePoint | None:
    return next((p for p in curve.points if p.strength == curve.spec.neutral), None)


def _cells(name: str, cells: Sequence[str]) -> Markup:
    values = "".join(f"<td>{esc(cell)}</td>" for cell in cells)
    return Markup(f'<tr><th scope="row">{esc(name)}</th>{values}</tr>')
