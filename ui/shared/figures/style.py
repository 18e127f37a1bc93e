"""What all plots share: no template, no background, and colours that mean one thing.

Font and grid colours are left out on purpose: `assets/js/figures.js` sets them from the page's
theme, so that one figure reads well in light and dark.
"""

from typing import Any

from core.types.corpus import Relation
from core.types.rankings import FailureClass

POSITIVE = "#15a34a"
NEGATIVE = "#dc2626"
JUNK = "#64748b"
BEFORE = "#64748b"
AFTER = "#6366f1"
FAINT = "rgba(100,116,139,0.38)"

RELATION_COLOURS: dict[Relation, str] = {
    "positive": POSITIVE,
    "negative": FAINT,
    "junk": JUNK,
    "unlabelled": FAINT,
}
CLASS_MARKS: dict[FailureClass, tuple[str, str]] = {
    "rescued": (POSITIVE, "triangle-up"),
    "easy": ("#0d9488", "circle-open"),
    "unmoved": ("rgba(100,116,139,0.55)", "circle"),
    "harmed, demoted": ("#d97706", "triangle-down"),
    "harmed by an intruder": (NEGATIVE, "x"),
    "missed": ("#7c3aed", "diamond-open"),
}
"""Colour and symbol of a failure class; no two share a symbol."""


def base_layout(height: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - plotly's own types
    """Return the layout every figure starts from."""
    layout: dict[str, Any] = {
        "height": height,
        "margin": {"l": 52, "r": 16, "t": 36, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "IBM Plex Sans, system-ui, sans-serif", "size": 12},
        "hoverlabel": {"font": {"family": "IBM Plex Mono, monospace", "size": 12}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": None},
        "hovermode": "closest",
        "dragmode": "zoom",
    }
    return layout | more


_SCORER_LOOKS = (
    (AFTER, "circle"),
    (BEFORE, "square-open"),
    ("#0891b2", "diamond"),
    ("#d97706", "triangle-up-open"),
    ("#db2777", "triangle-down"),
    ("#0d9488", "triangle-left-open"),
    ("#7c3aed", "hexagon"),
    ("#65a30d", "pentagon-open"),
)


def scorer_look(place: int) -> tuple[str, str]:
    """Return colour and symbol of a scorer: the own first, the descriptor second, the others."""
    return _SCORER_LOOKS[place % len(_SCORER_LOOKS)]
