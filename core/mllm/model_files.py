"""Where a model's files are: a folder, or a hub id brought into the cache; what is refused."""

import json
import threading
from pathlib import Path
from typing import Any

from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,  # pyright: ignore[reportPrivateImportUsage]
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from core.errors import ModelError

LOADING = threading.Lock()
"""Held while transformers makes a model: it changes how the whole process makes tensors meanwhile,
and of two models made at once one lacks its tied weights."""
CONFIG = "config.json"
TOKENIZERS = ("tokenizer.json", "vocab.json", "tokenizer.model")
MAX_JSON_BYTES = 64 * 1024 * 1024
"""The largest settings file that is read; a tokenizer's own is not one of them."""
_FILES = ["*.json", "*.safetensors", "*.jinja", "*.txt", "tokenizer.model"]
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_HUB_ERRORS = (OSError, HFValidationError, EntryNotFoundError, HTTPError)
_WITH_CODE = ("tokenizer_config.json", "preprocessor_config.json", "processor_config.json")


def read_config(name: str) -> dict[str, Any]:
    """Return the configuration of a folder or hub id; of a hub id only this file is fetched.

    Raises:
        ModelError: There is no such model, it cannot be reached, the file is damaged, or it asks
            to run code of its own.
    """
    folder = _folder(name)
    path = folder / CONFIG if folder is not None else _fetch_config(name)
    if not path.is_file():
        raise ModelError(
            f"Folder {name} holds no {CONFIG}; give the folder that save_pretrained wrote."
        )
    config = _read_json(path)
    _refuse_code(config, name, CONFIG)
    return config


def locate(name: str) -> Path:
    """Return the local folder of a model, downloading a hub id's safetensors and settings.

    Raises:
        ModelError: Nothing was found or reached, its weights are not safetensors, or it asks to
            run code of its own.
    """
    folder = _folder(name)
    if folder is None:
        folder = _fetch_all(name)
    for file in _WITH_CODE:
        if (folder / file).is_file():
            _refuse_code(_read_json(folder / file), name, file)
    _refuse_missing_weights(folder, name)
    return folder


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a model folder, sorted by name."""
    return sorted(folder.glob("*.safetensors"))


def _folder(name: str) -> Path | None:
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelError(f"There is no model folder {name}; check the path or give a hub id.")
    return None


def _fetch_config(name: str) -> Path:
    try:
        return Path(hf_hub_download(name, CONFIG))
    except _HUB_ERRORS as error:
        raise _unreachable(name, error) from error


def _fetch_all(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_FILES))
    except _HUB_ERRORS as error:
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> ModelError:
    match error:
        case HFValidationError():
            text = f"'{name}' is neither a folder nor a hub id; give a path or ORGANISATION/NAME."
        case GatedRepoError():
            text = f"Model {name} is gated; accept its terms on the hub and run `hf auth login`."
        case RepositoryNotFoundError():
            text = f"The hub has no model {name} that you may read; check the spelling."
        case LocalEntryNotFoundError():
            text = (
                f"Model {name} is neither a folder nor in the local cache, and the hub cannot be "
                "asked (offline); connect once to download it, or give a folder."
            )
        case EntryNotFoundError():
            text = f"Hub repository {name} holds no {CONFIG}; choose a transformers model."
        case HfHubHTTPError():
            text = f"The hub refused to give model {name}; try again later or give a folder."
        case _:
            text = f"Model {name} could not be downloaded ({first_line(error)}); give a folder."
    return ModelError(text)


def _refuse_code(config: dict[str, Any], name: str, file: str) -> None:
    if "auto_map" in config:
        raise ModelError(
            f"Model {name} asks to run Python code of its own ({file} has auto_map), which "
            "Second Look never does; choose a model that transformers supports itself."
        )


def refuse_no_tokenizer(folder: Path, name: object) -> None:
    """Do nothing if there is a tokenizer; without one transformers would make up an empty one.

    Raises:
        ModelError: There is none.
    """
    if not any((folder / file).is_file() for file in TOKENIZERS):
        raise ModelError(
            f"Model {name} has no tokenizer file ({', '.join(TOKENIZERS)}); download it again."
        )


def _refuse_missing_weights(folder: Path, name: str) -> None:
    if weight_files(folder):
        return
    if any(path.suffix in _PICKLES for path in folder.iterdir()):
        raise ModelError(
            f"Model {name} has only pickle weights, which can run code when opened; convert them "
            "to safetensors with save_pretrained."
        )
    raise ModelError(
        f"Model {name} has no safetensors weights; choose a model published as safetensors."
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ValueError
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            f"Model file {path} cannot be read as JSON; download the model again."
        ) from error
    if not isinstance(value, dict):
        raise ModelError(f"Model file {path} is not a JSON object; download the model again.")
    return value


def first_line(error: BaseException) -> str:
    """Return the first line of a third party's error text, at most 160 characters."""
    lines = str(error).strip().splitlines()
    return lines[0][:160].rstrip(". ") if lines else type(error).__name__
