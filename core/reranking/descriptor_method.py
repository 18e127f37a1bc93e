"""What a stage that reads descriptors alone computes: a score per image, from the index.

A score depends on the query, the image and the indexed database, never on the order that a stage
is given or on other queries.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.types.runs import Progress

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex


class DescriptorMethod(Protocol):
    """Scores images against a query from descriptors: higher is better, no model call."""

    @property
    def fields(self) -> Mapping[str, str]:
        """What the scores are and their constants, in words, for fingerprint and receipts."""
        ...

    def prepare(self, index: "FlatIndex") -> Iterator[Progress]:
        """Do what is needed once for a database; what is left undone, the first score does."""
        ...

    def of_rows(
        self, index: "FlatIndex", query: NDArray[np.float32], rows: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return the (len(rows),) scores of indexed images against a (D,) query; rows >= 1."""
        ...

    def of_other(
        self,
        index: "FlatIndex",
        query: NDArray[np.float32],
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> float:
        """Return the score of a (D,) vector that is not indexed.

        Args:
            index: The database.
            query: (D,) descriptor.
            vector: (D,) descriptor of the image.
            replaced: Row of the image whose place it takes, as a damaged copy does; None = none.
        """
        ...


Compare = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float64]]
"""Returns the (n,) scores of (n, D) descriptors, n >= 1, against a (D,) query."""


@dataclass(frozen=True, slots=True, eq=False)
class NearestMethod:
    """Judges the images nearest to a query by each other; see `DescriptorMethod`.

    An image that is not among them joins them for its own score.

    Args:
        fields: In words, for fingerprint and receipts.
        n_listed: How many images are nearest, whatever depth a stage re-orders.
        compare: Scores the list, which is ordered by falling cosine.
    """

    fields: Mapping[str, str]
    n_listed: int
    compare: Compare

    def prepare(self, index: "FlatIndex") -> Iterator[Progress]:  # noqa: ARG002 - see the protocol
        """Do nothing: the index holds all that is needed."""
        return iter(())

    def of_rows(
        self, index: "FlatIndex", query: NDArray[np.float32], rows: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return the scores of indexed images; one list serves all that are on it."""
        nearest = index.nearest(query, self.n_listed)
        listed = index.vectors(nearest)
        known = dict(zip(nearest, self.compare(query, listed).tolist(), strict=True))
        return np.array(
            [
                known[row] if row in known else self._joined(query, listed, index.vectors([row]))
                for row in rows
            ],
            np.float64,
        )

    def of_other(
        self,
        index: "FlatIndex",
        query: NDArray[np.float32],
        vector: NDArray[np.float32],
        replaced: int | None,
    ) -> float:
        """Return the score of an image that joins the list, without the one that it replaces."""
        nearest = index.nearest(query, self.n_listed + (replaced is not None))
        rows = [row for row in nearest if row != replaced][: self.n_listed]
        return self._joined(query, index.vectors(rows), vector[None])

    def _joined(
        self, query: NDArray[np.float32], listed: NDArray[np.float32], own: NDArray[np.float32]
    ) -> float:
        return float(self.compare(query, np.concatenate([listed, own]))[-1])
