"""What was imported under which name: one JSON file each, by kind.

Scores are in the score file, vectors among the descriptors, shortlists in an array file beside;
a number per query is in the JSON file itself.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import DocumentKind, Documents, json_kind

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import: its name, the file it came from, and the address of its scores.

    `assumed` says what of the file was taken because nothing else could be meant.
    `n_queries_missing` counts the corpus's queries for which the file holds no pair at all.
    """

    name: str
    file: str
    sha256: str
    format: str
    n_pairs: int
    n_queries: int
    n_queries_missing: int
    created_at: str
    fingerprint: str
    assumed: str = ""


_BROKEN = "{folder}/{file} in the workspace cannot be read; import the file again with --replace."
IMPORT = json_kind(TypeAdapter(ImportRecord), _BROKEN)


@dataclass(frozen=True, slots=True)
class VectorImport:
    """Vectors of images: `n_database_missing` readable database images have none."""

    name: str
    file: str
    sha256: str
    format: str
    n_vectors: int
    dimension: int
    n_database_missing: int
    created_at: str
    fingerprint: str
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class ShortlistImport:
    """First-stage lists: `n_shortest` is the length of the shortest, `array_sha256` of the arrays.

    `images` is the digest of the corpus's database ids that the rows of the arrays count.
    """

    name: str
    file: str
    sha256: str
    format: str
    queries: tuple[str, ...]
    n_pairs: int
    n_shortest: int
    images: str
    array_sha256: str
    created_at: str
    assumed: str = ""


@dataclass(frozen=True, slots=True)
class ConfidenceImport:
    """A number per query, higher where its first result should be right: `values`, by query id.

    `n_queries_missing` counts the corpus's queries without one.
    """

    name: str
    file: str
    sha256: str
    format: str
    values: dict[str, float]
    n_queries_missing: int
    created_at: str
    assumed: str = ""


VECTORS = json_kind(TypeAdapter(VectorImport), _BROKEN)
SHORTLISTS = json_kind(TypeAdapter(ShortlistImport), _BROKEN)
CONFIDENCES = json_kind(TypeAdapter(ConfidenceImport), _BROKEN)
R = TypeVar("R", ImportRecord, VectorImport, ShortlistImport, ConfidenceImport)


class NamedImports(Documents[R]):
    """The imports of one kind in one workspace, by name.

    Args:
        folder: Where the JSON files live; made on first need.
        kind: What they hold.
        words: The option of `import` that makes one, for the sentence of one that is missing.
    """

    def __init__(self, folder: Path, kind: DocumentKind[R], words: str) -> None:
        super().__init__(folder, kind, lambda record: record.name)
        self.folder = folder
        self._words = words

    def get(self, name: str) -> R:
        """Return an import.

        Raises:
            SettingsError: There is none of this name; those that there are are named.
            StaleIndexError: Its file cannot be read.
        """
        found = self.find(name)
        if found is None:
            names = self.names()
            known = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
            remedy = f"choose one of: {known}" if names else f"run `import FILE{self._words}` first"
            raise SettingsError(
                f"This workspace has no import '{name[:80]}'{self._words}; {remedy}."
            )
        return found


class Imports(NamedImports[ImportRecord]):
    """The imports of scores."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, IMPORT, "")


class VectorImports(NamedImports[VectorImport]):
    """The imports of vectors."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, VECTORS, " --as descriptors")


class ShortlistImports(NamedImports[ShortlistImport]):
    """The imports of first-stage lists, with the arrays that hold them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, SHORTLISTS, " --as shortlists")

    def arrays(self, name: str) -> Path:
        """Return the file of an import's arrays."""
        return self.folder / f"{name}.npz"


class ConfidenceImports(NamedImports[ConfidenceImport]):
    """The imports of a number per query; `get(NAME).values` gives them by query id."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, CONFIDENCES, " --as confidence")
