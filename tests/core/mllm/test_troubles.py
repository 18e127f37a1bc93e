"""Twenty and more kinds of folders and what is wrong: diagnosis and error say the same sentence."""

import json
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.errors import ModelError
from core.mllm import memory, quantisation
from core.mllm.checkpoints import Checkpoint
from core.mllm.diagnosis import diagnose
from core.mllm.loading import load_mllm
from core.mllm.troubles import TROUBLES
from core.mllm.wanted import Wanted
from tests.tiny_models import rewrite_json

WEIGHTS = "model.safetensors"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4965799096\n"


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model that a test may damage."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


@pytest.fixture(autouse=True)
def _no_packages(monkeypatch):
    """Whatever this machine has installed, no package of a quantisation or of adapters is there."""
    monkeypatch.setattr(quantisation, "is_installed", lambda _: False)
    monkeypatch.setattr("core.mllm.adapters.is_installed", lambda _: False)


def shards(folder: Path, n: int = 4, *, with_index: bool = True) -> list[Path]:
    """Cut the weights into n files, as a large model is published."""
    weights = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    names = sorted(weights)
    files = [f"model-{i:05d}-of-{n:05d}.safetensors" for i in range(1, n + 1)]
    places = {name: files[i % n] for i, name in enumerate(names)}
    for file in files:
        part = {name: weights[name] for name in names if places[name] == file}
        save_file(part, folder / file, metadata={"format": "pt"})
    if with_index:
        index = {"metadata": {}, "weight_map": places}
        (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    return [folder / file for file in files]


def without(*patterns: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for pattern in patterns:
            for path in folder.glob(pattern):
                path.unlink()

    return damage


def quantised(**config: object) -> Callable[[Path], None]:
    return lambda folder: rewrite_json(folder / "config.json", quantization_config=config)


def put(file: str, content: str | bytes, *removed: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        without(*removed)(folder)
        data = content.encode() if isinstance(content, str) else content
        (folder / file).write_bytes(data)

    return damage


def adapter(*removed: str, **config: object) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        weights = {"base_model.model.x.lora_A.weight": torch.zeros(2, 2)}
        save_file(weights, folder / "adapter_model.safetensors")
        (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", **config}))
        without(*removed)(folder)

    return damage


def cut(folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1000])


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    (folder / WEIGHTS).unlink()


def packed(folder: Path) -> None:
    """Packed integers where the configuration says nothing of a quantisation."""
    weights = load_file(folder / WEIGHTS)
    name = next(one for one in sorted(weights) if "up_proj" in one)
    weights[name] = torch.zeros(weights[name].shape[0], 8, dtype=torch.uint8)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})


ALL = ("*.safetensors", "*.json", "*.jinja")
LONG = struct.pack("<Q", 1 << 62) + b"{}"
FOLDERS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    # test id: key of the table, what is done to a good folder, a part of the sentence
    "no configuration": ("no-config", without("config.json"), "holds no config.json"),
    "gguf": ("other-program", put("q4.gguf", b"GGUF", *ALL), "for llama.cpp (q4.gguf)"),
    "diffusers": ("other-program", put("model_index.json", "{}", *ALL), "for diffusers"),
    "half a configuration": ("damaged-json", put("config.json", '{"model_'), "config.json cannot"),
    "own code": ("own-code", lambda f: rewrite_json(f / "config.json", auto_map={}), "auto_map"),
    "text model": (
        "not-image-text",
        lambda f: rewrite_json(f / "config.json", model_type="bert"),
        "('bert')",
    ),
    "family newer than transformers": (
        "unknown-family",
        lambda f: rewrite_json(f / "config.json", model_type="qwen9_vl"),
        "family 'qwen9_vl', which transformers",
    ),
    "no tokenizer": ("no-tokenizer", without("tokenizer*"), "no tokenizer file"),
    "no image processor": ("no-image-processor", without("preprocessor*"), "nor processor_config"),
    "no weights": ("no-weights", without(WEIGHTS), "no safetensors weights"),
    "pickles": ("pickle", pickled, "only pickle weights"),
    "weights are a pointer": ("pointer", put(WEIGHTS, POINTER), "'model.safetensors'"),
    "tokenizer is a pointer": ("pointer", put("tokenizer.json", POINTER), "'tokenizer.json'"),
    "configuration is a pointer": ("pointer", put("config.json", POINTER), "git lfs pull"),
    "half a file": ("cut", cut, "838,640 of 839,640 B"),
    "an error page": ("damaged", put(WEIGHTS, b"<html>rate limited</html>"), "(25 B) is damaged"),
    "an empty file": ("damaged", put(WEIGHTS, b""), "(0 B) is damaged"),
    "an impossible header": ("damaged", put(WEIGHTS, LONG), "is damaged"),
    "a missing shard": ("no-shard", lambda f: shards(f)[1].unlink(), "shard 2 of 4 ('model-00002"),
    "a missing shard, no index": (
        "no-shard",
        lambda f: shards(f, with_index=False)[3].unlink(),
        "shard 4 of 4 ('model-00004",
    ),
    "a shard that is a pointer": (
        "pointer",
        lambda f: shards(f)[2].write_text(POINTER),
        "'model-00003-of-00004.safetensors'",
    ),
    "no index": ("no-index", lambda f: shards(f, with_index=False), "The 4 shards"),
    "quantised as something new": (
        "unknown-quantisation",
        quantised(quant_method="zippy", bits=3),
        "'zippy'",
    ),
    "packed without a word": ("unknown-quantisation", packed, "U8 tensors such as"),
    "mlx": (
        "mlx",
        lambda f: rewrite_json(f / "config.json", quantization={"group_size": 64, "bits": 4}),
        "which only MLX reads",
    ),
    "mlx, later layout": ("mlx", quantised(group_size=64, bits=4), "which only MLX reads"),
    "bitsandbytes 4 bit": (
        "packages",
        quantised(quant_method="bitsandbytes", load_in_4bit=True),
        "needs bitsandbytes and accelerate: run `pip install bitsandbytes accelerate`",
    ),
    "bitsandbytes 8 bit": (
        "packages",
        quantised(quant_method="bitsandbytes", _load_in_8bit=True),
        "as bitsandbytes 8 bit",
    ),
    "awq": (
        "packages",
        quantised(quant_method="awq", bits=4),
        "`pip install gptqmodel accelerate`",
    ),
    "gptq": ("packages", quantised(quant_method="gptq", bits=4), "`pip install optimum gptqmodel`"),
    "fp8": ("packages", quantised(quant_method="fp8"), "Quantised as FP8, model"),
    "compressed-tensors": (
        "packages",
        quantised(quant_method="compressed-tensors"),
        "`pip install compressed-tensors accelerate`",
    ),
    "torchao": ("packages", quantised(quant_method="torchao"), "`pip install torchao accelerate`"),
    "for a GPU only": ("needs-gpu", quantised(quant_method="eetq"), "the device is cpu"),
    "an adapter without PEFT": (
        "no-peft",
        adapter(WEIGHTS, "config.json", base_model_name_or_path="x/y"),
        "`pip install peft`",
    ),
    "an adapter without weights": (
        "no-adapter",
        adapter(WEIGHTS, "config.json", "adapter_model.safetensors"),
        "has no adapter_model.safetensors",
    ),
    "an adapter beside weights": ("both", adapter(base_model_name_or_path="x/y"), "--adapter none"),
}


