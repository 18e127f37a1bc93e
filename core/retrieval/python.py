"""A user's own descriptor: an object with `encode(images)` on RGB images."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.fingerprint import digest
from core.plugins import DESCRIPTORS_GROUP, load_plugin, what_was_raised
from core.retrieval.descriptors import Projection, unit_rows
from core.types.scores import VisualTokens


class PythonDescriptor:
    """Vectors of a plug-in, brought to length 1.

    Args:
        written: `MODULE:NAME`, or the name of an entry point.
        projection: Optional linear map.

    Raises:
        SettingsError: It cannot be imported, or has no `encode`.
    """

    takes_tokens = False

    def __init__(self, written: str, projection: Projection | None = None) -> None:
        self._plugin = load_plugin(written, DESCRIPTORS_GROUP, "encode")
        self._projection = projection
        self.fingerprint = digest(
            {
                "kind": "plug-in",
                "plug-in": self._plugin.fingerprint,
                "projection": projection.fingerprint if projection else "none",
            }
        )

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows.

        Raises:
            ModelError: The plug-in raised, returned another count, or no finite numbers.
        """
        name = self._plugin.name
        try:
            answer = self._plugin.made.encode(list(images))
        except Exception as error:
            raise ModelError(f"Plug-in '{name}' failed: {what_was_raised(error)}.") from error
        try:
            found = np.asarray(answer, np.float32)
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"Plug-in '{name}' returned vectors of several lengths, or no numbers."
            ) from error
        if found.ndim != 2 or len(found) != len(images) or not np.isfinite(found).all():
            raise ModelError(
                f"Plug-in '{name}' returned an array of shape {found.shape} for {len(images)} "
                "images, or a number that is not finite; return one finite vector per image."
            )
        vectors = unit_rows(found)
        return self._projection.apply(vectors) if self._projection else vectors

    def describe_encoded(
        self,
        images: Sequence[NDArray[np.uint8]],
        tokens: Sequence[VisualTokens],  # noqa: ARG002 - a model's tokens are not its own
    ) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows from the pixels."""
        return self.describe(images)
