"""What weights take once loaded, and what is free for them."""

import pytest
import torch

from core.errors import ModelError
from core.mllm.memory import free_bytes, memory_need
from core.mllm.model_folders import n_values
from core.settings import POCKET_MODEL


def test_weights_take_their_values_times_the_bytes_of_the_number_type():
    n = n_values(POCKET_MODEL)
    assert memory_need(POCKET_MODEL, "cpu", "auto", None).n_bytes == 4 * n
    half = memory_need(POCKET_MODEL, "cpu", "bfloat16", None)
    assert (half.n_bytes, half.dtype, half.device) == (2 * n, "bfloat16", "cpu")


def test_free_memory_is_a_share_of_what_the_machine_has():
    import psutil

    free = free_bytes(torch.device("cpu"))
    assert free is not None
    assert 0 < free <= psutil.virtual_memory().total


def test_an_unknown_number_type_is_refused():
    with pytest.raises(ModelError, match="float99"):
        memory_need(POCKET_MODEL, "cpu", "float99", None)
