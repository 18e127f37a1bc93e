import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.families import FAMILIES
from core.mllm.loading import DEFAULT_MAX_PIXELS, load_mllm
from core.mllm.prompts import PRESETS
from core.settings import POCKET_MODEL
from tests.tiny_models import rewrite_json, save_tiny_qwen

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


def refusal(name: str | Path, **options) -> str:
    """The text of the refusal, checked to be one sentence without a third party's traceback."""
    with pytest.raises(ModelError) as caught:
        load_mllm(str(name), device="cpu", **options)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    return text


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_loaded_model_says_what_it_is(tiny):
    assert tiny.family.title == "Qwen2.5-VL"
    assert str(tiny.device) == "cpu"
    assert (tiny.dtype, tiny.attention, tiny.processor_backend) == ("float32", "sdpa", "pil")
    assert (tiny.min_pixels, tiny.max_pixels) == (28 * 28, 112 * 112)
    assert tiny.model.config.get_text_config()._attn_implementation == "sdpa"
    assert type(tiny.processor.image_processor).__name__ == "Qwen2VLImageProcessorPil"
    assert not tiny.model.training


def test_dtype_auto_is_float32_on_cpu_whatever_the_checkpoint(tmp_path):
    from transformers import AutoModelForImageTextToText

    saved = save_tiny_qwen(tmp_path / "first")
    half = AutoModelForImageTextToText.from_pretrained(saved, dtype=torch.bfloat16)
    half.save_pretrained(saved)
    assert load_mllm(str(saved), device="cpu").model.dtype == torch.float32
    assert load_mllm(str(saved), device="cpu", dtype="bf16").model.dtype == torch.bfloat16


def as_published(folder: Path) -> None:
    """Rewrite a saved folder to the layout in which Qwen2.5-VL's hub repositories were written.

    The names of the weights need no change: transformers saves them under the published names.
    """
    config = json.loads((folder / "config.json").read_text())
    text = config.pop("text_config")
    for key in ("model_type", "dtype", "layer_types", "tie_word_embeddings"):
        text.pop(key, None)
    rope = text.pop("rope_parameters")
    text["rope_theta"] = rope["rope_theta"]
    text["rope_scaling"] = {"type": "mrope", "mrope_section": rope["mrope_section"]}
    (folder / "config.json").write_text(json.dumps({**text, **config}))
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    size = processor.pop("size")
    processor |= {
        "min_pixels": size["shortest_edge"],
        "max_pixels": size["longest_edge"],
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2_5_VLProcessor",
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    template = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").unlink()
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}))


def test_layout_of_published_repositories_gives_the_same_scores(folder, tiny, images):
    as_published(folder)
    published = load_mllm(str(folder), device="cpu")
    assert (published.min_pixels, published.max_pixels) == (tiny.min_pixels, tiny.max_pixels)
    ours, theirs = (MllmEncoder(one).encode(images) for one in (tiny, published))
    scorers = [MllmScorer(one, PRESETS["object"]) for one in (tiny, published)]
    (expected,), (found,) = (
        scorers[0].score(ours[0], ours[1:]),
        scorers[1].score(theirs[0], theirs[1:]),
    )
    assert [pair.margin for pair in found] == pytest.approx([pair.margin for pair in expected])
    assert scorers[0].receipt_fields["prompt tokens"] == scorers[1].receipt_fields["prompt tokens"]


# What is refused


def test_two_threads_may_load_at_once():
    """Of 12 loads, two at once, 10 lacked their tied weights before one waited for the other."""
    with ThreadPoolExecutor(2) as pool:
        loaded = list(pool.map(load_mllm, [str(POCKET_MODEL)] * 4))
    assert {one.weights_hash for one in loaded} == {loaded[0].weights_hash}
    assert len(loaded) == 4


def test_missing_folder_is_named(tmp_path):
    assert f"no model folder {tmp_path}/absent" in refusal(tmp_path / "absent")
    assert "no model folder ./absent" in refusal("./absent")


def test_folder_without_configuration_is_refused(tmp_path):
    assert "holds no config.json" in refusal(tmp_path)


def test_damaged_configuration_is_refused(folder):
    (folder / "config.json").write_text("{")
    assert "cannot be read as JSON" in refusal(folder)


def test_text_that_is_no_hub_id_is_refused():
    assert "neither a folder nor a hub id" in refusal("not a model!")


def test_pickle_weights_are_refused_unopened(folder):
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")
    assert "only pickle weights" in refusal(folder)


