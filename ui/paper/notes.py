"""Texts within a plot: annotations and the texts of marks, moved until none covers another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from ui.paper.canvas import HALO, INK, LINE_PT, Paper, Ruler
from ui.paper.words import Words

Side = Literal["left", "center", "right"]
Height = Literal["bottom", "center", "top"]
_Floats = NDArray[np.float64]
_APART_PT = 1.2
_LINES_DOWN = 12
_RINGS_PT = (4.0, 7.0, 11.0, 16.0, 22.0, 30.0)
_POINTER_FROM_PT = 9.0
"""A text farther from its mark than this is joined to it by a line."""
_PER_POINT = 3.0
"""What a covered point of a line counts, in points of distance."""


@dataclass(frozen=True, slots=True)
class Note:
    """A text at a place of the page, in points.

    `side` and `height` say which part of the text stands there, as in Plotly. A note of a mark may
    go all around it, another one down and up its pane and to its other side.
    """

    words: Words
    x: float
    y: float
    side: Side
    height: Height
    of_mark: bool = False
    points_at: tuple[float, float] | None = None


@dataclass(slots=True, eq=False)
class Places:
    """Where texts stand in one pane, and the points that they should not cover.

    Args:
        room: The pane, in points.
        drawn: (n, 2) points of lines and marks.
    """

    room: Bbox
    drawn: NDArray[np.float64]
    taken: list[tuple[float, float, float, float]] = field(
        default_factory=list[tuple[float, float, float, float]]
    )

    def find(self, note: Note, width: float, height: float) -> tuple[float, float] | None:
        """Return the lower left corner of the best free place, or None; the place is taken."""
        cost, x, y = np.array(list(_candidates(note, width, height))).T
        if not note.of_mark:  # a label at its pane's end is pushed inside
            x = np.clip(x, self.room.x0, max(self.room.x1 - width, self.room.x0))
            y = np.clip(y, self.room.y0, max(self.room.y1 - height, self.room.y0))
        free = np.flatnonzero(self._are_free(x, y, width, height))
        best: tuple[float, float, float] | None = None
        for place in free[np.argsort(cost[free], kind="stable")]:
            if best is not None and cost[place] >= best[0]:
                break
            at = (float(x[place]), float(y[place]))
            whole = float(cost[place]) + _PER_POINT * self._n_covered(*at, width, height)
            if best is None or whole < best[0]:
                best = (whole, *at)
        if best is None:
            return None
        left, bottom = best[1:]
        self.taken.append((left, bottom, left + width, bottom + height))
        return left, bottom

    def _are_free(self, x: _Floats, y: _Floats, width: float, height: float) -> NDArray[np.bool_]:
        room, gap = self.room, _APART_PT
        inside = (room.x0 <= x) & (x + width <= room.x1) & (room.y0 <= y) & (y + height <= room.y1)
        if not self.taken:
            return inside
        x0, y0, x1, y1 = np.array(self.taken).T[:, :, None]
        crossed = (x0 < x + width + gap) & (x - gap < x1) & (y0 < y + height + gap) & (y - gap < y1)
        return inside & ~crossed.any(axis=0)

    def _n_covered(self, left: float, bottom: float, width: float, height: float) -> int:
        x, y = self.drawn[:, 0], self.drawn[:, 1]
        return int(((left < x) & (x < left + width) & (bottom < y) & (y < bottom + height)).sum())


def _candidates(note: Note, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Yield (cost, x, y) of lower left corners, what was asked for first."""
    if note.of_mark:
        yield from _around(note, width, height)
        return
    x_shift = {"left": 0.0, "center": -width / 2, "right": -width}
    y_shift = {"bottom": 0.0, "center": -height / 2, "top": -height}
    other: dict[Side, Side] = {"left": "right", "right": "left", "center": "center"}
    sides: list[tuple[float, float]] = [(0.0, x_shift[note.side])]
    if note.side != "center":
        sides.append((width * 0.5, x_shift[other[note.side]]))
    sides += [(abs(s) + 2.0, x_shift["center"] + s) for s in (0.0, -width / 4, width / 4)]
    for step in range(-_LINES_DOWN, _LINES_DOWN + 1):
        for cost, shift in sides:
            dy = step * LINE_PT / 2
            yield (cost + abs(dy), note.x + shift, note.y + y_shift[note.height] + dy)


def _around(note: Note, width: float, height: float) -> Iterator[tuple[float, float, float]]:
    """Yield places on rings around a mark; the side that was asked for is the cheapest."""
    for ring in _RINGS_PT:
        for i in range(16):
            angle = 2 * np.pi * i / 16
            dx, dy = float(np.cos(angle)), float(np.sin(angle))
            x = note.x + ring * dx + (dx - 1) * width / 2
            y = note.y + ring * dy + (dy - 1) * height / 2
            yield ring + 3.0 * _away(note, dx, dy), x, y


def _away(note: Note, dx: float, dy: float) -> float:
    """Return how far a direction is from the one asked for, in [0, 4]."""
    want = np.array(
        [
            {"left": 1.0, "center": 0.0, "right": -1.0}[note.side],
            {"bottom": 1.0, "center": 0.0, "top": -1.0}[note.height],
        ]
    )
    length = float(np.linalg.norm(want)) or 1.0
    return float(np.linalg.norm(np.array([dx, dy]) - want / length))


def place_notes(paper: Paper, notes: Sequence[Note], places: Places, ruler: Ruler) -> list[Note]:
    """Write the notes of one pane, and return those that found no place."""
    homeless: list[Note] = []
    for note in notes:
        text = note.words.text
        width, height = ruler.size(text, bold=note.words.bold)
        at = places.find(note, width, height)
        if at is None:
            homeless.append(note)
            continue
        x, y = at
        paper.text(x, y, text, ha="left", va="bottom", **_look(note))
        goal = note.points_at or ((note.x, note.y) if note.of_mark else None)
        if goal is not None:
            _point(paper, Bbox.from_bounds(x, y, width, height), goal)
    return homeless


def _look(note: Note) -> dict[str, Any]:
    return {
        "fontweight": "bold" if note.words.bold else "normal",
        "path_effects": [withStroke(linewidth=HALO, foreground="white")],
        "zorder": 6,
    }


def _point(paper: Paper, box: Bbox, goal: tuple[float, float]) -> None:
    """Draw a thin line from a text to its mark, where it does not stand beside it."""
    x = min(max(goal[0], box.x0), box.x1)
    y = min(max(goal[1], box.y0), box.y1)
    if np.hypot(x - goal[0], y - goal[1]) < _POINTER_FROM_PT:
        return
    paper.figure.add_artist(
        Line2D(
            [x / paper.width_pt, goal[0] / paper.width_pt],
            [y / paper.height_pt, goal[1] / paper.height_pt],
            color=INK, linewidth=0.4, zorder=5,
        )
    )  # fmt: skip