@pytest.mark.parametrize(("key", "damage", "part"), FOLDERS.values(), ids=FOLDERS)
def test_diagnosis_and_error_say_one_sentence_with_the_remedy(folder, key, damage, part):
    damage(folder)
    text = said(folder, key)
    assert part in text


def said(name: Path | str, key: str, **options: str) -> str:
    """Return what the diagnosis says, checked to be the table's sentence and the error's."""
    text = diagnose(str(name), Wanted("cpu", **options)).problem
    assert text is not None
    assert re.fullmatch(_pattern(key), text), text
    with pytest.raises(ModelError) as caught:
        load_mllm(str(name), device="cpu", **options)
    assert str(caught.value) == text
    assert diagnose(str(name), Wanted("cpu", **options), shown="mine").problem == text.replace(
        str(name), "mine"
    )
    return text


def _pattern(key: str) -> str:
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(TROUBLES[key].sentence))


def test_a_path_to_nothing_is_named(tmp_path):
    assert f"no model folder {tmp_path}/absent" in said(tmp_path / "absent", "absent")


def test_a_text_that_is_no_id_is_named():
    assert "neither a folder nor a hub id" in said("not a model!", "no-id")


def test_too_little_memory_is_refused_before_anything_is_loaded(folder, monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda _: 400_000)
    text = said(folder, "memory")
    assert "takes 0.00 GB in float32 and 0.00 GB are free on cpu; choose a smaller" in text
    assert text.endswith("`--quantise 4bit` or `--dtype bfloat16`.")


def test_a_quantised_checkpoint_is_not_quantised_again(folder):
    quantised(quant_method="bitsandbytes", load_in_4bit=True)(folder)
    assert "leave out --quantise" in said(folder, "twice", quantise="4bit")


