"""Diffusion: a query's similarity spread over the graph of images that name each other as near.

Iscen et al., Efficient Diffusion on Region Manifolds, CVPR 2017, with the constants of Yang et al.,
Efficient Image Retrieval via Decoupling Diffusion, AAAI 2019 (github.com/fyang93/diffusion,
5f5c6b3): (I - alpha W) f = y, W symmetric and normalised, solved by conjugate gradients.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array
from scipy.sparse.linalg import cg

from core.recent import Recent
from core.reranking.constants import Constant, read_constants, written
from core.types.runs import Progress

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex
    from core.retrieval.neighbours import Graphs, NeighbourTable

CONSTANTS = (
    Constant("KQ", 3, 1, 1000),
    Constant("KD", 6, 2, 1000),
    Constant("ALPHA", 0.8, 0.0, 0.999),
)
"""The paper's 10, 50, 0.99 are for classes of many images; these for about five per query."""
POWER = 3
"""Of the cosines; negative ones count as 0."""
STEPS, TOLERANCE = 20, 1e-6


def affinity(
    rows: NDArray[np.int32], cosines: NDArray[np.float32], power: float = POWER
) -> csr_array:
    """Return the (N, N) symmetric weights between images that name each other.

    Args:
        rows: (N, k) nearest of each row, itself left out.
        cosines: (N, k) their cosines.
        power: Of the cosines.
    """
    n, k = rows.shape
    starts = np.arange(0, n * k + 1, k)
    weights = np.maximum(cosines.astype(np.float64), 0.0) ** power
    one_way = csr_array((weights.ravel(), rows.ravel(), starts), shape=(n, n))
    return one_way.minimum(one_way.T).tocsr()


def normalised(weights: csr_array) -> csr_array:
    """Return D^-1/2 W D^-1/2 of symmetric weights; an image without neighbours has zeros."""
    degrees = np.asarray(weights.sum(axis=1)).ravel()
    scale = diags_array((degrees + 1e-12) ** -0.5)
    return (scale @ weights @ scale).tocsr()


def diffused(
    weights: csr_array,
    start: NDArray[np.float64],
    alpha: float,
    steps: int = STEPS,
    tolerance: float = TOLERANCE,
) -> NDArray[np.float64]:
    """Return f (N,) of (I - alpha W) f = start by conjugate gradients, at most `steps` of them."""
    system = eye_array(len(start), format="csr") - alpha * weights
    found, _ = cg(system, start, rtol=tolerance, maxiter=steps)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Diffusion:
    """How much of a query's similarity reaches an image; see `DescriptorMethod`.

    Args:
        k_query: Images nearest to the query from which it spreads.
        k_graph: Nearest that an image names, itself counted as in the paper's code.
        alpha: Share that is passed on.
        graphs: Where the nearest of every image are kept.
    """

    k_query: int
    k_graph: int
    alpha: float
    graphs: "Graphs"
    _weights: Recent[str, csr_array] = field(default_factory=lambda: Recent[str, csr_array](1))

    @property
    def fields(self) -> Mapping[str, str]:
        """In words, for fingerprint and receipts."""
        constants = written(CONSTANTS, (self.k_query, self.k_graph, self.alpha))
        solved = f"power {POWER}, conjugate gradients {STEPS} steps to {TOLERANCE:g}"
        return {
            "score": "diffusion of the query over images that name each other as near",
            "diffusion": f"{constants}, {solved}",
        }

    def prepare(self, index: "FlatIndex") -> Iterator[Progress]:
        """Find the nearest images of every image, once."""
        yield from self.graphs.build(index, self.k_graph)

    def of_rows(
        self, index: "FlatIndex", query: NDArray[np.float32], rows: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return the (len(rows),) scores of indexed images; the graph is solved once."""
        near = index.nearest(query, self.k_query)
        start = np.zeros(len(index.image_ids))
        start[near] = _power(index.vectors(near) @ query)
        return diffused(normalised(self._graph(index)), start, self.alpha)[list(rows)]

    def of_other(
        self,
        index: "FlatIndex",
        query: NDArray[np.float32],
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> float:
        """Return the score of a vector that joins the graph as its last image.

        Edges between other images stay as they are; `replaced` loses its own.
        """
        n = len(index.image_ids)
        table, graph = self.graphs.table(index, self.k_graph), self._graph(index).copy()
        kept = np.ones(n)
        if replaced is not None:
            kept[replaced] = 0.0
            graph = diags_array(kept) @ graph @ diags_array(kept)
        edges = self._edges(index, table, vector, replaced)
        joined = _extended(graph.tocsr(), edges)
        start = np.append(kept, 1.0)
        cosines = np.append(index.vectors(range(n)) @ query, vector @ query)
        cosines[start == 0.0] = -np.inf
        near = np.argsort(-cosines, kind="stable")[: self.k_query]
        start = np.zeros(n + 1)
        start[near] = _power(cosines[near])
        return float(diffused(normalised(joined), start, self.alpha)[-1])

    def _edges(
        self,
        index: "FlatIndex",
        table: "NeighbourTable",
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> dict[int, float]:
        """Return the weights to the images that are near to a vector and it to them, by row."""
        n_named = self.k_graph - 1
        near = [row for row in index.nearest(vector, n_named + 1) if row != replaced][:n_named]
        cosines = index.vectors(near) @ vector
        edges: dict[int, float] = {}
        for row, cosine in zip(near, cosines.tolist(), strict=True):
            others = table.cosines[row][table.rows[row] != replaced]
            if len(others) < n_named or cosine >= others[n_named - 1]:
                edges[row] = max(cosine, 0.0) ** POWER
        return edges

    def _graph(self, index: "FlatIndex") -> csr_array:
        table, n = self.graphs.table(index, self.k_graph), self.k_graph - 1
        return self._weights.get_or_make(
            index.fingerprint, lambda: affinity(table.rows[:, :n], table.cosines[:, :n])
        )


def _power(cosines: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.maximum(cosines.astype(np.float64), 0.0) ** POWER


def _extended(graph: csr_array, edges: Mapping[int, float]) -> csr_array:
    """Return symmetric weights with one more row and column that hold these edges."""
    found, n = graph.tocoo(), len(graph.indptr) - 1
    rows, values = list(edges), list(edges.values())
    last = [n] * len(rows)
    data = np.concatenate([found.data, values, values])
    at = (np.concatenate([found.row, rows, last]), np.concatenate([found.col, last, rows]))
    return csr_array((data, (at[0].astype(int), at[1].astype(int))), shape=(n + 1, n + 1))


def diffusion_constants(option: str) -> tuple[float, ...]:
    """Return the constants `KQ,KD,ALPHA`.

    Raises:
        SettingsError: They cannot be read or used.
    """
    return read_constants("diffusion", option, CONSTANTS)


def diffusion(option: str, graphs: "Graphs") -> Diffusion:
    """Return the method with the constants of an option."""
    k_query, k_graph, alpha = diffusion_constants(option)
    return Diffusion(int(k_query), int(k_graph), alpha, graphs)
