"""What was imported under which name: one JSON file each; the scores are in the score file."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import Documents, json_kind

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


IMPORT = json_kind(
    TypeAdapter(ImportRecord),
    "{folder}/{file} in the workspace cannot be read; import the file again with --replace.",
)


class Imports(Documents[ImportRecord]):
    """The imports of one workspace, by name.

    Args:
        folder: Where the JSON files live; made on first need.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, IMPORT, lambda record: record.name)

    def get(self, name: str) -> ImportRecord:
        """Return an import.

        Raises:
            SettingsError: There is none of this name; those that there are are named.
            StaleIndexError: Its file cannot be read.
        """
        found = self.find(name)
        if found is None:
            names = self.names()
            known = ", ".join(names[:_MOST_NAMED]) + (", ..." if len(names) > _MOST_NAMED else "")
            raise SettingsError(
                f"This workspace has no import '{name[:80]}'; "
                + (f"choose one of: {known}." if names else "run `import FILE` first.")
            )
        return found
