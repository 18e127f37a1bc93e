"""Codes come back within the error that they promise, and take the bytes that they promise."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.errors import ModelError
from core.mllm.compression.coding import Float16Coder, Int4Coder, Int8Coder
from core.mllm.compression.floats import from_float32, to_float32

VECTORS = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 70)),
    elements=st.floats(-1e4, 1e4, width=32),
)


@given(VECTORS)
def test_int8_is_off_by_at_most_half_a_step_and_takes_c_plus_4_bytes(values):
    codes = Int8Coder().code(values)
    assert codes.nbytes == values.shape[0] * values.shape[1] * (values.shape[2] + 4)
    back = Int8Coder().decode(codes, values.shape[2])
    largest = np.abs(values).max(axis=-1, keepdims=True)
    assert (np.abs(back - values) <= largest / 254 * 1.001 + 1e-12).all()


@given(VECTORS)
def test_int4_is_off_by_at_most_half_a_step_and_takes_18_bytes_per_32_values(values):
    codes = Int4Coder().code(values)
    n_groups = -(-values.shape[2] // 32)
    assert codes.nbytes == values.shape[0] * values.shape[1] * n_groups * 18
    back = Int4Coder().decode(codes, values.shape[2])
    for group in range(n_groups):
        part = slice(32 * group, min(32 * (group + 1), values.shape[2]))
        largest = np.abs(values[..., part]).max(axis=-1, keepdims=True)
        # half a step of 1/7, the scale's rounding to 11 bits, and float16's smallest step
        bound = largest / 14 * 1.01 + 7 * 2.0**-25
        assert (np.abs(back[..., part] - values[..., part]) <= bound).all()


@given(VECTORS)
def test_fp16_is_numpys_rounding(values):
    codes = Float16Coder().code(values)
    assert codes.nbytes == values.nbytes // 2
    assert np.array_equal(Float16Coder().decode(codes, values.shape[2]), values.astype(np.float16))


@pytest.mark.parametrize("coder", [Float16Coder(), Int8Coder(), Int4Coder()])
def test_zeros_come_back_as_zeros(coder):
    values = np.zeros((1, 3, 40), np.float32)
    assert np.array_equal(coder.decode(coder.code(values), 40), values)


@pytest.mark.parametrize(("coder", "value"), [(Float16Coder(), 7e4), (Int4Coder(), 5e5)])
def test_a_value_that_a_code_cannot_hold_is_refused(coder, value):
    with pytest.raises(ModelError, match=r"holds [57]e\+0., which .* cannot hold; use int8"):
        coder.code(np.full((1, 1, 8), value, np.float32))


@given(hnp.arrays(np.float32, 9, elements=st.floats(width=32, allow_nan=False)))
def test_bfloat16_rounds_as_torch_does(values):
    ours = from_float32(values, "bfloat16")
    theirs = torch.from_numpy(values).to(torch.bfloat16)
    assert np.array_equal(ours, theirs.view(torch.int16).numpy().view(np.uint16))
    assert np.array_equal(to_float32(ours, "bfloat16"), theirs.float().numpy())


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_numpys_own_types_come_back_exactly(dtype):
    values = np.array([1.5, -2.25], dtype)
    assert np.array_equal(from_float32(to_float32(values, dtype), dtype), values)