def test_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    assert "no safetensors weights" in refusal(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_models_with_code_of_their_own_are_refused(folder, file):
    rewrite_json(folder / file, auto_map={"AutoModel": "modeling.Evil"})
    (folder / "modeling.py").write_text("raise SystemExit('executed')")
    assert f"{file} has auto_map" in refusal(folder)


def test_text_model_is_refused(folder):
    rewrite_json(folder / "config.json", model_type="bert")
    assert "('bert') is not an image-text model" in refusal(folder)


def test_image_text_model_of_another_family_is_refused_with_what_works(folder):
    rewrite_json(folder / "config.json", model_type="llava")
    text = refusal(folder)
    assert "is of the family 'llava'" in text
    for family in FAMILIES:
        assert f"{family.title} (such as {family.example})" in text


def test_cut_weights_are_refused(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert "is cut short: 838,640 of 839,640 B are there" in refusal(folder)


def test_missing_tensors_are_refused_not_invented(folder):
    weights = load_file(folder / "model.safetensors")
    name = next(one for one in sorted(weights) if "layers.0.mlp" in one)
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "lack 1 tensors, such as" in refusal(folder)


def test_folder_without_tokenizer_is_refused(folder):
    for path in folder.glob("tokenizer*"):
        path.unlink()
    assert "has no tokenizer file" in refusal(folder)


def test_folder_without_image_processor_is_refused(folder):
    (folder / "preprocessor_config.json").unlink()
    assert "processor of model" in refusal(folder)


def test_model_without_chat_template_is_refused(folder):
    (folder / "chat_template.jinja").unlink()
    assert "has no chat template" in refusal(folder)


def test_unknown_hub_id_offline_is_one_sentence(tmp_path):
    code = (
        "from core.mllm.model_files import read_config\n"
        "from core.errors import ModelError\n"
        "try: read_config('nobody/no-such-model')\n"
        "except ModelError as error: print(error)"
    )
    text = run_python(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert text.startswith("Model nobody/no-such-model is neither a folder nor in the local cache")
    assert "HF_HUB_OFFLINE is set" in text
    assert len(text.splitlines()) == 1


def test_broken_torchvision_is_named_with_the_remedy(tmp_path, tiny_folder):
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(
        "__version__ = '0.28.0'\nraise RuntimeError('operator torchvision::nms does not exist')"
    )
    meta = tmp_path / "torchvision-0.28.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: torchvision\nVersion: 0.28.0\n")
    code = (
        "from core.mllm.loading import load_mllm\n"
        "from core.errors import ModelError\n"
        f"try: load_mllm({str(tiny_folder)!r}, device='cpu')\n"
        "except ModelError as error: print(error)"
    )
    text = run_python(code, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert "operator torchvision::nms does not exist" in text
    assert "pip uninstall torchvision" in text


def test_model_of_the_hub_cache_is_found_offline_and_hashed_by_its_blob(tmp_path, tiny_folder):
    store = tmp_path / "hub" / "models--someone--tiny"
    blob, snapshot = "ab" * 32, store / "snapshots" / ("c" * 40)
    (store / "blobs").mkdir(parents=True)
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text("c" * 40)
    shutil.copytree(tiny_folder, snapshot)
    (snapshot / "model.safetensors").rename(store / "blobs" / blob)
    (snapshot / "model.safetensors").symlink_to(f"../../blobs/{blob}")
    code = (
        "from core.mllm.model_files import locate, read_config\n"
        "from core.mllm.weights_hash import weights_hash\n"
        "print(read_config('someone/tiny')['model_type'])\n"
        "print(weights_hash(locate('someone/tiny')))"
    )
    text = run_python(code, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert text.splitlines() == ["qwen2_5_vl", blob]


# Pixel bounds


def test_pixel_bounds_are_capped_and_a_smaller_own_bound_is_kept(tmp_path):
    real = save_tiny_qwen(tmp_path / "real", max_pixels=12_845_056)  # as Qwen2.5-VL ships
    assert load_mllm(str(real), device="cpu").max_pixels == DEFAULT_MAX_PIXELS
    small = load_mllm(str(real), device="cpu", min_pixels=56 * 56, max_pixels=84 * 84)
    assert (small.min_pixels, small.max_pixels) == (56 * 56, 84 * 84)
    kept = save_tiny_qwen(tmp_path / "small", max_pixels=112 * 112)
    assert load_mllm(str(kept), device="cpu", max_pixels=448 * 448).max_pixels == 112 * 112


def test_pixel_bounds_reach_the_encoder(tiny_folder, images):
    small = load_mllm(str(tiny_folder), device="cpu", max_pixels=56 * 56)
    assert [one.full_count for one in MllmEncoder(small).encode(images)] == [4, 2, 3, 2, 4, 4]


def test_pixel_bounds_that_contradict_are_refused(tiny_folder):
    assert "Pixel bounds" in refusal(tiny_folder, min_pixels=0)


def test_loading_is_logged_nowhere_but_the_log(tiny_folder, capsys):
    load_mllm(str(tiny_folder), device="cpu")
    assert capsys.readouterr().out == ""
    assert json.loads((tiny_folder / "config.json").read_text())["model_type"] == "qwen2_5_vl"
