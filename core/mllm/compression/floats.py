"""Visual tokens as float32 and back; bfloat16, which numpy lacks, as its bit pattern."""

import numpy as np
from numpy.typing import NDArray

_BFLOAT16 = "bfloat16"


def to_float32(values: NDArray[np.generic], dtype: str) -> NDArray[np.float32]:
    """Return values of a named number type as float32 of the same shape; exact."""
    if dtype == _BFLOAT16:
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values.astype(np.float32)


def from_float32(values: NDArray[np.float32], dtype: str) -> NDArray[np.generic]:
    """Return finite float32 values in a named number type, rounded to nearest, read-only."""
    if dtype == _BFLOAT16:
        bits = np.ascontiguousarray(values).view(np.uint32)
        even = np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
        rounded: NDArray[np.generic] = ((bits + even) >> np.uint32(16)).astype(np.uint16)
    else:
        rounded = values.astype(np.dtype(dtype))
    rounded.setflags(write=False)
    return rounded
