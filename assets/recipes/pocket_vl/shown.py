"""A rendered picture and the surface points in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """A picture with surface points in it: pixels (N, 2), addresses (N, 3) part, u, v."""

    image: NDArray[np.uint8]
    points: NDArray[np.float64]
    addresses: NDArray[np.float64]
