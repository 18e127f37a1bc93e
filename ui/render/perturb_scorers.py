"""The scorers of one sweep side by side: where each breaks, and its rank."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.number_text import MISSING
from core.types.robustness import ResponseCurve, ResponsePoint
from ui.render.parts import caption, table, tag
from ui.render.perturb_text import breaking_text
from ui.shared.text import scored, scored_in


def render_scorers(own: ResponseCurve, others: Sequence[ResponseCurve]) -> Markup:
    """Return a table with a row per scorer, the descriptor second."""
    heads = ("scorer", f"breaks at, {own.spec.unit}", "hard negatives", "neutral → last", "rank")
    rows = [_row(own), _descriptor(own), *map(_row, others)]
    body = caption("Scorers") + table(heads, rows, "sl-pt-table", "sl-pt-scroll")
    return tag("section", body, aria_label="Scorers side by side")


def _row(curve: ResponseCurve) -> tuple[str, ...]:
    kind = curve.kind
    ends = [_at_neutral(curve), curve.points[-1] if curve.points else None]
    scores = [MISSING if p is None else scored(p.margin, kind) for p in ends]
    ranks = [MISSING if p is None or p.rank is None else str(p.rank) for p in ends]
    return (
        kind.name,
        breaking_text(curve),
        scored_in(curve.hard_negative_margin, kind),
        f"{' → '.join(scores)} {kind.unit}",
        " → ".join(ranks),
    )


def _descriptor(curve: ResponseCurve) -> tuple[str, ...]:
    ends = [_at_neutral(curve), curve.points[-1] if curve.points else None]
    scores = [MISSING if p is None or p.cosine is None else f"{p.cosine:.3f}" for p in ends]
    line = curve.hard_negative_cosine
    return (
        "descriptor",
        breaking_text(curve, of_margin=False),
        MISSING if line is None else f"{line:.3f}",
        f"{' → '.join(scores)} cosine",
        MISSING,
    )


def _at_neutral(curve: ResponseCurve) -> ResponsePoint | None:
    return next((p for p in curve.points if p.strength == curve.spec.neutral), None)
