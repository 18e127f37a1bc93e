"""What a corpus asks of the place where its images lie, whatever that is."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from core.corpus.csv_lines import Table
from core.corpus.path_checks import Place
from core.corpus.walk import Found

Stamp = tuple[int, int, int, int]
"""What differs once the content of an image may: of a file its size, modification time, inode and
change time, which no program can set."""
UNKNOWN: Stamp = (0, 0, 0, 0)
"""The stamp of what is not there."""


class ImageSource(Protocol):
    """Gives the bytes of images by their paths; safe to share between threads."""

    @property
    def root(self) -> Path:
        """The folder or file that was opened, resolved."""
        ...

    @property
    def kept_in(self) -> str:
        """What holds the images, in words: `files of a folder`, `3 .tar archives`."""
        ...

    def found(self) -> Iterator[Found]:
        """Yield every image and what is left out, in no order."""
        ...

    def find(self, path: str) -> Place:
        """Return the image or mask that a path of a table means."""
        ...

    def has_table(self, name: str) -> bool:
        """Return whether there is a table of this name, such as `manifest.csv`."""
        ...

    def table(self, name: str, required: Sequence[str], known: Sequence[str] = ()) -> Table:
        """Return a table, or its faults; see `core.corpus.csv_lines.parse_table`."""
        ...

    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """Return what lies beside each image, by its path; nothing where tables say it."""
        ...

    def stamp(self, path: str) -> Stamp:
        """Return what differs once the content of an image may; opens nothing."""
        ...

    def read(self, path: str, name: str) -> bytes:
        """Return the bytes of an image of at most `MAX_BYTES`; `name` is said in errors.

        Raises:
            ImageError: It is missing, empty, too large, or cannot be read.
        """
        ...
