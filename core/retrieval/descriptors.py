"""Global descriptors: the MLLM's mean visual token, or a vision model of transformers by id."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, AutoImageProcessor, AutoModel

from core.errors import ModelError, SettingsError
from core.fingerprint import digest
from core.interfaces import TokenEncoder
from core.mllm.devices import pick_device
from core.mllm.model_files import LOADING, locate
from core.mllm.tokens import mean_token
from core.mllm.weights_hash import weights_hash
from core.storage.files import ARRAY_DAMAGE, sha256_of
from core.types.scores import VisualTokens


class Projection:
    """A learned linear map (D_in, D_out) float32 applied to descriptors, then L2-normalised.

    Raises:
        SettingsError: The file is not a 2-D array of finite numbers.
    """

    def __init__(self, path: Path) -> None:
        try:
            matrix = np.load(path, allow_pickle=False)
        except (OSError, *ARRAY_DAMAGE) as error:
            raise SettingsError(
                f"Projection {path} cannot be read as a .npy array; save a (D_in, D_out) float32 "
                "matrix with numpy.save."
            ) from error
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            raise SettingsError(
                f"Projection {path} must be a finite (D_in, D_out) matrix, not {matrix.shape}."
            )
        self._path = path
        self._matrix = matrix.astype(np.float32)
        self.fingerprint = sha256_of(path)

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, D_out) float32 unit rows for (n, D_in) vectors."""
        if vectors.shape[1] != self._matrix.shape[0]:
            raise SettingsError(
                f"Projection {self._path} takes vectors of length {self._matrix.shape[0]}, but the "
                f"descriptor's have {vectors.shape[1]}; use the one learned for this descriptor."
            )
        return unit_rows(vectors @ self._matrix)


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, D) float32 rows of L2 norm 1; a zero row is an error, not a direction."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or (norms == 0).any():
        raise ModelError("The descriptor gave a zero or non-finite vector; choose another model.")
    return (vectors / norms).astype(np.float32)


class MllmDescriptor:
    """Mean visual token of the MLLM, so that one model serves both stages.

    Args:
        encoder: The MLLM's vision encoder.
        projection: Optional linear map.
    """

    takes_tokens = True

    def __init__(self, encoder: TokenEncoder, projection: Projection | None = None) -> None:
        self._encoder = encoder
        self._projection = projection
        self.fingerprint = digest(
            {"kind": "mean visual token", "tower": encoder.tower_fingerprint}
            | _projection_field(projection)
        )

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows."""
        return self.describe_encoded(images, self._encoder.encode(images))

    def describe_encoded(
        self,
        images: Sequence[NDArray[np.uint8]],  # noqa: ARG002 - the tokens say it all
        tokens: Sequence[VisualTokens],
    ) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows from tokens that were encoded before."""
        vectors = unit_rows(np.stack([mean_token(t) for t in tokens]))
        return self._projection.apply(vectors) if self._projection else vectors


class VisionDescriptor:
    """CLS or pooled output of a vision model (DINOv2, DINOv3, SigLIP2, CLIP, ...) by id or folder.

    Models with `get_image_features` (CLIP, SigLIP) give that; others their pooled output, or the
    CLS state where there is none.

    Raises:
        ModelError: The model cannot be had or is no vision model.
    """

    takes_tokens = False

    def __init__(
        self,
        name: str,
        device: str,
        projection: Projection | None = None,
        hash_cache: Path | None = None,
    ) -> None:
        folder = locate(name)
        try:
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
            self._processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
            with LOADING:
                model: Any = AutoModel.from_pretrained(
                    folder, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
                )
        except (OSError, ValueError, ImportError, KeyError) as error:
            raise ModelError(
                f"Descriptor '{name}' cannot be loaded: give `mllm`, or the hub id or folder of a "
                "vision model with safetensors weights that this machine has or can download."
            ) from error
        self._device = pick_device(device)
        self._model = model.eval().to(self._device)
        self._projection = projection
        self._lock = threading.Lock()
        self.fingerprint = digest(
            {
                "kind": "vision model",
                "weights": weights_hash(folder, hash_cache),
                "architecture": str(config.model_type),
                "processor": self._processor.to_json_string(),
            }
            | _projection_field(projection)
        )

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows."""
        inputs = self._processor(images=list(images), return_tensors="pt").to(self._device)
        with self._lock, torch.inference_mode():
            vectors = unit_rows(_pooled(self._model, inputs).float().cpu().numpy())
        return self._projection.apply(vectors) if self._projection else vectors

    def describe_encoded(
        self,
        images: Sequence[NDArray[np.uint8]],
        tokens: Sequence[VisualTokens],  # noqa: ARG002 - another model's tokens
    ) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows from the pixels."""
        return self.describe(images)


def _pooled(model: Any, inputs: Any) -> torch.Tensor:  # noqa: ANN401
    if hasattr(model, "get_image_features"):
        out = model.get_image_features(**inputs)
        return cast("torch.Tensor", getattr(out, "pooler_output", out))
    out = model(**inputs)
    pooled = getattr(out, "pooler_output", None)
    return out.last_hidden_state[:, 0] if pooled is None else pooled


def _projection_field(projection: Projection | None) -> dict[str, str]:
    return {"projection": projection.fingerprint if projection else "none"}
