"""Where a model's files are: a folder, one of the hub's cache, or a hub id; what is refused."""

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.mllm.hub import cached_root, fetch, parse_id
from core.mllm.meter import Meter
from core.mllm.troubles import trouble
from core.mllm.weight_files import INDEX, WHOLE, refuse_incomplete, refuse_pointer
from core.types.runs import Progress

LOADING = threading.Lock()
"""Held while transformers makes a model: it changes how the whole process makes tensors meanwhile,
and of two models made at once one lacks its tied weights."""
CONFIG = "config.json"
ADAPTER = "adapter_config.json"
TOKENIZERS = ("tokenizer.json", "vocab.json", "tokenizer.model")
IMAGE_PROCESSORS = ("preprocessor_config.json", "processor_config.json")
MAX_JSON_BYTES = 64 * 1024 * 1024
"""The largest settings file that is read; a tokenizer's own is not one of them."""
_FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "tokenizer.model")
_WITH_CODE = ("tokenizer_config.json", *IMAGE_PROCESSORS)
_OTHER_PROGRAMS = (
    ("*.gguf", "llama.cpp"),
    ("model_index.json", "diffusers"),
    ("*.onnx", "ONNX Runtime"),
    ("onnx/*.onnx", "ONNX Runtime"),
    ("openvino_model.xml", "OpenVINO"),
    ("*.mlpackage", "Core ML"),
)


def read_config(name: str) -> dict[str, Any]:
    """Return the configuration of a folder or hub id; of a hub id only this file is fetched.

    Raises:
        ModelError: There is no such model, it cannot be reached, the file is damaged, or it asks
            to run code of its own.
    """
    folder = settings_folder(name)
    path = folder / CONFIG
    if not path.is_file():
        raise _no_config(folder, name)
    config = read_json(path)
    _refuse_code(config, name, CONFIG)
    return config


def settings_folder(name: str) -> Path:
    """Return the folder that holds a model's or adapter's configuration, and maybe no more.

    Raises:
        ModelError: There is no such model, or it cannot be reached.
    """
    return folder_of(name, (CONFIG, ADAPTER), _require_config)


def locate(
    name: str, watch: Callable[[Progress], None] = lambda _: None, *, is_text: bool = False
) -> Path:
    """Return the local folder of a model, downloading a hub id's safetensors and settings.

    Args:
        name: Folder or hub id.
        watch: Is told how far a download is.
        is_text: Whether the model needs a tokenizer.

    Raises:
        ModelError: Nothing was found or reached, its weights are not safetensors or not whole, or
            it asks to run code of its own.
    """

    def require(folder: Path) -> None:
        _require_config(folder)
        refuse_incomplete(folder, name)
        refuse_no_image_processor(folder, name)
        if is_text:
            refuse_no_tokenizer(folder, name)

    folder = folder_of(name, _FILES, require, watch)
    for file in _WITH_CODE:
        if (folder / file).is_file():
            _refuse_code(read_json(folder / file), name, file)
    refuse_incomplete(folder, name)
    return folder


def folder_of(
    name: str,
    files: Sequence[str],
    require: Callable[[Path], None],
    watch: Callable[[Progress], None] = lambda _: None,
) -> Path:
    """Return the folder with a model's files; those of a hub id are fetched.

    Args:
        name: Folder or hub id.
        files: Patterns of what is fetched.
        require: Raises a ModelError where a cached snapshot lacks what is needed.
        watch: Is told how far a download is.

    Raises:
        ModelError: There is no such folder, or the hub does not give the model.
    """
    folder = local_folder(name)
    return fetch(parse_id(name), files, require, Meter(watch)) if folder is None else folder


def local_folder(name: str) -> Path | None:
    """Return a folder, of the hub's cache the present snapshot; None where `name` is a hub id.

    Raises:
        ModelError: It is a path to nothing.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return cached_root(path) or path
    bare = name.partition("@")[0]
    if path.is_absolute() or name.startswith((".", "~")) or bare.count("/") > 1:
        raise trouble("absent", name=name)
    return None


def is_whole(folder: Path) -> bool:
    """Return whether a folder holds weights of its own, beside an adapter or not."""
    return any((folder / file).is_file() for file in (WHOLE, INDEX))


def refuse_no_tokenizer(folder: Path, name: object) -> None:
    """Do nothing if there is a tokenizer; without one transformers would make up an empty one.

    Raises:
        ModelError: There is none.
    """
    there = [folder / file for file in TOKENIZERS if (folder / file).is_file()]
    if not there:
        raise trouble("no-tokenizer", name=name, files=", ".join(TOKENIZERS))
    for path in there:
        refuse_pointer(path, str(name))


def refuse_no_image_processor(folder: Path, name: object) -> None:
    """Do nothing if the settings of an image processor are there.

    Raises:
        ModelError: They are not.
    """
    if not any((folder / file).is_file() for file in IMAGE_PROCESSORS):
        raise trouble("no-image-processor", name=name)


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a settings file holds.

    Raises:
        ModelError: It is a Git LFS pointer, or no JSON object of at most 64 MB.
    """
    try:
        refuse_pointer(path, str(path.parent))
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError
        value = json.loads(path.read_text("utf-8"))
        if not isinstance(value, dict):
            raise ValueError
    except (OSError, ValueError, RecursionError) as error:
        raise trouble("damaged-json", file=path) from error
    return value


def first_line(error: BaseException) -> str:
    """Return the first line of a third party's error text, at most 160 characters."""
    lines = str(error).strip().splitlines()
    return lines[0][:160].rstrip(". ") if lines else type(error).__name__


def _require_config(folder: Path) -> None:
    if not any((folder / file).is_file() for file in (CONFIG, ADAPTER)):
        raise trouble("no-config", name=folder)


def _no_config(folder: Path, name: str) -> ModelError:
    if local_folder(name) is None:
        return trouble("no-hub-config", name=name)
    for pattern, program in _OTHER_PROGRAMS:
        found = sorted(folder.glob(pattern))
        if found:
            return trouble("other-program", name=name, program=program, file=found[0].name[:80])
    return trouble("no-config", name=name)


def _refuse_code(config: dict[str, Any], name: str, file: str) -> None:
    if "auto_map" in config:
        raise trouble("own-code", name=name, file=file)
