"""PEFT adapters: merged in memory, equal to PEFT's own path, refused where they do not fit."""

import json
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.mllm.diagnosis import diagnose
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompts import PRESETS
from core.mllm.troubles import TROUBLES
from core.mllm.wanted import Wanted
from tests.oracle import score_plain
from tests.tiny_models import rewrite_json, save_tiny_qwen

pytestmark = [
    pytest.mark.skipif(
        find_spec("peft") is None, reason="peft (extra `quantised`) is not installed"
    ),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]
WEIGHTS = "adapter_model.safetensors"
TOLERANCE = 1e-4  # nats
PROMPT = PRESETS["object"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_qwen(tmp_path_factory.mktemp("base"), weight_scale=4.0)


@pytest.fixture(scope="module")
def saved(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random LoRA as PEFT saves it, on layers of the language model and of the tower."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    torch.manual_seed(3)
    model = AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)
    config = LoraConfig(
        r=4,
        lora_alpha=16,
        target_modules=["q_proj", "v_proj", "down_proj", "qkv"],
        init_lora_weights=False,
        base_model_name_or_path=str(base),
    )
    folder = tmp_path_factory.mktemp("lora")
    get_peft_model(model, config).save_pretrained(folder)
    return folder


@pytest.fixture
def lora(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "lora"))


def margins(loaded: Mllm, images) -> list[float]:
    tokens = MllmEncoder(loaded).encode(images)
    return [one.margin for b in MllmScorer(loaded, PROMPT).score(tokens[0], tokens) for one in b]


def peft_margins(loaded: Mllm, base: Path, lora: Path, images) -> list[float]:
    """The margins by PEFT's own path: beside the weights, processor, whole prompt."""
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    plain = AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)
    model = PeftModel.from_pretrained(plain, str(lora)).eval()
    answers = MllmScorer(loaded, PROMPT).answers
    own = replace(loaded, model=model.get_base_model())
    logits = [score_plain(own, PROMPT, images[0], one) for one in images]
    return [float(one[answers.yes.token_id] - one[answers.no.token_id]) for one in logits]


def test_an_adapter_folder_as_the_model_loads_its_base_and_equals_peft(base, lora, images):
    loaded = load_mllm(str(lora), device="cpu")
    found = margins(loaded, images)
    assert found == pytest.approx(peft_margins(loaded, base, lora, images), abs=TOLERANCE)
    plain = margins(load_mllm(str(base), device="cpu"), images)
    assert max(abs(a - b) for a, b in zip(found, plain, strict=True)) > 100 * TOLERANCE


def test_a_named_adapter_gives_the_same_and_leaves_no_layer_of_its_own(base, lora, images):
    loaded = load_mllm(str(base), device="cpu", adapter=str(lora))
    assert margins(loaded, images) == margins(load_mllm(str(lora), device="cpu"), images)
    assert not [name for name, _ in loaded.model.named_modules() if "lora" in name]


def test_the_adapter_is_in_fingerprint_and_receipt(base, lora):
    plain = load_mllm(str(base), device="cpu")
    added = load_mllm(str(base), device="cpu", adapter=str(lora))
    rewrite_json(lora / "adapter_config.json", lora_alpha=32)  # scales the same weights
    scaled = load_mllm(str(base), device="cpu", adapter=str(lora))
    found = {one.tower_fingerprint for one in (plain, added, scaled)}
    assert len(found) == 3
    assert (plain.facts["adapter"], added.facts["adapter"]) == ("none", "lora")
    assert diagnose(str(lora), Wanted("cpu")).adapter == "lora"


def beside(base: Path, lora: Path) -> None:
    for path in base.iterdir():
        shutil.copy(path, lora / path.name)


def test_beside_whole_weights_it_is_asked_which_is_meant(base, lora, images):
    beside(base, lora)
    with pytest.raises(ModelError, match="whole weights and an adapter; say --adapter"):
        load_mllm(str(lora), device="cpu")
    without = load_mllm(str(lora), device="cpu", adapter="none")
    plain = load_mllm(str(base), device="cpu")
    assert margins(without, images) == margins(plain, images)
    assert without.tower_fingerprint == plain.tower_fingerprint
    both = load_mllm(str(lora), device="cpu", adapter=str(lora))
    assert margins(both, images) != margins(plain, images)


def rename(lora: Path, old: str, new: str) -> None:
    weights = load_file(lora / WEIGHTS)
    save_file({key.replace(old, new): value for key, value in weights.items()}, lora / WEIGHTS)


def test_names_of_transformers_4_are_read(lora, images):
    """LoRAs of Qwen2.5-VL were saved when its parts were called `model` and `visual`."""
    expected = margins(load_mllm(str(lora), device="cpu"), images)
    rename(lora, "model.model.language_model.", "model.model.")
    rename(lora, "model.model.visual.", "model.visual.")
    assert margins(load_mllm(str(lora), device="cpu"), images) == expected


def refusal(*arguments: str, **options: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_mllm(*arguments, device="cpu", **options)
    text = str(caught.value)
    assert "\n" not in text
    assert text.endswith(".")
    return text


def test_an_adapter_of_another_width_is_refused(lora, tmp_path):
    wide = save_tiny_qwen(tmp_path / "wide", hidden=128)
    text = refusal(str(wide), adapter=str(lora))
    words = {"adapter": lora, "name": wide, "reason": text.partition("(")[2].rpartition(")")[0]}
    assert text == TROUBLES["foreign-adapter"].sentence.format(**words)


def test_an_adapter_whose_layers_are_not_in_the_model_is_refused(base, lora):
    rewrite_json(lora / "adapter_config.json", target_modules=["c_attn"])
    assert "does not fit model" in refusal(str(base), adapter=str(lora))


def test_a_part_that_finds_no_place_is_refused_not_skipped(base, lora):
    rename(lora, "layers.0.", "layers.77.")
    text = refusal(str(base), adapter=str(lora))
    assert "tensors, such as" in text


def test_an_adapter_that_is_cut_short_is_refused(base, lora):
    path = lora / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    assert "is cut short" in refusal(str(base), adapter=str(lora))


def test_pickled_adapters_are_refused_unopened(base, lora):
    torch.save(load_file(lora / WEIGHTS), lora / "adapter_model.bin")
    (lora / WEIGHTS).unlink()
    assert f"has no {WEIGHTS}" in refusal(str(base), adapter=str(lora))


def test_a_base_that_is_gone_is_named(lora, tmp_path):
    rewrite_json(lora / "adapter_config.json", base_model_name_or_path=str(tmp_path / "gone"))
    assert f"no model folder {tmp_path}/gone" in refusal(str(lora))


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
def test_beside_quantised_weights_an_adapter_is_not_rounded_into_them(base, lora, images):
    from bitsandbytes.nn import Linear4bit

    loaded = load_mllm(str(base), device="cpu", adapter=str(lora), quantise="4bit")
    kinds = [type(one) for one in loaded.model.modules()]
    assert any(issubclass(one, Linear4bit) for one in kinds)
    plain = load_mllm(str(base), device="cpu", quantise="4bit")
    assert margins(loaded, images) != margins(plain, images)
    assert json.loads((lora / "adapter_config.json").read_text())["peft_type"] == "LORA"
