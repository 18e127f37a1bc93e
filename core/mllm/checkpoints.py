"""What a model's name means before it is loaded: its folder, family, quantisation and adapter."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from core.mllm.adapters import Adapter, find_adapter
from core.mllm.families import Family, family_of
from core.mllm.hub import commit_of
from core.mllm.model_files import (
    ADAPTER,
    CONFIG,
    is_whole,
    locate,
    read_config,
    refuse_no_image_processor,
    refuse_no_tokenizer,
    settings_folder,
)
from core.mllm.quantisation import (
    method_of,
    refuse_lacking_packages,
    refuse_packed,
    stored_method,
    title_of,
)
from core.mllm.troubles import trouble
from core.mllm.wanted import Quantise, Wanted
from core.mllm.weight_files import tensors_of
from core.types.runs import Progress

NO_ADAPTER = "none"
_KERNELS = ("attn_implementation", "_attn_implementation")


@dataclass(frozen=True)
class Checkpoint:
    """A model that can be loaded, as far as its files tell.

    `stored` is the method by which its weights are quantised on disk, `quantise` what is done to
    them while they are loaded.
    """

    name: str
    folder: Path
    config: dict[str, Any]
    family: Family
    stored: str | None
    quantise: Quantise
    adapter: Adapter | None

    @property
    def method(self) -> str | None:
        """How the weights are quantised once loaded."""
        return self.stored or method_of(self.quantise)

    @property
    def quantisation(self) -> str:
        """How the weights are quantised once loaded, in words."""
        return title_of(self.method)

    @property
    def revision(self) -> str:
        """The commit of the hub's repository; `none` of a plain folder."""
        return commit_of(self.folder) or "none"

    @cached_property
    def kernel(self) -> str | None:
        """The attention kernel that the configuration asks for, None = none."""
        parts = (self.config, *(self.config.get(f"{one}_config") for one in ("text", "vision")))
        asked = [part.get(key) for part in parts if isinstance(part, dict) for key in _KERNELS]
        return next((one for one in asked if isinstance(one, str)), None)


def find_checkpoint(
    name: str,
    device: torch.device,
    wanted: Wanted,
    watch: Callable[[Progress], None] = lambda _: None,
) -> Checkpoint:
    """Return what a model's name means, once all its files are known to be there and whole.

    Costs the headers of its files; of a hub id that is not cached, the download.

    Args:
        name: Folder or hub id of a model, or of an adapter that names its base.
        device: Where it is to run.
        wanted: Its adapter and quantisation.
        watch: Is told how far a download is.

    Raises:
        ModelError: What is missing, damaged or not known, one sentence with the remedy.
    """
    base, found = _with_adapter(name, wanted.adapter)
    quantise = wanted.quantise
    config = read_config(base)
    family = _family(config, base)
    stored = stored_method(config, base)
    if stored is not None and quantise != "none":
        raise trouble("twice", name=base, method=title_of(stored))
    method = stored or method_of(quantise)
    if method is not None:
        refuse_lacking_packages(method, base, device)
    folder = locate(base, watch, is_text=True)
    if stored is None:
        refuse_packed(tensors_of(folder, base), base)
    refuse_no_tokenizer(folder, base)
    refuse_no_image_processor(folder, base)
    return Checkpoint(base, folder, config, family, stored, quantise, found)


def _with_adapter(name: str, adapter: str | None) -> tuple[str, Adapter | None]:
    """Return the base model's name and the adapter to add to it."""
    if adapter == NO_ADAPTER:
        return name, None
    if adapter is not None:
        return name, find_adapter(adapter)
    folder = settings_folder(name)
    if not (folder / ADAPTER).is_file():
        return name, None
    if is_whole(folder) and (folder / CONFIG).is_file():
        raise trouble("both", name=name)
    found = find_adapter(name)
    if found.base is None:
        raise trouble("no-base", adapter=name)
    return found.base, found


def _family(config: dict[str, Any], name: str) -> Family:
    from transformers.models.auto.configuration_auto import (
        CONFIG_MAPPING_NAMES,  # pyright: ignore[reportPrivateImportUsage]
    )
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES as IMAGE_TEXT,
    )

    model_type = str(config.get("model_type", ""))[:80]
    if model_type not in CONFIG_MAPPING_NAMES:
        words = {"family": model_type, "version": version("transformers")}
        raise trouble("unknown-family", name=name, **words)
    if model_type not in IMAGE_TEXT:
        raise trouble("not-image-text", name=name, family=model_type)
    return family_of(model_type, name)
