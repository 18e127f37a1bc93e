"""Which regions of two images carry the yes-margin: leave a cell of stored tokens out, ask again.

Occlusion after Zeiler and Fergus 2014 (arXiv 1311.2901, section 4.2), on visual tokens instead of
pixels: nothing is painted over, no image is encoded again, and the tokens that stay keep their
places.
"""

import time
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from core.mllm.ablation import Kept, PairAblation
from core.types.pairs import Attribution, PairAttribution
from core.types.scores import VisualTokens

MOST_SUFFIXES = 64
"""Each image's cells go through the model in one batch of at most this many; the whole pair is one
of the candidate's."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """An image's token grid cut into cells.

    `of_token` (T,) numbers the cell of each stored token, row by row, -1 for a token after the
    grid; `rows` and `columns` hold the cells' borders in tokens.
    """

    of_token: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        return len(self.rows) - 1, len(self.columns) - 1

    def without(self, cell: int) -> Kept:
        """Return which tokens stay when a cell is dropped."""
        return self.of_token != cell


def cut(tokens: VisualTokens, most: int) -> Cells:
    """Cut a grid into at most `most` cells: one token each where they are few enough.

    Else neighbours are put together as evenly as whole tokens allow, near squares first.
    """
    height, width = tokens.grid
    rows, columns = _cell_counts(height, width, most)
    row_edges = np.arange(rows + 1) * height // rows
    column_edges = np.arange(columns + 1) * width // columns
    row = np.searchsorted(row_edges, tokens.positions[:, 0], side="right") - 1
    column = np.searchsorted(column_edges, tokens.positions[:, 1], side="right") - 1
    of_token = np.where(tokens.positions[:, 0] < height, row * columns + column, -1)
    return Cells(of_token.astype(np.int64), row_edges, column_edges)


def cells_of_both(query: VisualTokens, candidate: VisualTokens) -> tuple[Cells, Cells]:
    """Return the cells of both images, so many that each image's batch fits the budget."""
    return cut(query, MOST_SUFFIXES), cut(candidate, MOST_SUFFIXES - 1)


def explain(
    ablation: PairAblation, query: VisualTokens, candidate: VisualTokens
) -> PairAttribution:
    """Return what every cell of both images adds to the margin.

    At most 64 suffixes for the candidate, the whole pair and one for each of its cells, which cost
    a candidate each; and at most 64 for the query's cells, which cost both images each (see
    `PairAblation`).

    Args:
        ablation: Runs the pair's variants.
        query: The query's stored tokens.
        candidate: The candidate's stored tokens.

    Raises:
        ModelError: A logit is not finite, or one pair does not fit in memory.
    """
    clock = time.perf_counter()
    of_query, of_candidate = cells_of_both(query, candidate)
    query_cells = np.unique(of_query.of_token[of_query.of_token >= 0])
    candidate_cells = np.unique(of_candidate.of_token[of_candidate.of_token >= 0])
    whole = np.ones(len(candidate.positions), bool)
    beside_query = ablation.candidate_margins(
        [whole, *(of_candidate.without(cell) for cell in candidate_cells)]
    )
    margin = float(beside_query[0])
    beside_candidate = ablation.query_margins([of_query.without(cell) for cell in query_cells])
    return PairAttribution(
        margin,
        _attribution(of_query, query_cells, margin - beside_candidate),
        _attribution(of_candidate, candidate_cells, margin - beside_query[1:]),
        1 + len(query_cells) + len(candidate_cells),
        time.perf_counter() - clock,
    )


def _attribution(cells: Cells, known: NDArray[np.int64], drops: NDArray[np.float64]) -> Attribution:
    nats = np.full(cells.shape[0] * cells.shape[1], np.nan)
    nats[known] = drops
    return Attribution(
        nats.reshape(cells.shape),
        cells.rows / cells.rows[-1],
        cells.columns / cells.columns[-1],
    )


def _cell_counts(height: int, width: int, most: int) -> tuple[int, int]:
    """Return rows and columns within the budget: the smallest largest cell, then the squarest."""
    best = (1, 1)
    for rows in range(1, height + 1):
        columns = min(width, most // rows)
        if columns < 1:
            break
        best = max(best, (rows, columns), key=lambda one: _worth(one, height, width))
    return best


def _worth(counts: tuple[int, int], height: int, width: int) -> tuple[int, float]:
    rows, columns = counts
    tall, wide = ceil(height / rows), ceil(width / columns)
    return -tall * wide, -abs(tall / wide - 1)
