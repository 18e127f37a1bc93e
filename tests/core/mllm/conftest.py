from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from tests.tiny_models import save_tiny_qwen

# Sizes that the processor keeps: multiples of 28 px under 112 x 112 px of area, all shapes.
SIZES = ((112, 112), (84, 56), (56, 140), (112, 84), (84, 84), (28, 112))


def mosaic(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    cells = np.random.default_rng(seed).integers(0, 256, (height // 14, width // 14, 3), np.uint8)
    return cells.repeat(14, axis=0).repeat(14, axis=1)


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_qwen(tmp_path_factory.mktemp("tiny-qwen"))


@pytest.fixture(scope="session")
def tiny(tiny_folder: Path) -> Mllm:
    return load_mllm(str(tiny_folder), device="cpu")


@pytest.fixture(scope="session")
def images() -> Sequence[NDArray[np.uint8]]:
    return [mosaic(seed, *size) for seed, size in enumerate(SIZES)]
