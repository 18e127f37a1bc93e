"""The identity of a model's files: SHA-256 of the weights, remembered between starts."""

import hashlib
import json
import logging
import re
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import WorkspaceError
from core.fingerprint import digest
from core.mllm.model_files import CONFIG
from core.mllm.weight_files import weight_files
from core.storage.files import atomic_write_text

_log = logging.getLogger(__name__)
_BLOB = re.compile(r"[0-9a-f]{64}")
_HASHES = TypeAdapter(dict[str, str])
_SETTINGS = (CONFIG, "preprocessor_config.json", "processor_config.json")


def weights_hash(folder: Path, cache: Path | None = None) -> str:
    """Return the SHA-256 hex of the safetensors contents; shards are joined in name order.

    A file of the hub's cache is stored under its SHA-256 and not read again. Other files are
    read whole, once (about 1 s per GB), if `cache` is given: a small JSON file that remembers
    hashes by real path, size and modification time. An unreadable cache is started anew.
    """
    hashes = [_file_hash(path.resolve(), cache) for path in weight_files(folder)]
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def settings_hash(folder: Path) -> str:
    """Return one hash of the configuration and image processor files, byte for byte."""
    paths = [folder / name for name in _SETTINGS]
    return digest({path.name: _sha256(path) for path in paths if path.is_file()})


def _file_hash(path: Path, cache: Path | None) -> str:
    if _BLOB.fullmatch(path.name):
        return path.name
    if cache is None:
        return _sha256(path)
    status = path.stat()
    key = f"{path}|{status.st_size}|{status.st_mtime_ns}"
    known = _read_cache(cache)
    if key not in known:
        known[key] = _sha256(path)
        _write_cache(cache, known)
    return known[key]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_cache(cache: Path) -> dict[str, str]:
    if not cache.is_file():
        return {}
    try:
        return _HASHES.validate_json(cache.read_bytes())
    except (OSError, ValueError):
        _log.warning("Hash cache %s cannot be read; weights are hashed anew.", cache)
        return {}


def _write_cache(cache: Path, known: dict[str, str]) -> None:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(cache, json.dumps(known, indent=1, sort_keys=True))
    except (OSError, WorkspaceError) as error:
        _log.warning("Hash cache %s cannot be written (%s).", cache, error)