def test_an_adapter_that_names_no_base_is_refused(folder, monkeypatch):
    monkeypatch.setattr("core.mllm.adapters.is_installed", lambda _: True)
    adapter(WEIGHTS, "config.json")(folder)
    assert "names no base model" in said(folder, "no-base")


def test_files_that_may_not_be_read_are_one_sentence(folder, monkeypatch):
    def refuse(*_: object) -> Checkpoint:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("core.mllm.diagnosis.find_checkpoint", refuse)
    text = diagnose(str(folder)).problem or ""
    assert re.fullmatch(_pattern("unreadable"), text)
    assert "Permission denied" in text


def test_missing_tensors_are_found_when_the_model_is_loaded(folder):
    weights = load_file(folder / WEIGHTS)
    name = next(one for one in sorted(weights) if "layers.0.mlp" in one)
    del weights[name]
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    assert diagnose(str(folder), Wanted("cpu")).problem is None
    with pytest.raises(ModelError) as caught:
        load_mllm(str(folder), device="cpu")
    assert re.fullmatch(_pattern("lacking"), str(caught.value))


def test_scales_that_would_be_skipped_are_refused(folder):
    """Weights in 8 bits as floats: their numbers are plain, and their scales lie beside them."""
    weights = load_file(folder / WEIGHTS)
    name = next(one for one in sorted(weights) if "layers.0.mlp" in one)
    weights[f"{name}_scale_inv"] = torch.ones(1)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(ModelError) as caught:
        load_mllm(str(folder), device="cpu")
    assert re.fullmatch(_pattern("foreign"), str(caught.value))


def test_no_sentence_advises_to_download_a_whole_model_again():
    assert not [one for one in TROUBLES.values() if "download the model again" in one.sentence]
    assert not [one for one in TROUBLES.values() if "download it again" in one.sentence]


def test_every_kind_of_the_table_has_a_test():
    here = Path(__file__).parent
    files = ("test_troubles.py", "test_hub.py", "test_adapters.py")
    tests = "".join((here / file).read_text("utf-8") for file in files)
    assert [key for key in TROUBLES if f'"{key}"' not in tests] == []


# What works


def test_a_good_folder_tells_what_it_is_and_takes(folder):
    found = diagnose(str(folder), Wanted("cpu"))
    assert (found.family, found.dtype, found.problem) == ("Qwen2.5-VL", "float32", None)
    assert (found.quantisation, found.adapter, found.attention) == ("none", "none", "sdpa")
    assert found.n_bytes == (folder / WEIGHTS).stat().st_size
    assert found.memory is not None
    assert found.memory.n_bytes == sum(one.nbytes for one in load_file(folder / WEIGHTS).values())


def test_shards_with_their_index_load(folder, tiny):
    shards(folder)
    loaded = load_mllm(str(folder), device="cpu")
    for name, value in tiny.model.state_dict().items():
        assert torch.equal(value, loaded.model.state_dict()[name])


def test_weights_that_transformers_does_not_read_do_not_count(folder):
    before = diagnose(str(folder), Wanted("cpu"))
    shutil.copy(folder / WEIGHTS, folder / "consolidated.safetensors")
    assert diagnose(str(folder), Wanted("cpu")).n_bytes == before.n_bytes


@pytest.mark.parametrize("part", [None, "text_config", "vision_config"])
def test_a_kernel_that_is_not_installed_is_replaced_and_said_once(folder, part):
    config = json.loads((folder / "config.json").read_text())
    (config if part is None else config[part])["_attn_implementation"] = "flash_attention_2"
    (folder / "config.json").write_text(json.dumps(config))
    note = diagnose(str(folder), Wanted("cpu")).note
    assert note == (
        "Its configuration asks for the attention kernel flash_attention_2; sdpa is used."
    )
    loaded = load_mllm(str(folder), device="cpu")
    assert loaded.attention == "sdpa"
    assert loaded.model.config.get_text_config()._attn_implementation == "sdpa"
    assert loaded.model.config.vision_config._attn_implementation == "sdpa"


def test_the_root_of_a_model_in_the_hub_cache_is_its_present_snapshot(folder, tmp_path):
    root, commit = tmp_path / "models--x--y", "c" * 40
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(commit)
    shutil.copytree(folder, root / "snapshots" / commit)
    (root / "snapshots" / ("d" * 40)).mkdir()
    found = diagnose(str(root), Wanted("cpu"))
    assert (found.problem, found.revision) == (None, commit)
    assert load_mllm(str(root), device="cpu").facts["revision"] == commit
