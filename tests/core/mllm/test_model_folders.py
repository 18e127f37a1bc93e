"""What a folder of a model says before anything is loaded: sizes, and faults as one sentence."""

import json
import shutil
from pathlib import Path

import pytest

from core.mllm.model_folders import look_at, model_folders
from core.mllm.weight_files import n_values
from core.settings import POCKET_MODEL


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A resolved root with the embedded model in `models/pocket`."""
    root = (tmp_path / "root").resolve()
    shutil.copytree(POCKET_MODEL, root / "models/pocket")
    return root


def folder(root: Path, config: object = None, **files: bytes) -> Path:
    made = root / "models/other"
    made.mkdir(parents=True)
    text = config if isinstance(config, str) else json.dumps(config)
    (made / "config.json").write_text(text)
    for name, content in files.items():
        (made / name.replace("__", ".")).write_bytes(content)
    return made


def problem(root: Path, made: Path) -> str:
    found = look_at(made, "root/models/other", root).problem
    assert found is not None
    assert found.endswith(".")
    assert "\n" not in found
    assert str(root) not in found
    return found


def test_a_model_tells_family_dtype_and_size(root):
    found = look_at(root / "models/pocket", "root/models/pocket", root)
    size = (POCKET_MODEL / "model.safetensors").stat().st_size
    assert (found.family, found.dtype, found.n_bytes) == ("Qwen2.5-VL", "bfloat16", size)
    assert found.problem is None


def test_values_are_counted_from_the_headers(root):
    from safetensors import safe_open

    with safe_open(str(POCKET_MODEL / "model.safetensors"), "np") as file:
        shapes = [file.get_slice(name).get_shape() for name in file.keys()]  # noqa: SIM118
    expected = 0
    for shape in shapes:
        n = 1
        for side in shape:
            n *= side
        expected += n
    assert n_values(root / "models/pocket") == expected


def test_models_are_listed_below_the_root_and_links_are_not_followed(root, tmp_path):
    shutil.copytree(POCKET_MODEL, tmp_path / "secret")
    (root / "link").symlink_to(tmp_path / "secret")
    (root / ".hidden").mkdir()
    (root / ".hidden/config.json").write_text("{}")
    assert model_folders([root]) == ("root/models/pocket",)


def test_pickle_weights_are_refused(root):
    made = folder(root, {"model_type": "qwen2_5_vl"}, pytorch_model__bin=b"x")
    assert "only pickle weights" in problem(root, made)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "processor_config.json"])
def test_remote_code_is_refused(root, file):
    made = folder(root, {"model_type": "qwen2_5_vl"}, model__safetensors=b"x")
    (made / file).write_text(json.dumps({"model_type": "qwen2_5_vl", "auto_map": {"A": "b.C"}}))
    assert f"{file} has auto_map" in problem(root, made)


def test_an_unsupported_family_is_named(root):
    assert "family 'llava', which" in problem(root, folder(root, {"model_type": "llava"}))


def test_a_huge_family_name_is_cut(root):
    assert len(problem(root, folder(root, {"model_type": "x" * 10_000}))) < 1000


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000])
def test_an_unreadable_config_is_one_sentence(root, text):
    assert "JSON" in problem(root, folder(root, text))


def test_a_huge_config_is_not_read(root):
    assert "more than 1 MB" in problem(root, folder(root, '{"a": "' + "x" * 1_100_000 + '"}'))


def test_weights_cut_short_are_refused(root):
    made = root / "models/pocket"
    weights = made / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert "is cut short" in (look_at(made, "m", root).problem or "")


@pytest.mark.parametrize(
    "content", [b"", b"short", (1 << 62).to_bytes(8, "little") + b"{}", b"\2" + b"\0" * 7 + b"[]"]
)
def test_what_is_no_safetensors_file_is_refused(root, content):
    made = folder(root, {"model_type": "qwen2_5_vl"}, model__safetensors=content)
    assert "is damaged: it has no readable safetensors header" in problem(root, made)


def test_a_file_that_links_out_of_the_root_is_refused(root, tmp_path):
    made = root / "models/pocket"
    outside = tmp_path / "model.safetensors"
    (made / "model.safetensors").rename(outside)
    (made / "model.safetensors").symlink_to(outside)
    assert "leads out of the root" in (look_at(made, "m", root).problem or "")
    assert look_at(made, "m").problem is None  # where no root bounds it


def test_a_model_without_tokenizer_is_refused(root):
    made = root / "models/pocket"
    (made / "tokenizer.json").unlink()
    assert "no tokenizer file" in (look_at(made, "m", root).problem or "")
