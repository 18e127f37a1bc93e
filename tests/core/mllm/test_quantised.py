"""Quantised checkpoints and quantising while loading, with bitsandbytes on a CPU."""

import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.mllm.diagnosis import diagnose
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompts import PRESETS
from core.mllm.quantisation import KEPT
from core.mllm.wanted import Wanted
from tests.oracle import score_plain
from tests.tiny_models import rewrite_json, save_tiny_qwen

pytestmark = pytest.mark.skipif(
    find_spec("bitsandbytes") is None or find_spec("accelerate") is None,
    reason="bitsandbytes and accelerate (extra `quantised`) are not installed",
)
TOLERANCE = 1e-4  # nats, as for unquantised float32
PROMPT = PRESETS["object"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model wide enough that layers of a vision tower could be quantised too."""
    return save_tiny_qwen(tmp_path_factory.mktemp("plain"), weight_scale=4.0)


def theirs(folder: Path, **options: Any) -> Any:
    """The model as transformers itself loads it."""
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    if options:
        own = BitsAndBytesConfig(**options, llm_int8_skip_modules=[*KEPT])
        options = {"quantization_config": own}
    return AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="sdpa",
        device_map={"": "cpu"},
        **options,
    ).eval()


BITS: dict[str, dict[str, Any]] = {
    "4bit": {
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
        "bnb_4bit_compute_dtype": torch.float32,
    },
    "8bit": {"load_in_8bit": True},
}


def checkpoint(folder: Path, made: Path, quantise: str) -> Path:
    """Save a model as a quantised checkpoint is published."""
    theirs(folder, **BITS[quantise]).save_pretrained(made)
    for path in folder.iterdir():
        if not (made / path.name).exists():
            shutil.copy(path, made)
    return made


def margins(loaded: Mllm, images) -> list[float]:
    tokens = MllmEncoder(loaded).encode(images)
    return [one.margin for b in MllmScorer(loaded, PROMPT).score(tokens[0], tokens) for one in b]


def plain_margins(loaded: Mllm, model: Any, images) -> list[float]:
    """The margins by transformers' own path: processor, whole prompt, pair by pair."""
    answers = MllmScorer(loaded, PROMPT).answers
    own = replace(loaded, model=model)
    logits = [score_plain(own, PROMPT, images[0], one) for one in images]
    return [float(one[answers.yes.token_id] - one[answers.no.token_id]) for one in logits]


@pytest.mark.parametrize("quantise", ["4bit", "8bit"])
def test_quantising_while_loading_equals_transformers_own_path(folder, images, quantise):
    loaded = load_mllm(str(folder), device="cpu", quantise=quantise)
    expected = plain_margins(loaded, theirs(folder, **BITS[quantise]), images)
    plain = margins(load_mllm(str(folder), device="cpu"), images)
    found = margins(loaded, images)
    assert found == pytest.approx(expected, abs=TOLERANCE)
    assert max(abs(a - b) for a, b in zip(found, plain, strict=True)) > 10 * TOLERANCE


@pytest.mark.parametrize("quantise", ["4bit", "8bit"])
def test_a_quantised_checkpoint_equals_transformers_own_path(folder, images, tmp_path, quantise):
    made = checkpoint(folder, tmp_path / "made", quantise)
    loaded = load_mllm(str(made), device="cpu")
    expected = plain_margins(loaded, theirs(made), images)
    assert margins(loaded, images) == pytest.approx(expected, abs=TOLERANCE)
    assert loaded.quantisation == f"bitsandbytes {quantise[0]} bit"
    assert loaded.dtype == "float32"


def test_the_vision_tower_and_the_head_stay_as_they_are(folder):
    from bitsandbytes.nn import Linear4bit

    loaded = load_mllm(str(folder), device="cpu", quantise="4bit")
    packed = [name for name, one in loaded.model.named_modules() if isinstance(one, Linear4bit)]
    assert packed
    assert all(name.startswith("model.language_model.layers.") for name in packed)


def test_the_dtype_of_a_packed_tower_is_that_of_its_tokens(images, tmp_path):
    """A checkpoint says in which type its layers compute, and so what their output is."""
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    wide = {"hidden_size": 64, "depth": 2, "num_heads": 2, "intermediate_size": 128}
    folder = save_tiny_qwen(tmp_path / "wide", vision=wide)  # bitsandbytes packs 64 at a time
    own = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_compute_dtype=torch.bfloat16)
    model = AutoModelForImageTextToText.from_pretrained(
        folder, dtype=torch.bfloat16, quantization_config=own, device_map={"": "cpu"}
    )
    model.save_pretrained(tmp_path / "made")
    for path in folder.iterdir():
        if not (tmp_path / "made" / path.name).exists():
            shutil.copy(path, tmp_path / "made")
    for dtype in ("auto", "bfloat16"):
        loaded = load_mllm(str(tmp_path / "made"), device="cpu", dtype=dtype)
        tokens = MllmEncoder(loaded).encode(images)
        assert {one.dtype for one in tokens} == {loaded.dtype}
        (batch,) = MllmScorer(loaded, PROMPT).score(tokens[0], tokens)
        assert len(batch) == len(images)


