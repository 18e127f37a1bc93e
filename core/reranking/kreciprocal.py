"""k-reciprocal encoding: a query and its nearest images judged by the neighbours that they share.

Zhong et al., Re-ranking Person Re-identification with k-reciprocal Encoding, CVPR 2017
(github.com/zhunzhong07/person-re-ranking, 278f2c7). Only descriptors are read: no pixels, no model.
"""

import re
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from core.errors import SettingsError
from core.reranking.descriptor_method import NearestMethod

N_LISTED = 1000
"""Images nearest to the query that make up its graph, whatever depth a stage re-orders."""
_OPTION = re.compile(r"([0-9]{1,3}),([0-9]{1,3}),([0-9]*\.?[0-9]+)")


@dataclass(frozen=True, slots=True)
class Reciprocal:
    """The constants of k-reciprocal encoding.

    `k1` neighbours must name each other to count, `k2` neighbours' encodings are averaged, and
    `lam` is the weight of the original distance. The paper's 20, 6, 0.3 are for classes of many
    images; the default is for about five positives per query.
    """

    k1: int = 8
    k2: int = 3
    lam: float = 0.3

    def __str__(self) -> str:
        """Return the constants as a stage's option is written."""
        return f"{self.k1},{self.k2},{self.lam:g}"


def parse_reciprocal(option: str) -> Reciprocal:
    """Read the constants `K1,K2,LAMBDA`; an empty text is the default.

    Raises:
        SettingsError: They cannot be read or used.
    """
    if not option:
        return Reciprocal()
    found = _OPTION.fullmatch(option)
    if found is not None:
        made = Reciprocal(int(found[1]), int(found[2]), float(found[3]))
        if 1 <= made.k2 <= made.k1 and made.lam <= 1.0:
            return made
    raise SettingsError(
        f"Option '{option[:40]}' of kreciprocal cannot be used; write K1,K2,LAMBDA with "
        "1 <= K2 <= K1 and LAMBDA in [0, 1], such as 8,3,0.3."
    )


def reciprocal_method(option: str) -> NearestMethod:
    """Return k-reciprocal encoding as a method: 1 minus the distance.

    Raises:
        SettingsError: The constants cannot be read or used.
    """
    found = parse_reciprocal(option)
    fields = {
        "score": "k-reciprocal: 1 minus the distance over the query and its nearest images",
        "k-reciprocal": f"k1 {found.k1}, k2 {found.k2}, lambda {found.lam:g}, nearest {N_LISTED}",
    }
    return NearestMethod(fields, N_LISTED, partial(_similarities, constants=found))


def _similarities(
    query: NDArray[np.float32], listed: NDArray[np.float32], constants: Reciprocal
) -> NDArray[np.float64]:
    return 1.0 - reciprocal_distances(query, listed, constants)


def reciprocal_distances(
    query: NDArray[np.float32], listed: NDArray[np.float32], constants: Reciprocal
) -> NDArray[np.float64]:
    """Return the (n,) distances of a query to the images of its list, in [0, 1] for lam <= 1.

    The graph is the query and the list, nothing else, so that the result of a query depends on no
    other query and its cost not on the size of the database: about n^2 products of descriptors.

    Args:
        query: (D,) descriptor.
        listed: (n, D) descriptors of the images retrieved for it, n >= 1.
        constants: k1, k2 and the weight of the original distance.
    """
    distances = _squared(np.concatenate([query[None], listed]))
    distances /= np.maximum(distances.max(axis=1, keepdims=True), 1e-30)
    n = len(distances)
    nearest = _nearest(distances, min(n, constants.k1 + 1))
    half = min(n, round(constants.k1 / 2) + 1)
    near, nearer = _mutual(nearest, n), _mutual(nearest[:, :half], n)
    encoded = _encoded(distances, _expanded(near, nearer))
    if constants.k2 > 1:
        encoded = _picked(nearest[:, : min(n, constants.k2)], n) / min(n, constants.k2) @ encoded
    jaccard = _jaccard(encoded)
    final = (1.0 - constants.lam) * jaccard + constants.lam * distances[0]
    return final[1:]


def _squared(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the (n, n) squared Euclidean distances of rows."""
    wide = vectors.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    found = squares[:, None] + squares[None] - 2.0 * (wide @ wide.T)
    np.fill_diagonal(found, 0.0)
    return np.maximum(found, 0.0)


def _nearest(distances: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the (n, k) columns of the smallest values of each row, ties by column."""
    if k < distances.shape[1]:
        # what is not among the k smallest values of its row need not be sorted
        cut = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
        distances = np.where(distances <= cut, distances, np.inf)
    return np.argsort(distances, axis=1, kind="stable")[:, :k]


def _picked(rows: NDArray[np.int64], n: int) -> csr_array:
    """Return (n, n) sparse: 1 where a column is named in the row."""
    count = rows.shape[1]
    starts = np.arange(0, n * count + 1, count)
    return csr_array((np.ones(n * count), rows.ravel(), starts), shape=(n, n))


def _mutual(nearest: NDArray[np.int64], n: int) -> csr_array:
    """Return (n, n) sparse: 1 where two name each other among their nearest."""
    one_way = _picked(nearest, n)
    return one_way.multiply(one_way.T).tocsr()


def _expanded(near: csr_array, nearer: csr_array) -> csr_array:
    """Return `near` joined by the closer sets of its members that overlap it by over 2/3."""
    shared = (near @ nearer.T).multiply(near).tocoo()  # size of nearer(c) within near(i)
    sizes = np.asarray(nearer.sum(axis=1)).ravel()
    joins = shared.data > 2.0 / 3.0 * sizes[shared.col]
    rows, columns = shared.row[joins], shared.col[joins]
    joined = csr_array((np.ones(len(rows)), (rows, columns)), shape=near.shape)
    return (near + joined @ nearer).tocsr()


def _encoded(distances: NDArray[np.float64], members: csr_array) -> csr_array:
    """Return (n, n) sparse rows of sum 1: exp of minus the distance, over each row's members."""
    found = members.tocoo()
    weights = np.exp(-distances[found.row, found.col])
    sums = np.bincount(found.row, weights, minlength=len(distances))
    values = weights / np.maximum(sums[found.row], 1e-30)
    return csr_array((values, (found.row, found.col)), shape=members.shape)


def _jaccard(encoded: csr_array) -> NDArray[np.float64]:
    """Return the (n,) Jaccard distances of row 0 to every row."""
    own = encoded[[0]].toarray().ravel()
    columns = np.flatnonzero(own)
    others = encoded[:, columns].toarray()
    shared = np.minimum(own[columns], others).sum(axis=1)
    return 1.0 - shared / (2.0 - shared)
