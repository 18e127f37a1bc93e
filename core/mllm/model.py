"""A loaded model with everything that makes its numbers what they are."""

import threading
from dataclasses import dataclass, field, replace
from math import isqrt
from typing import Any

import torch

from core.errors import ModelError
from core.fingerprint import digest
from core.mllm.families import Family


@dataclass(frozen=True, eq=False)
class Mllm:
    """A model ready to encode and score, with everything that makes its numbers what they are.

    `model`, `processor` and `tokenizer` are transformers' objects, which carry no useful types.
    `dtype` is the name of the tower's and the language model's number type. An encoded image has
    `min_pixels` to `max_pixels` pixels of area, both the model's own in families of one square
    tile. `quantisation`, `adapter` and `revision` of the hub's repository are words for receipts;
    `is_packed_here` says that the weights were quantised while they were loaded, so that their hash
    does not tell. `lock` is held during every pass of the model.
    """

    name: str
    family: Family
    model: Any
    processor: Any
    tokenizer: Any
    device: torch.device
    dtype: str
    attention: str
    processor_backend: str
    min_pixels: int
    max_pixels: int
    weights_hash: str
    settings_hash: str
    quantisation: str = "none"
    is_packed_here: bool = False
    adapter: str = "none"
    revision: str = "none"
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def base(self) -> Any:  # noqa: ANN401
        """The model without its output head."""
        return self.model.model

    @property
    def merge_size(self) -> int:
        """Patches along one side of a visual token."""
        return int(self.model.config.vision_config.spatial_merge_size)

    @property
    def dimension(self) -> int:
        """Length C of a visual token."""
        return int(self.model.config.get_text_config().hidden_size)

    @property
    def n_extra(self) -> int:
        """Number L of extra layers of visual tokens per image."""
        if not self.family.deepstack:
            return 0
        return len(self.model.config.vision_config.deepstack_visual_indexes)

    @property
    def tower_fields(self) -> dict[str, str]:
        """What makes a visual token another one, in words."""
        fields = {
            "weights": self.weights_hash,
            "model settings": self.settings_hash,
            "tower dtype": self.dtype,
            "image processor": self.processor_backend,
            "pixel bounds": self._bounds_in_words(),
        }
        return fields | ({"quantised": self.quantisation} if self.is_packed_here else {})

    @property
    def facts(self) -> dict[str, str]:
        """Labels for receipts: device, number type, quantisation, adapter and revision."""
        return {
            "device": str(self.device),
            "dtype": self.dtype,
            "quantisation": self.quantisation,
            "adapter": self.adapter,
            "revision": self.revision,
        }

    @property
    def tower_fingerprint(self) -> str:
        """Hash of weights, settings, tower dtype, image processor backend and pixel bounds."""
        return digest(self.tower_fields)

    def bounded(self, side_px: int) -> "Mllm":
        """Return the same model with images of at most side_px * side_px pixels of area.

        Raises:
            ModelError: The family has no such bound, or the model needs more pixels.
        """
        if self.family.grid_input is None:
            raise ModelError(
                f"{self.family.title} sees every image as one square tile of the model's own size, "
                f"so res:{side_px} cannot make it smaller; use divprune, pool or a code."
            )
        if side_px**2 < self.min_pixels:
            raise ModelError(
                f"Model {self.name} enlarges images under {self.min_pixels} px of area, so "
                f"res:{side_px} cannot make them that small; use res:"
                f"{isqrt(self.min_pixels - 1) + 1} or more."
            )
        return replace(self, max_pixels=min(self.max_pixels, side_px**2))

    def _bounds_in_words(self) -> str:
        if self.family.grid_input is None:
            return f"one square tile of {self.max_pixels} px of area"
        return f"{self.min_pixels} to {self.max_pixels} px of area"
