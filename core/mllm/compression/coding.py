"""Shorter vectors: float16, and integers with a scale of their own per vector or group."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError

INT4_GROUP = 32
"""Values that share a scale; a vector is filled up with zeros to a multiple of it."""
_INT8_STEPS = 127
_INT4_STEPS = 7
_NOTHING: Mapping[str, str] = MappingProxyType({})
_FLOAT16_MOST = float(np.finfo(np.float16).max)


class Coder(Protocol):
    """Codes vectors of C values in B bytes each; decoding gives float32."""

    @property
    def name(self) -> str:
        """What the store says of the codes' number type."""
        ...

    @property
    def fields(self) -> Mapping[str, str]:
        """What it has learned, in words."""
        ...

    @property
    def n_to_learn(self) -> int:
        """Number of vectors that it wants to see before it codes any; 0 = none."""
        ...

    def width(self, dimension: int) -> int:
        """Return B, the bytes of the code of a vector of C = `dimension` values."""
        ...

    def learn(self, values: NDArray[np.float32]) -> None:
        """Learn from vectors (L, n, C)."""
        ...

    def code(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Return codes (L, n, B) of finite vectors (L, n, C), one layer of an image a row."""
        ...

    def decode(self, codes: NDArray[np.generic], dimension: int) -> NDArray[np.float32]:
        """Return the vectors (L, n, `dimension`) of codes (L, n, B)."""
        ...


class Float16Coder:
    """Two bytes per value: relative error at most 2**-11 of normal numbers."""

    name = "float16"
    fields = _NOTHING
    n_to_learn = 0

    def width(self, dimension: int) -> int:
        """Return the bytes of a code: two bytes per value."""
        return 2 * dimension

    def learn(self, values: NDArray[np.float32]) -> None:
        """Do nothing."""

    def code(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Return the values in float16.

        Raises:
            ModelError: A value is too large for float16.
        """
        _refuse_larger(values, _FLOAT16_MOST, "fp16")
        return values.astype(np.float16)

    def decode(self, codes: NDArray[np.generic], dimension: int) -> NDArray[np.float32]:  # noqa: ARG002
        """Return the values in float32; exact."""
        return codes.astype(np.float32)


class Int8Coder:
    """C + 4 bytes: 255 steps on either side of zero, and a float32 scale per vector.

    The error is at most half a step: the vector's largest absolute value / 254.
    """

    name = "int8"
    fields = _NOTHING
    n_to_learn = 0

    def width(self, dimension: int) -> int:
        """Return the bytes of a code: the scale and one byte per value."""
        return dimension + 4

    def learn(self, values: NDArray[np.float32]) -> None:
        """Do nothing."""

    def code(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Return the bytes of the scale, then one per value."""
        scales = _scales(values, _INT8_STEPS).astype(np.float32)
        steps = np.rint(values / scales).astype(np.int8)
        return np.concatenate([scales.view(np.uint8), steps.view(np.uint8)], axis=-1)

    def decode(self, codes: NDArray[np.generic], dimension: int) -> NDArray[np.float32]:
        """Return steps times scale."""
        scales = np.ascontiguousarray(codes[..., :4]).view(np.float32)
        steps = np.ascontiguousarray(codes[..., 4 : 4 + dimension]).view(np.int8)
        return steps.astype(np.float32) * scales


class Int4Coder:
    """18 bytes per 32 values: 15 steps around zero, and a float16 scale per group.

    The error is at most half a step, the group's largest absolute value / 14, and the scale's own
    rounding.
    """

    name = "int4"
    fields = _NOTHING
    n_to_learn = 0

    def width(self, dimension: int) -> int:
        """Return the bytes of a code: the scales and half a byte per value."""
        return (INT4_GROUP // 2 + 2) * -(-dimension // INT4_GROUP)

    def learn(self, values: NDArray[np.float32]) -> None:
        """Do nothing."""

    def code(self, values: NDArray[np.float32]) -> NDArray[np.generic]:
        """Return the bytes of the scales, then two values in each byte.

        Raises:
            ModelError: A value is too large for a float16 scale.
        """
        _refuse_larger(values, _INT4_STEPS * _FLOAT16_MOST, self.name)
        shape = values.shape[:-1]
        missing = -values.shape[-1] % INT4_GROUP
        filled = np.pad(values, [(0, 0)] * len(shape) + [(0, missing)])
        groups = filled.reshape(*shape, -1, INT4_GROUP)
        scales = _scales(groups, _INT4_STEPS).astype(np.float16)
        usable = np.maximum(scales.astype(np.float32), 1e-12)
        steps = np.clip(np.rint(groups / usable), -_INT4_STEPS, _INT4_STEPS) + 8
        nibbles = steps.astype(np.uint8).reshape(*shape, -1, 2)
        packed = nibbles[..., 0] | (nibbles[..., 1] << 4)
        return np.concatenate([scales.reshape(*shape, -1).view(np.uint8), packed], axis=-1)

    def decode(self, codes: NDArray[np.generic], dimension: int) -> NDArray[np.float32]:
        """Return steps times their group's scale."""
        n_groups = -(-dimension // INT4_GROUP)
        shape = codes.shape[:-1]
        scales = np.ascontiguousarray(codes[..., : 2 * n_groups]).view(np.float16)
        packed = codes[..., 2 * n_groups :].astype(np.uint8)
        nibbles = np.stack([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
        groups = nibbles.reshape(*shape, n_groups, INT4_GROUP)
        values = groups * scales.astype(np.float32)[..., None]
        return values.reshape(*shape, -1)[..., :dimension]


def _scales(values: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Return the size (..., 1) of a step along the last axis; above zero for a vector of zeros."""
    return np.maximum(np.abs(values).max(axis=-1, keepdims=True), 1e-12) / np.float32(steps)


def _refuse_larger(values: NDArray[np.float32], most: float, name: str) -> None:
    largest = float(np.abs(values).max(initial=0.0))
    if largest > most:
        raise ModelError(
            f"A visual token holds {largest:.3g}, which {name} cannot hold; use int8 or no code."
        )
