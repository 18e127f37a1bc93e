"""Product quantisation: a vector as a few bytes, by codebooks learned from the database itself."""

from collections.abc import Mapping
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.storage.codebook import CodebookFile

CENTROIDS = 256
"""Entries of a codebook: one byte."""
LEAST_VECTORS = CENTROIDS
MOST_VECTORS = 64 * CENTROIDS
"""Vectors to learn from; more changes little and FAISS itself stops at 256 per entry."""
_SEED = 1234


class ProductCoder:
    """`n_bytes` bytes per vector: each stands for a piece of it (Jegou et al., TPAMI 2011).

    A vector is filled up with zeros to a multiple of `n_bytes`. The tokens and every extra layer
    have codebooks of their own, (1 + L, n_bytes, 256, D) float32.

    Args:
        n_bytes: Bytes of a code.
        dimension: Length C of a vector.
        file: Where the codebooks are kept.

    Raises:
        ModelError: A code would have more bytes than the vector has values.
        StaleIndexError: The stored codebooks are damaged.
    """

    def __init__(self, n_bytes: int, dimension: int, file: CodebookFile) -> None:
        if n_bytes > dimension:
            raise ModelError(
                f"pq:{n_bytes} has more bytes than this model's visual tokens have values "
                f"({dimension}); use a smaller number."
            )
        self.name = f"pq:{n_bytes}"
        self._n_bytes = n_bytes
        self._file = file
        self._books = file.load()

    @property
    def n_to_learn(self) -> int:
        """Number of vectors to learn from; 0 once codebooks are stored."""
        return MOST_VECTORS if self._books is None else 0

    @property
    def fields(self) -> Mapping[str, str]:
        """The codebooks' checksum and size."""
        if self._books is None:
            return {"codebook": "not learned yet"}
        return {"codebook": f"sha256 {self._file.checksum}, {self._books.nbytes} bytes"}

    def width(self, dimension: int) -> int:  # noqa: ARG002
        """Return the bytes of a code."""
        return self._n_bytes

    def learn(self, values: NDArray[np.float32]) -> None:
        """Learn and store the codebooks of vectors (1 + L, n, C).

        Raises:
            ModelError: There are too few vectors.
        """
        if values.shape[1] < LEAST_VECTORS:
            raise ModelError(
                f"{self.name} learns from at least {LEAST_VECTORS} visual tokens and the database "
                f"has {values.shape[1]}; use int8 or int4."
            )
        books = np.stack([self._learn(layer) for layer in values])
        self._file.save(books)
        self._books = books

    def code(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Return the codes (1 + L, n, n_bytes) uint8 of vectors (1 + L, n, C)."""
        books = self._learned()
        assert len(books) == len(values), "codebooks of one tower"
        return np.stack([self._code(*one) for one in zip(books, values, strict=True)])

    def decode(self, codes: NDArray[np.generic], dimension: int) -> NDArray[np.float32]:
        """Return the vectors (1 + L, n, C) that the codes (1 + L, n, n_bytes) stand for."""
        books = self._learned()
        pieces = np.arange(self._n_bytes)
        values = np.stack(
            [book[pieces, rows.astype(np.intp)] for book, rows in zip(books, codes, strict=True)]
        )
        return values.reshape(*codes.shape[:2], -1)[..., :dimension]

    def _code(self, book: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.uint8]:
        quantizer = self._quantizer(book.shape[-1])
        faiss.copy_array_to_vector(book.ravel(), quantizer.centroids)
        codes: NDArray[np.uint8] = quantizer.compute_codes(self._filled(layer))
        return codes

    def _learn(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        filled = self._filled(layer)
        length = filled.shape[1] // self._n_bytes
        quantizer = self._quantizer(length)
        quantizer.cp.seed = _SEED
        quantizer.cp.min_points_per_centroid = 1  # few images are no reason to print a warning
        quantizer.train(filled)
        centroids = faiss.vector_to_array(quantizer.centroids)
        return centroids.reshape(self._n_bytes, CENTROIDS, length)

    def _quantizer(self, length: int) -> Any:  # noqa: ANN401
        return faiss.ProductQuantizer(self._n_bytes * length, self._n_bytes, 8)

    def _filled(self, layer: NDArray[np.float32]) -> NDArray[np.float32]:
        missing = -layer.shape[1] % self._n_bytes
        return np.ascontiguousarray(np.pad(layer, [(0, 0), (0, missing)]), np.float32)

    def _learned(self) -> NDArray[np.float32]:
        if self._books is None:
            raise ModelError(
                f"{self.name} learns its codes from the database's own tokens and has not seen "
                "them yet; run `python app.py index` with the same options first."
            )
        return self._books
