"""A first stage made elsewhere: vectors or whole lists, and what they cannot do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError, SettingsError, StaleIndexError
from core.storage.files import sha256_of
from core.storage.imports import ShortlistImport, ShortlistImports, VectorImport
from core.types.corpus import ImageRecord
from core.types.scores import Shortlist, VisualTokens

PREFIX = "import:"


def import_of(name: str | None) -> str | None:
    """Return the NAME of `import:NAME`, None for anything else."""
    return name.removeprefix(PREFIX) if name is not None and name.startswith(PREFIX) else None


@dataclass(frozen=True, slots=True)
class ImportedDescriptor:
    """The vectors of a file: of the corpus's images alone.

    Args:
        record: What was imported.
    """

    record: VectorImport
    takes_tokens: bool = False

    @property
    def fingerprint(self) -> str:
        """Hash of the imported file and its ids."""
        return self.record.fingerprint

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:  # noqa: ARG002
        """Refuse: nothing can be computed.

        Raises:
            ModelError: Always.
        """
        raise ModelError(
            f"Descriptor 'import:{self.record.name}' holds vectors of the corpus's images alone, "
            "so an uploaded, added or damaged picture has none; start with --descriptor mllm to "
            "compute them."
        )

    def describe_encoded(
        self,
        images: Sequence[NDArray[np.uint8]],
        tokens: Sequence[VisualTokens],  # noqa: ARG002 - nothing can be computed
    ) -> NDArray[np.float32]:
        """Refuse as `describe` does."""
        return self.describe(images)


class ImportedShortlists:
    """The lists of a file, by query.

    Args:
        record: What was imported.
        imports: Where its arrays are.
        database: The corpus's database images in order.
        images: Digest of their ids.

    Raises:
        SettingsError: The corpus's images are others than when the lists were imported.
        StaleIndexError: The arrays are damaged.
    """

    def __init__(
        self,
        record: ShortlistImport,
        imports: ShortlistImports,
        database: Sequence[ImageRecord],
        images: str,
    ) -> None:
        if record.images != images:
            raise SettingsError(
                f"The images of the corpus have changed since 'import:{record.name}' was imported; "
                f"import {record.file} again with --replace."
            )
        path = imports.arrays(record.name)
        try:
            if sha256_of(path) != record.array_sha256:
                raise ValueError("its checksum differs")
            with np.load(path, allow_pickle=False) as arrays:
                self._rows, scores = arrays["rows"], arrays["scores"]
                ends = np.cumsum(arrays["lengths"]).tolist()
        except (OSError, ValueError, KeyError) as error:
            raise StaleIndexError(
                f"The lists of 'import:{record.name}' are damaged; import {record.file} again with "
                "--replace."
            ) from error
        self._scores = scores.astype(np.float32)
        self._places: Mapping[str, tuple[int, int]] = dict(
            zip(record.queries, zip([0, *ends[:-1]], ends, strict=True), strict=True)
        )
        self._database = database
        self.record = record

    @property
    def longest(self) -> int:
        """How many images the longest list holds."""
        return max(end - start for start, end in self._places.values())

    def of(self, query: ImageRecord, n: int) -> Shortlist:
        """Return the first n images of a query's list, with the file's scores.

        Raises:
            ModelError: The file has no list for it.
        """
        place = self._places.get(query.image_id)
        if place is None:
            raise ModelError(
                f"'import:{self.record.name}' has no list for '{query.image_id[:80]}', which is no "
                "query of the corpus; start without --shortlists to search for it."
            )
        start, end = place[0], min(place[1], place[0] + n)
        scores = self._scores[start:end]
        scores.flags.writeable = False
        ids = tuple(self._database[row].image_id for row in self._rows[start:end].tolist())
        return Shortlist(query.image_id, ids, scores)
