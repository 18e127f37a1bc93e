import pytest
import torch

from core.errors import ModelError
from core.mllm.devices import pick_device, pick_dtype


def test_devices_and_dtypes_have_defaults_by_kind():
    assert pick_dtype("auto", torch.device("cuda")) == torch.bfloat16
    assert pick_dtype("auto", torch.device("mps")) == torch.float16
    assert pick_dtype("auto", torch.device("cpu")) == torch.float32
    assert pick_dtype("fp16", torch.device("cpu")) == torch.float16
    assert pick_device("cpu") == torch.device("cpu")


def test_unknown_device_and_dtype_are_refused():
    with pytest.raises(ModelError, match="Dtype 'int8' is not known"):
        pick_dtype("int8", torch.device("cpu"))
    with pytest.raises(ModelError, match="Device 'gpu' cannot be used"):
        pick_device("gpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_without_cuda_is_refused():
    with pytest.raises(ModelError, match="Device 'cuda' cannot be used on this machine"):
        pick_device("cuda")
