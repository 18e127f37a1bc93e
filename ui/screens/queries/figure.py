"""Rank flow: one line per re-ranked candidate from its rank before to its rank after."""

from collections.abc import Sequence
from math import log10
from typing import Literal

import plotly.graph_objects as go

from core.types.corpus import Relation
from core.types.rankings import Candidate, QueryView
from core.types.scores import ScoreKind
from ui.shared.figures.style import NEGATIVE, RELATION_COLOURS, base_layout
from ui.shared.text import file_name, movement_text, scored_in

HEIGHT_PX = 420
MAX_CALLOUTS = 4
CALLOUT_GAP = 0.13  # of a decade: the width of a label at 700 px
_SYMBOLS = "DejaVu Sans, Segoe UI Symbol, sans-serif"
_TICKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)
_GROUPS: tuple[tuple[str, Relation], ...] = (
    ("negative", "negative"),
    ("unlabelled", "unlabelled"),
    ("junk", "junk"),
    ("positive", "positive"),
)


def rank_flow(view: QueryView) -> go.Figure:
    """Return the flow: before on top, after below, rank from left to right on a log axis."""
    intruders = [candidate for candidate in view.moved if candidate.intruder]
    figure = go.Figure(layout=_layout(view, intruders))
    for name, relation in _GROUPS:
        members = [c for c in view.moved if c.relation == relation and not c.intruder]
        if members:
            figure.add_scatter(**_lines(name, members, relation, view.kind))
    if intruders:
        figure.add_scatter(**_lines("intruder", intruders, "intruder", view.kind))
    return figure


def _lines(
    name: str, members: Sequence[Candidate], kind: Relation | Literal["intruder"], score: ScoreKind
) -> dict[str, object]:
    """Return one trace for many candidates: their lines are separated by gaps."""
    colour = NEGATIVE if kind == "intruder" else RELATION_COLOURS[kind]
    width = {"positive": 3.5, "intruder": 2.0, "junk": 1.2}.get(kind, 1.0)
    dash = {"junk": "dash", "intruder": "dot"}.get(kind, "solid")
    symbol = {"positive": "circle", "intruder": "x", "junk": "line-ew"}.get(kind, "circle")
    xs: list[float | None] = []
    ys: list[float | None] = []
    ids: list[str | None] = []
    texts: list[str] = []
    for candidate in members:
        xs += [candidate.rank_before, candidate.rank_after, None]
        ys += [1, 0, None]
        ids += [candidate.image_id, candidate.image_id, None]
        texts += [_hover(candidate, score), _hover(candidate, score), ""]
    return {
        "x": xs,
        "y": ys,
        "customdata": ids,
        "text": texts,
        "name": f"{name} ({len(members)})",
        "mode": "lines+markers",
        "line": {"color": colour, "width": width, "dash": dash},
        "marker": {
            "color": colour,
            "size": 8 if kind in ("positive", "intruder") else 4,
            "symbol": symbol,
        },
        "hovertemplate": "%{text}<extra></extra>",
        "connectgaps": False,
    }


def _hover(candidate: Candidate, kind: ScoreKind) -> str:
    name = file_name(candidate.image_id).replace("<", "&lt;")
    score = f"{kind.name} {scored_in(candidate.margin, kind)}"
    if candidate.margin is None:
        score = "thinned away" if candidate.is_thinned else f"{kind.name} not scored"
    return (
        f"{name}<br>rank {candidate.rank_before} → {candidate.rank_after} "
        f"({movement_text(candidate.movement)[0]})<br>"
        f"{score}, cosine {candidate.cosine:.3f}"
    )


def _callouts(view: QueryView, intruders: Sequence[Candidate]) -> list[dict[str, object]]:
    """Return labels under the first intruders and moved positives, none over another."""
    positives = [c for c in view.moved if c.relation == "positive" and c.movement]
    chosen = [(c, "✕") for c in sorted(intruders, key=_after)[:MAX_CALLOUTS]]
    chosen += [(c, "✓") for c in sorted(positives, key=_after)[:MAX_CALLOUTS]]
    labels: list[dict[str, object]] = []
    last = float("-inf")
    for candidate, glyph in sorted(chosen, key=lambda item: item[0].rank_after):
        place = log10(candidate.rank_after)
        if place - last < CALLOUT_GAP:
            continue
        last = place
        labels.append(
            {
                "x": place,
                "y": -0.04,
                "yanchor": "top",
                "text": f"{glyph} {movement_text(candidate.movement)[0]}",
                "showarrow": False,
                "font": {"size": 12, "family": _SYMBOLS},
            }
        )
    return labels


def _after(candidate: Candidate) -> int:
    return candidate.rank_after


def _layout(view: QueryView, intruders: Sequence[Candidate]) -> go.Layout:
    last = max((max(c.rank_before, c.rank_after) for c in view.moved), default=view.depth)
    ticks = [tick for tick in _TICKS if tick < last] + [last]
    axis = {
        "type": "log",
        "range": [-0.04, log10(max(2, last)) + 0.04],
        "tickvals": ticks,
        "ticktext": [str(tick) for tick in ticks],
        "title": {"text": "rank, log scale", "standoff": 6},
        "zeroline": False,
    }
    return go.Layout(
        **base_layout(
            HEIGHT_PX,
            margin={"l": 52, "r": 12, "t": 30, "b": 40},
            xaxis=axis,
            yaxis={
                "range": [-0.22, 1.08],
                "tickvals": [0, 1],
                "ticktext": ["after", "before"],
                "zeroline": False,
                "fixedrange": True,
            },
            annotations=_callouts(view, intruders),
            uirevision=view.query.image_id,
        )
    )
