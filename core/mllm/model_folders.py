"""Folders of models below a root: what they are, what they would need, what speaks against them.

Nothing is loaded: configuration files are read, and of the weights only the headers.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.mllm.families import family_of
from core.mllm.model_files import CONFIG, locate, read_config, refuse_no_tokenizer, weight_files
from core.storage.files import named_below, visible_entries
from core.types.setting import ModelFolder

MAX_DEPTH = 3
MAX_FOLDERS = 200
_MAX_HEADER_BYTES = 100_000_000  # as the safetensors library allows
_MAX_CONFIG_BYTES = 1_000_000
_DTYPES = ("dtype", "torch_dtype")


def model_folders(roots: Sequence[Path]) -> tuple[str, ...]:
    """Return the folders with a config.json as `ROOT/sub/folder`, sorted, at most 200.

    Links to folders are not followed, and hidden folders are passed over.

    Args:
        roots: Resolved folders.
    """
    return named_below(roots, lambda root: _walk(root, 0))[:MAX_FOLDERS]


def look_at(folder: Path, name: str, root: Path | None = None) -> ModelFolder:
    """Return what a folder says of its model; a fault is one sentence in `problem`.

    Args:
        folder: Resolved.
        name: What it is called on screen; no message tells more of the path.
        root: Resolved; no file of the folder may lead out of it. None = any place.
    """
    family: str | None = None
    dtype: str | None = None
    n_bytes: int | None = None
    try:
        _refuse_outside(folder, root)
        config = _config(folder)
        dtype = _dtype(config)
        family = family_of(_model_type(config), str(folder)).title
        locate(str(folder))
        n_bytes = sum(path.stat().st_size for path in weight_files(folder))
        n_values(folder)
        refuse_no_tokenizer(folder, folder)
    except OSError as error:
        text = f"Model {name} cannot be read: {error.strerror or error}; mind its permissions."
        return ModelFolder(name, family, dtype, n_bytes, text)
    except ModelError as error:
        text = str(error).replace(str(folder), name)
        return ModelFolder(name, family, dtype, n_bytes, text)
    return ModelFolder(name, family, dtype, n_bytes, None)


def n_values(folder: Path) -> int:
    """Return how many numbers the weights hold, from the headers of their files.

    Raises:
        ModelError: A file is no safetensors file, or is cut short.
    """
    return sum(_values_of(path) for path in weight_files(folder))


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    entries = visible_entries(folder)
    if any(entry.name == CONFIG for entry in entries):
        yield folder
        return
    if depth < MAX_DEPTH:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(Path(entry.path), depth + 1)


def _refuse_outside(folder: Path, root: Path | None) -> None:
    if root is None:
        return
    for path in sorted(folder.iterdir()):
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            raise ModelError(
                f"File '{path.name[:80]}' of model {folder} is a link that leads out of the root; "
                "put the file itself there."
            )


def _config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if path.is_file() and path.stat().st_size > _MAX_CONFIG_BYTES:
        raise ModelError(
            f"The {CONFIG} of model {folder} has more than 1 MB; download the model again."
        )
    return read_config(str(folder))


def _model_type(config: dict[str, Any]) -> str:
    return str(config.get("model_type", ""))[:80]


def _dtype(config: dict[str, Any]) -> str | None:
    parts = [config, config.get("text_config")]
    texts = [part.get(key) for part in parts if isinstance(part, dict) for key in _DTYPES]
    return next((text[:20] for text in texts if isinstance(text, str)), None)


def _values_of(path: Path) -> int:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(_MAX_HEADER_BYTES, path.stat().st_size - 8):
                raise ValueError
            header = json.loads(file.read(length))
        tensors = [one for key, one in header.items() if key != "__metadata__"]
        n_data = max((int(one["data_offsets"][1]) for one in tensors), default=0)
        if path.stat().st_size != 8 + length + n_data:
            raise ValueError
        return sum(_product(one["shape"]) for one in tensors)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error) as error:
        raise ModelError(
            f"Weight file '{path.name[:80]}' of model {path.parent} is damaged or cut short; "
            "download it again."
        ) from error


def _product(shape: Sequence[int]) -> int:
    product = 1
    for side in shape:
        product *= int(side)
    return product
