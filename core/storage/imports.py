"""What was imported under which name: one JSON file each; the scores are in the score file."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import SettingsError, StaleIndexError
from core.storage.files import atomic_write_bytes

_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One import: its name, the file it came from, and the address of its scores.

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


_RECORD = TypeAdapter(ImportRecord)


class Imports:
    """The imports of one workspace.

    Args:
        folder: Where the JSON files live; made on first need.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> tuple[str, ...]:
        """Return the names of all imports, sorted."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def find(self, name: str) -> ImportRecord | None:
        """Return an import, or None where there is none of this name.

        Raises:
            StaleIndexError: Its file cannot be read.
        """
        path = self._path(name)
        if not path.is_file():
            return None
        try:
            return _RECORD.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise StaleIndexError(
                f"imports/{path.name} in the workspace cannot be read; import the file again with "
                "--replace."
            ) from error

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

    def save(self, record: ImportRecord) -> None:
        """Keep what a name means from now on.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(self._path(record.name), _RECORD.dump_json(record, indent=1))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