def test_quantising_changes_the_fingerprint_and_is_in_the_receipt(folder):
    plain, packed = (load_mllm(str(folder), device="cpu", quantise=one) for one in ("none", "4bit"))
    assert plain.tower_fingerprint != packed.tower_fingerprint
    assert "quantised" not in plain.tower_fields  # what was stored before is found again
    assert packed.tower_fields["quantised"] == "bitsandbytes 4 bit"
    assert packed.facts["quantisation"] == "bitsandbytes 4 bit"


def test_the_diagnosis_tells_what_the_packed_weights_take(folder):
    plain, packed = (
        diagnose(str(folder), Wanted("cpu", "float32", quantise=one)) for one in ("none", "4bit")
    )
    assert plain.memory is not None
    assert packed.memory is not None
    assert packed.memory.n_bytes < 0.7 * plain.memory.n_bytes
    assert packed.memory.dtype == "bitsandbytes 4 bit, float32"


def fp8(folder: Path, made: Path) -> Path:
    """Save a model as FP8 checkpoints are published: a scale for each block of 128 x 128."""
    shutil.copytree(folder, made)
    stored = dict(load_file(made / "model.safetensors"))
    for name in [one for one in stored if "proj.weight" in one and "visual" not in one]:
        value = stored[name]
        scale = float(value.abs().max()) / 448  # the largest number of float8_e4m3fn
        stored[name] = (value / scale).to(torch.float8_e4m3fn)
        shape = [-(-side // 128) for side in value.shape]
        stored[f"{name}_scale_inv"] = torch.full(shape, scale)
    save_file(stored, made / "model.safetensors", metadata={"format": "pt"})
    rewrite_json(
        made / "config.json",
        quantization_config={
            "quant_method": "fp8",
            "weight_block_size": [128, 128],
            "modules_to_not_convert": [*KEPT],
        },
    )
    return made


def test_an_fp8_checkpoint_equals_transformers_own_path_on_a_cpu(folder, images, tmp_path):
    made = fp8(folder, tmp_path / "made")
    loaded = load_mllm(str(made), device="cpu")
    expected = plain_margins(loaded, theirs(made), images)
    plain = margins(load_mllm(str(folder), device="cpu"), images)
    found = margins(loaded, images)
    assert found == pytest.approx(expected, abs=TOLERANCE)
    assert found == pytest.approx(plain, abs=1.0)  # the scales were not skipped
    assert loaded.quantisation == "FP8"
    need = diagnose(str(made), Wanted("cpu")).memory
    assert need is not None
    unpacked = sum(value.nbytes for value in loaded.model.parameters())
    assert need.n_bytes == pytest.approx(unpacked, rel=0.001)


def test_a_configuration_that_lies_about_its_weights_is_refused(folder, tmp_path):
    """Weights of 4 bits whose configuration lost its quantisation are no plain numbers."""
    made = checkpoint(folder, tmp_path / "made", "4bit")
    rewrite_json(made / "config.json", quantization_config=None)
    with pytest.raises(ModelError, match="U8 tensors such as"):
        load_mllm(str(made), device="cpu")
