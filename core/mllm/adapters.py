"""Adapters of PEFT (LoRA and its kin): where their files are, and how they become weights."""

import logging
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import torch

from core.errors import ModelError
from core.mllm.model_files import ADAPTER, first_line, folder_of, read_json
from core.mllm.quantisation import is_installed
from core.mllm.troubles import trouble
from core.mllm.weight_files import read_header

WEIGHTS = "adapter_model.safetensors"
FILES = (ADAPTER, WEIGHTS)
_NAME = "adapter"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter's folder, what it was asked for by, its kind, and the base model that it names."""

    name: str
    folder: Path
    kind: str
    base: str | None

    @property
    def sha256(self) -> str:
        """Hash of its weights and of its configuration, which scales them."""
        found: list[str] = []
        for file in FILES:
            with (self.folder / file).open("rb") as opened:
                found.append(file_digest(opened, "sha256").hexdigest())
        return "+".join(one[:16] for one in found)


def find_adapter(name: str) -> Adapter:
    """Return the adapter of a folder or hub id.

    Raises:
        ModelError: It is not there or not complete, or PEFT is not installed.
    """

    def require(folder: Path) -> None:
        for file in FILES:
            if not (folder / file).is_file():
                raise trouble("no-adapter", adapter=name, file=file)

    folder = folder_of(name, FILES, require)
    require(folder)
    config = read_json(folder / ADAPTER)
    read_header(folder / WEIGHTS, name)
    if not is_installed("peft"):
        raise trouble("no-peft", adapter=name)
    base = config.get("base_model_name_or_path")
    kind = str(config.get("peft_type", "adapter"))[:40]
    return Adapter(name, folder, kind, base if isinstance(base, str) and base else None)


def with_adapter(model: Any, adapter: Adapter, name: str, *, merge: bool) -> Any:  # noqa: ANN401
    """Add an adapter to a loaded model, and return the model.

    Merged, its weights are added to the model's own and its layers are taken out again, so that a
    pass costs what it did before. Quantised weights would round them, so there it stays beside.

    Raises:
        ModelError: It does not fit: a part of it finds no place in the model, or has another shape.
    """
    before = _n_tuned(model)
    try:
        report = model.load_adapter(
            str(adapter.folder), adapter_name=_NAME, download_kwargs={"local_files_only": True}
        ).to_dict()
    except (ValueError, RuntimeError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise _foreign(adapter, name, first_line(error)) from error
    for kind in ("unexpected_keys", "mismatched_keys", "missing_keys"):
        keys = sorted(str(key) for key in report.get(kind, ()))
        if keys:
            what = {"missing_keys": "lacks", "mismatched_keys": "has another shape of"}
            found = what.get(kind, "finds no place for")
            raise _foreign(adapter, name, f"it {found} {len(keys)} tensors, such as {keys[0][:80]}")
    if _n_tuned(model) == before:
        raise _foreign(adapter, name, "none of its layers is in the model")
    return _merged(model, adapter) if merge else model


def _merged(model: Any, adapter: Adapter) -> Any:  # noqa: ANN401
    for path, layer in _tuned(model):
        with torch.no_grad():
            layer.merge(safe_merge=True)
        parent = model.get_submodule(path.rpartition(".")[0])
        setattr(parent, path.rpartition(".")[2], layer.get_base_layer())
    _log.info("Adapter %s is merged into the weights.", adapter.name)
    return model


def _tuned(model: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
    from peft.tuners.tuners_utils import (  # pyright: ignore[reportMissingImports] - an extra
        BaseTunerLayer,
    )

    return [(path, one) for path, one in model.named_modules() if isinstance(one, BaseTunerLayer)]


def _n_tuned(model: Any) -> int:  # noqa: ANN401
    return len(_tuned(model))


def _foreign(adapter: Adapter, name: str, reason: str) -> ModelError:
    return trouble("foreign-adapter", adapter=adapter.name, name=name, reason=reason)
