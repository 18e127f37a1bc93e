"""Descriptors on small random instances of real vision models, and the projection."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    CLIPConfig,
    CLIPModel,
    Dinov2Config,
    Dinov2Model,
    SiglipConfig,
    SiglipModel,
)

from core.errors import ModelError, SettingsError
from core.retrieval.descriptors import Projection, VisionDescriptor, unit_rows

VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 56,
    "patch_size": 14,
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "vocab_size": 99,
    "eos_token_id": 2,
    "bos_token_id": 1,
    "pad_token_id": 0,
}
PROCESSOR = {
    "size": {"height": 56, "width": 56},
    "do_resize": True,
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}


def small_model(kind: str, folder: Path) -> Path:
    torch.manual_seed(0)
    if kind == "dinov2":
        model = Dinov2Model(Dinov2Config(**VISION))
        processor = {
            "image_processor_type": "BitImageProcessor",
            **PROCESSOR,
            "do_center_crop": False,
        }
    elif kind == "clip":
        model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=24))
        processor = {
            "image_processor_type": "CLIPImageProcessor",
            **PROCESSOR,
            "do_center_crop": False,
        }
    else:
        model = SiglipModel(SiglipConfig(text_config=TEXT, vision_config=VISION))
        processor = {"image_processor_type": "SiglipImageProcessor", **PROCESSOR}
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def images(n: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (60 + 10 * i, 80, 3), dtype=np.uint8) for i in range(n)]


@pytest.mark.parametrize(("kind", "length"), [("dinov2", 32), ("clip", 24), ("siglip", 32)])
def test_a_vision_model_gives_unit_rows_that_differ(tmp_path, kind, length):
    descriptor = VisionDescriptor(str(small_model(kind, tmp_path)), "cpu")
    vectors = descriptor.describe(images())
    assert (vectors.shape, vectors.dtype) == ((3, length), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert float(vectors[0] @ vectors[1]) < 1 - 1e-6


def test_an_image_has_the_same_vector_alone_and_in_a_batch(tmp_path):
    descriptor = VisionDescriptor(str(small_model("dinov2", tmp_path)), "cpu")
    together, alone = descriptor.describe(images()), descriptor.describe(images()[1:2])
    assert together[1] == pytest.approx(alone[0], abs=1e-5)


def test_the_fingerprint_names_weights_and_projection(tmp_path):
    folder = str(small_model("dinov2", tmp_path))
    np.save(tmp_path / "p.npy", np.eye(32, 8, dtype=np.float32))
    plain = VisionDescriptor(folder, "cpu")
    projected = VisionDescriptor(folder, "cpu", Projection(tmp_path / "p.npy"))
    assert plain.fingerprint == VisionDescriptor(folder, "cpu").fingerprint
    assert plain.fingerprint != projected.fingerprint
    expected = unit_rows(plain.describe(images())[:, :8])
    assert projected.describe(images()) == pytest.approx(expected, abs=1e-6)


def test_a_missing_descriptor_is_one_sentence(tmp_path):
    with pytest.raises(ModelError, match="none"):
        VisionDescriptor(str(tmp_path / "none"), "cpu")


def test_a_projection_of_another_length_is_refused(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(5, dtype=np.float32))
    with pytest.raises(SettingsError, match="length 5"):
        Projection(tmp_path / "p.npy").apply(np.ones((1, 4), np.float32))


@pytest.mark.parametrize("bad", [np.ones(4), np.full((2, 2), np.nan)])
def test_a_projection_that_is_no_finite_matrix_is_refused(tmp_path, bad):
    np.save(tmp_path / "p.npy", bad)
    with pytest.raises(SettingsError, match="finite"):
        Projection(tmp_path / "p.npy")


def test_a_projection_file_of_pickles_is_refused(tmp_path):
    np.save(tmp_path / "p.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(SettingsError, match=r"\.npy array"):
        Projection(tmp_path / "p.npy")


def test_a_zero_vector_is_an_error_not_a_direction():
    with pytest.raises(ModelError, match="zero or non-finite"):
        unit_rows(np.zeros((1, 3), np.float32))
