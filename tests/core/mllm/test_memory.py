"""What weights take once loaded, what is free for them, and the number type that follows."""

from pathlib import Path

import pytest
import torch

from core.errors import ModelError
from core.mllm import memory
from core.mllm.diagnosis import diagnose
from core.mllm.memory import fitting_dtype, free_bytes, loaded_bytes, total_bytes
from core.mllm.wanted import Wanted
from core.mllm.weight_files import Tensor, n_values
from core.settings import POCKET_MODEL

CPU = torch.device("cpu")


def test_weights_take_their_values_times_the_bytes_of_the_number_type():
    n = n_values(POCKET_MODEL)
    need = diagnose(str(POCKET_MODEL), Wanted("cpu")).memory
    half = diagnose(str(POCKET_MODEL), Wanted("cpu", "bfloat16")).memory
    assert need is not None
    assert half is not None
    assert need.n_bytes == 4 * n
    assert (half.n_bytes, half.dtype, half.device) == (2 * n, "bfloat16", "cpu")


def test_what_the_loaded_model_gives_back_counts_as_free():
    plain = diagnose(str(POCKET_MODEL), Wanted("cpu")).memory
    freed = diagnose(str(POCKET_MODEL), Wanted("cpu"), freed=10**15).memory
    assert plain is not None
    assert freed is not None
    assert plain.free_bytes is not None
    assert freed.free_bytes is not None
    assert freed.free_bytes > 10**15 > plain.free_bytes


def test_four_bits_pack_linear_layers_and_leave_tower_embeddings_and_head():
    tensors = [
        Tensor("model.language_model.layers.0.mlp.up_proj.weight", "BF16", (64, 64)),
        Tensor("model.language_model.layers.0.input_layernorm.weight", "BF16", (64,)),
        Tensor("model.language_model.embed_tokens.weight", "BF16", (100, 64)),
        Tensor("model.visual.blocks.0.mlp.up_proj.weight", "BF16", (32, 32)),
        Tensor("lm_head.weight", "BF16", (100, 64)),
    ]
    kept = 64 + 100 * 64 + 32 * 32 + 100 * 64
    # 4 bits a weight and a float32 scale for each 64 of them
    assert loaded_bytes(tensors, torch.bfloat16, "4bit") == 64 * 64 * 4.5 / 8 + 2 * kept
    assert loaded_bytes(tensors, torch.bfloat16, "8bit") == 64 * 64 + 2 * kept
    assert loaded_bytes(tensors, torch.bfloat16, "none") == 2 * (64 * 64 + kept)


@pytest.mark.parametrize(
    ("memory_times", "expected"), [(2.0, torch.float32), (1.5, torch.bfloat16)]
)
def test_a_cpu_takes_bfloat16_where_float32_fills_most_of_all_memory(
    monkeypatch, memory_times, expected
):
    whole = int(4 * n_values(POCKET_MODEL) * memory_times)
    monkeypatch.setattr(memory, "_all_pages", lambda: whole)
    assert fitting_dtype("auto", CPU, POCKET_MODEL) is expected
    assert fitting_dtype("float32", CPU, POCKET_MODEL) is torch.float32


def test_free_memory_is_a_share_of_what_the_machine_has():
    import psutil

    free, whole = free_bytes(CPU), total_bytes()
    assert free is not None
    assert whole is not None
    assert 0 < free <= whole <= psutil.virtual_memory().total


def test_an_unknown_number_type_is_refused():
    with pytest.raises(ModelError, match="float99"):
        fitting_dtype("float99", CPU, Path(POCKET_MODEL))
