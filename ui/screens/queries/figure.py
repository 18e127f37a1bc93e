"""Rank flow: one line per re-ranked candidate through every order, from before to after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal

import plotly.graph_objects as go

from core.types.corpus import Relation
from core.types.rankings import Candidate, QueryView
from core.types.scores import ScoreKind
from ui.screens.queries.words import between
from ui.shared.figures.style import NEGATIVE, RELATION_COLOURS, base_layout
from ui.shared.text import file_name, movement_text, scored_in

HEIGHT_PX, MORE_PX = 420, 90
"""Of two orders, and of each further one."""
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


@dataclass(frozen=True, slots=True)
class _Row:
    """One order in the flow; `ranks` by image_id, None where a stage left no order."""

    name: str
    ranks: Mapping[str, int] | None
    y: float


def height_px(view: QueryView) -> int:
    """Return how high the flow is."""
    return HEIGHT_PX + MORE_PX * len(between(view))


def rank_flow(view: QueryView) -> go.Figure:
    """Return the flow: before on top, then each stage, after below, a log axis of ranks.

    A stage that left no order is a row without marks: lines pass it.
    """
    rows = _rows(view)
    intruders = [candidate for candidate in view.moved if candidate.intruder]
    figure = go.Figure(layout=_layout(view, intruders, rows))
    for name, relation in _GROUPS:
        members = [c for c in view.moved if c.relation == relation and not c.intruder]
        if members:
            figure.add_scatter(**_lines(name, members, relation, view.kind, rows))
    if intruders:
        figure.add_scatter(**_lines("intruder", intruders, "intruder", view.kind, rows))
    return figure


def _rows(view: QueryView) -> tuple[_Row, ...]:
    steps = [view.stages[place] for place in between(view)]
    is_missing = bool(view.stages) and view.stages[-1].is_missing
    after = None if is_missing else {c.image_id: c.rank_after for c in view.moved}
    named: list[tuple[str, Mapping[str, int] | None]] = [
        ("before", {c.image_id: c.rank_before for c in view.moved}),
        *((step.stage, None if step.is_missing else step.ranks) for step in steps),
        ("after", after),
    ]
    last = len(named) - 1
    return tuple(_Row(name, ranks, 1 - i / last) for i, (name, ranks) in enumerate(named))


def _lines(
    name: str,
    members: Sequence[Candidate],
    kind: Relation | Literal["intruder"],
    score: ScoreKind,
    rows: Sequence[_Row],
) -> dict[str, object]:
    """Return one trace for many candidates: their lines are separated by gaps."""
    colour = NEGATIVE if kind == "intruder" else RELATION_COLOURS[kind]
    width = {"positive": 3.5, "intruder": 2.0, "junk": 1.2}.get(kind, 1.0)
    dash = {"junk": "dash", "intruder": "dot"}.get(kind, "solid")
    symbol = {"positive": "circle", "intruder": "x", "junk": "line-ew"}.get(kind, "circle")
    xs: list[float | None] = []
    ys: list[float | None] = []
    shown = [(row.ranks, row.y) for row in rows if row.ranks is not None]
    ids: list[str | None] = []
    texts: list[str] = []
    for candidate in members:
        image_id = candidate.image_id
        ranks = [found[image_id] for found, _ in shown]
        xs += [*ranks, None]
        ys += [*(y for _, y in shown), None]
        ids += [*(image_id for _ in shown), None]
        texts += [*(_hover(candidate, score, ranks) for _ in shown), ""]
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


def _hover(candidate: Candidate, kind: ScoreKind, ranks: Sequence[int]) -> str:
    name = file_name(candidate.image_id).replace("<", "&lt;")
    score = f"{kind.name} {scored_in(candidate.margin, kind)}"
    if candidate.margin is None:
        score = "thinned away" if candidate.is_thinned else f"{kind.name} not scored"
    return (
        f"{name}<br>rank {' → '.join(map(str, ranks))} "
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


def _layout(view: QueryView, intruders: Sequence[Candidate], rows: Sequence[_Row]) -> go.Layout:
    ranks = [rank for row in rows if row.ranks is not None for rank in row.ranks.values()]
    last = max(ranks, default=view.depth)
    names = [row.name if row.ranks is not None else f"{row.name}: missing" for row in rows]
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
            height_px(view),
            margin={"l": max(52, 14 + 6 * max(map(len, names))), "r": 12, "t": 30, "b": 40},
            xaxis=axis,
            yaxis={
                "range": [-0.22, 1.08],
                "tickvals": [row.y for row in reversed(rows)],
                "ticktext": list(reversed(names)),
                "zeroline": False,
                "fixedrange": True,
            },
            annotations=_callouts(view, intruders) if rows[-1].ranks is not None else [],
            uirevision=view.query.image_id,
        )
    )
