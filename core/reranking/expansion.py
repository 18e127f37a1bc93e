"""Alpha query expansion and database augmentation: a descriptor joined by its nearest.

Radenovic et al., Fine-tuning CNN Image Retrieval with No Human Annotation, 2018; as in
github.com/naver/deep-image-retrieval, dirtorch/test_dir.py (610247f). A negative cosine, which has
no power, counts as 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.reranking.constants import Constant, read_constants, written
from core.types.runs import Progress

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex
    from core.retrieval.neighbours import Graphs, NeighbourTable

_ALPHA = Constant("ALPHA", 3.0, 0.0, 100.0)
EXPANSION = (Constant("K", 2, 1, 1000), _ALPHA)
AUGMENTATION = (Constant("K", 3, 1, 1000), Constant("KQ", 2, 0, 1000), _ALPHA)
N_AUGMENTED = 1000
"""Images nearest to the query among which the nearest augmented ones are looked for."""


def expanded(
    vector: NDArray[np.float32], near: NDArray[np.float32], alpha: float
) -> NDArray[np.float64]:
    """Return the (D,) unit mean of a vector and its nearest, each times its cosine to the alpha.

    Args:
        vector: (D,) unit length.
        near: (k, D) unit rows.
        alpha: 0 weighs all alike.
    """
    own, rows = vector.astype(np.float64), near.astype(np.float64)
    weights = np.maximum(rows @ own, 0.0) ** alpha
    found = own + weights @ rows
    return found / max(float(np.linalg.norm(found)), 1e-30)


@dataclass(frozen=True, slots=True)
class QueryExpansion:
    """Cosine to the query expanded by its nearest images; see `DescriptorMethod`.

    Args:
        k: How many.
        alpha: Power of their cosines.
    """

    k: int
    alpha: float

    @property
    def fields(self) -> Mapping[str, str]:
        """In words, for fingerprint and receipts."""
        constants = written(EXPANSION, (self.k, self.alpha))
        return {"score": "cosine to the query expanded by its nearest images", "aqe": constants}

    def prepare(self, index: "FlatIndex") -> Iterator[Progress]:  # noqa: ARG002 - see the protocol
        """Do nothing: the index holds all that is needed."""
        return iter(())

    def of_rows(
        self, index: "FlatIndex", query: NDArray[np.float32], rows: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return the (len(rows),) scores of indexed images."""
        near = index.vectors(index.nearest(query, self.k))
        return index.vectors(rows) @ expanded(query, near, self.alpha)

    def of_other(
        self,
        index: "FlatIndex",
        query: NDArray[np.float32],
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> float:
        """Return the score of a vector, which joins the query's nearest where it is one of them."""
        near = _nearest(index, query, self.k, replaced)
        with_own = np.concatenate([index.vectors(near), vector[None]])
        first = np.argsort(-(with_own @ query), kind="stable")[: self.k]
        return float(vector @ expanded(query, with_own[first], self.alpha))


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Cosine of the query and an image that is joined by its own nearest; see `DescriptorMethod`.

    Args:
        k: How many of the nearest database images join an image.
        k_query: How many augmented images expand the query; 0 leaves it as it is.
        alpha: Power of the cosines of both.
        graphs: Where the nearest of every image are kept.
    """

    k: int
    k_query: int
    alpha: float
    graphs: "Graphs"

    @property
    def fields(self) -> Mapping[str, str]:
        """In words, for fingerprint and receipts."""
        constants = written(AUGMENTATION, (self.k, self.k_query, self.alpha))
        return {"score": "cosine to images joined by their own nearest", "dba": constants}

    def prepare(self, index: "FlatIndex") -> Iterator[Progress]:
        """Find the nearest images of every image, once."""
        yield from self.graphs.build(index, self.k)

    def of_rows(
        self, index: "FlatIndex", query: NDArray[np.float32], rows: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return the (len(rows),) scores of indexed images."""
        table = self.graphs.table(index, self.k)
        augmented = np.array([self._augmented(index, table, row) for row in rows])
        return augmented @ self._asked(index, table, query, None, [])

    def of_other(
        self,
        index: "FlatIndex",
        query: NDArray[np.float32],
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> float:
        """Return the score of a vector joined by its nearest; other images stay as they are."""
        table = self.graphs.table(index, self.k)
        near = index.vectors(_nearest(index, vector, self.k, replaced))
        own = expanded(vector, near, self.alpha)
        return float(own @ self._asked(index, table, query, replaced, [own]))

    def _augmented(
        self, index: "FlatIndex", table: "NeighbourTable", row: int
    ) -> NDArray[np.float64]:
        (vector,) = index.vectors([row])
        near = index.vectors(table.rows[row, : self.k].tolist())
        return expanded(vector, near, self.alpha)

    def _asked(
        self,
        index: "FlatIndex",
        table: "NeighbourTable",
        query: NDArray[np.float32],
        replaced: int | None,
        others: Sequence[NDArray[np.float64]],
    ) -> NDArray[np.float64]:
        """Return the query, expanded by the nearest augmented images."""
        if not self.k_query:
            return query.astype(np.float64)
        listed = _nearest(index, query, max(N_AUGMENTED, self.k_query), replaced)
        rows = np.array([*(self._augmented(index, table, row) for row in listed), *others])
        first = np.argsort(-(rows @ query), kind="stable")[: self.k_query]
        return expanded(query, rows[first].astype(np.float32), self.alpha)


def _nearest(
    index: "FlatIndex", vector: NDArray[np.float32], n: int, left_out: int | None
) -> list[int]:
    found = index.nearest(vector, n + (left_out is not None))
    return [row for row in found if row != left_out][:n]


def query_expansion(option: str) -> QueryExpansion:
    """Return the method with the constants `K,ALPHA`.

    Raises:
        SettingsError: They cannot be read or used.
    """
    k, alpha = read_constants("aqe", option, EXPANSION)
    return QueryExpansion(int(k), alpha)


def augmentation_constants(option: str) -> tuple[float, ...]:
    """Return the constants `K,KQ,ALPHA`.

    Raises:
        SettingsError: They cannot be read or used.
    """
    return read_constants("dba", option, AUGMENTATION)


def augmentation(option: str, graphs: "Graphs") -> Augmentation:
    """Return the method with the constants of an option."""
    k, k_query, alpha = augmentation_constants(option)
    return Augmentation(int(k), int(k_query), alpha, graphs)
