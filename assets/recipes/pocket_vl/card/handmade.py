"""HSV + HOG: a global descriptor without learning, as a rival of the embedded model's."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from core.retrieval.index import FlatIndex
from core.types.corpus import Corpus
from core.types.scores import Shortlist

HSV_BINS = (16, 4, 4)
"""Bins of hue, saturation and value in the joint histogram."""
HOG_SIDE_PX = 128
CELL_PX = 16
N_ANGLES = 9
"""Unsigned gradient directions over 180 degrees."""
CLIP = 0.2  # L2-Hys of Dalal and Triggs, CVPR 2005, section 6.4
_TINY = 1e-6


def hsv_histogram(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the joint histogram's square roots, (256,) float32 of unit L2 norm.

    Where a colour stands in the picture does not matter, nor how large the picture is.
    """
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    counts = cv2.calcHist([hsv], [0, 1, 2], None, list(HSV_BINS), [0, 180, 0, 256, 0, 256])
    return np.sqrt(np.asarray(counts, np.float32).ravel() / (image.shape[0] * image.shape[1]))


def hog(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return histograms of oriented gradients, (1764,) float32 of unit L2 norm.

    The picture is squeezed to a square. Blocks of 2 x 2 cells are normalised one by one, so that
    neither brightness nor contrast matters. A picture without gradients gives zeros.
    """
    cells = _cells(image)
    n = len(cells) - 1
    blocks = np.concatenate(
        [cells[y : y + n, x : x + n] for y in (0, 1) for x in (0, 1)], axis=2
    ).reshape(n * n, -1)
    blocks = np.minimum(_unit(blocks), CLIP)
    return _unit(_unit(blocks).reshape(1, -1))[0]


def hsv_hog(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return both parts one after the other, (2020,) float32 of unit L2 norm."""
    both = np.concatenate([hsv_histogram(image), hog(image)])
    return _unit(both[None])[0]


def handmade_shortlists(
    corpus: Corpus, images: Mapping[str, NDArray[np.uint8]]
) -> dict[str, Shortlist]:
    """Return every query's order of the whole database by cosine of HSV + HOG."""
    ids = [record.image_id for record in corpus.database if record.image_id in images]
    index = FlatIndex(np.stack([hsv_hog(images[i]) for i in ids]), ids)
    return {
        query.image_id: index.search(query.image_id, hsv_hog(images[query.image_id]), len(ids))
        for query in corpus.queries
        if query.image_id in images
    }


def _cells(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (8, 8, 9): gradient magnitude by cell and direction, shared between two directions."""
    size = (HOG_SIDE_PX, HOG_SIDE_PX)
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    grey = grey.astype(np.float32)
    dx, dy = (cv2.Sobel(grey, cv2.CV_32F, *order, ksize=1) for order in ((1, 0), (0, 1)))
    strength = np.hypot(dx, dy)
    angle = np.mod(np.arctan2(dy, dx), np.pi) / np.pi * N_ANGLES
    low = np.floor(angle).astype(np.int64)
    share = angle - low
    planes = np.zeros((HOG_SIDE_PX, HOG_SIDE_PX, N_ANGLES), np.float32)
    rows, columns = np.indices(size)
    planes[rows, columns, low % N_ANGLES] = strength * (1 - share)
    planes[rows, columns, (low + 1) % N_ANGLES] = strength * share
    n = HOG_SIDE_PX // CELL_PX
    return planes.reshape(n, CELL_PX, n, CELL_PX, N_ANGLES).sum(axis=(1, 3))


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(norms, _TINY)).astype(np.float32)
