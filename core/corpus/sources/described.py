"""Images of a source that other tables describe than those beside them: in memory, or below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.corpus.csv_lines import Table, table_of
from core.corpus.limits import printable
from core.corpus.path_checks import Place, spelling_fault
from core.corpus.sources.protocol import ImageSource, Stamp
from core.corpus.table_text import Record
from core.corpus.walk import Found
from core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Described:
    """A table in memory: what its faults call it, its columns, and its rows, counted from 1."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


class _OtherTables:
    """A source whose tables are others than those beside its images.

    Args:
        source: Where the images are.
    """

    def __init__(self, source: ImageSource) -> None:
        self._source = source

    @property
    def root(self) -> Path:
        """The folder or file that was opened, resolved."""
        return self._source.root

    @property
    def kept_in(self) -> str:
        """What holds the images, in words."""
        return self._source.kept_in

    def found(self) -> Iterator[Found]:
        """Yield every image of the source, and what is left out."""
        return self._source.found()

    def find(self, path: str) -> Place:
        """Return the image or mask that a path means."""
        return self._source.find(path)

    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """Return nothing: the tables say it all."""
        return {}

    def stamp(self, path: str) -> Stamp:
        """Return what differs once the content of an image may."""
        return self._source.stamp(path)

    def read(self, path: str, name: str) -> bytes:
        """Return the bytes of an image."""
        return self._source.read(path, name)


class DescribedSource(_OtherTables):
    """Another source whose `manifest.csv`, and `relevance.csv`, are these tables.

    Args:
        source: Where the images are.
        tables: By the name of the file that each stands for. One without a column `instance` gives
            no ground truth.
    """

    def __init__(self, source: ImageSource, tables: Mapping[str, Described]) -> None:
        super().__init__(source)
        self._tables = tables

    def has_table(self, name: str) -> bool:
        """Return whether one of the tables stands for this file."""
        return name in self._tables

    def table(self, name: str, required: Sequence[str], known: Sequence[str] = ()) -> Table:
        """Return the table that stands for a file, or its faults."""
        given = self._tables[name]
        records = (Record(number, list(row)) for number, row in enumerate(given.rows, start=1))
        needed = [one for one in required if one != "instance"]
        known = (*known, *set(required).difference(needed))
        return table_of(given.name, Record(1, list(given.columns)), records, needed, known)


class TablesBelow(_OtherTables):
    """Another source whose tables lie in a folder of it, so that images have several query sets.

    Args:
        source: Where the images are.
        folder: Relative to its root, with `/`.

    Raises:
        SettingsError: It is no folder of the source, or holds no `manifest.csv`.
    """

    def __init__(self, source: ImageSource, folder: str) -> None:
        super().__init__(source)
        self._folder = folder
        fault = spelling_fault(folder)
        if fault is not None or not self.has_table("manifest.csv"):
            raise SettingsError(
                f"There is no table '{printable(folder)}/manifest.csv' in '{source.root.name}'; "
                "name a folder below it that holds one, as --format tables:FOLDER."
            )

    def has_table(self, name: str) -> bool:
        """Return whether the folder holds such a file."""
        return self._source.has_table(f"{self._folder}/{name}")

    def table(self, name: str, required: Sequence[str], known: Sequence[str] = ()) -> Table:
        """Return a table of the folder; its paths are relative to the source's root."""
        return self._source.table(f"{self._folder}/{name}", required, known)
