"""Read the files of a benchmark as published; whatever is not as published is one sentence."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from core.corpus.csv_lines import quoted
from core.corpus.readers.contained import ContainedError, read_contained
from core.errors import ManifestError
from core.types.benchmarks import Benchmark

Shape = TypeVar("Shape")
_MOST_BYTES = 1 << 30


class OfficialFiles:
    """The files of one benchmark below a folder.

    Args:
        folder: Where they lie.
        title: What the benchmark is called in messages.
        home: Where its files are had, for the remedy.
    """

    def __init__(self, folder: Path, title: str, home: str) -> None:
        self.folder = folder
        self._title = title
        self._home = home

    def found(self, pattern: str) -> tuple[str, ...]:
        """Return the files that a pattern names, as paths relative to the folder, sorted."""
        paths = (path for path in self.folder.glob(pattern) if path.is_file())
        return tuple(sorted(path.relative_to(self.folder).as_posix() for path in paths))

    def one(self, *patterns: str) -> str:
        """Return the one file that the first fitting pattern names.

        Raises:
            ManifestError: There is none, or more than one.
        """
        for pattern in patterns:
            found = self.found(pattern)
            if len(found) > 1:
                raise self.refusal(
                    found[0], f"and '{found[1]}' are both there", "keep one of them in the folder"
                )
            if found:
                return found[0]
        raise ManifestError(
            f"{self._title} needs the file '{patterns[0]}' in '{self.folder.name}', which is not "
            f"there; get it from {self._home}."
        )

    def text(self, path: str) -> str:
        """Return a text file's content, unpacked where its name ends in `.gz`.

        Raises:
            ManifestError: It is missing, too large, or no UTF-8 text.
        """
        try:
            data = (self.folder / path).read_bytes()
            if path.endswith(".gz"):
                with gzip.open(io.BytesIO(data)) as packed:
                    data = packed.read(_MOST_BYTES + 1)
            if len(data) > _MOST_BYTES:
                raise self.refusal(path, f"is larger than {_MOST_BYTES >> 20} MiB")
            return data.decode("utf-8-sig")
        except FileNotFoundError as error:
            raise self.refusal(path, "is missing") from error
        except UnicodeDecodeError as error:
            raise self.refusal(path, "is no UTF-8 text") from error
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or "damaged"
            raise self.refusal(path, f"cannot be read ({reason})") from error

    def lines(self, path: str) -> list[str]:
        """Return the lines of a text file that hold anything."""
        return [line for line in self.text(path).splitlines() if line.strip()]

    def json(self, path: str, shape: TypeAdapter[Shape]) -> Shape:
        """Return what a JSON file holds, which must have the shape.

        Raises:
            ManifestError: It is missing or not as published.
        """
        try:
            return shape.validate_python(json.loads(self.text(path)))
        except (json.JSONDecodeError, RecursionError) as error:
            raise self.refusal(path, "is no JSON") from error
        except ValidationError as error:
            raise self.refusal(path, _first(error)) from error

    def contained(self, path: str, shape: TypeAdapter[Shape]) -> Shape:
        """Return what a pickle or `.mat` file holds, read without running anything in it.

        Raises:
            ManifestError: It is refused, damaged, or not as published.
        """
        try:
            return shape.validate_python(read_contained(self.folder / path))
        except ContainedError as error:
            raise self.refusal(path, str(error)) from error
        except ValidationError as error:
            raise self.refusal(path, _first(error)) from error

    def rows(self, path: str, n_cells: int, *, delimiter: str = ",") -> Iterator[list[str]]:
        """Yield the rows of a CSV file, each with at least `n_cells` cells.

        Raises:
            ManifestError: It is missing, or a row has fewer.
        """
        reader = csv.reader(io.StringIO(self.text(path)), delimiter=delimiter)
        try:
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                if len(row) < n_cells:
                    what = f"has {len(row)} cells in line {reader.line_num} instead of {n_cells}"
                    raise self.refusal(path, what)
                yield [cell.strip() for cell in row]
        except csv.Error as error:
            raise self.refusal(path, f"is no CSV in line {reader.line_num}") from error

    def table(self, path: str, columns: Sequence[str]) -> Iterator[dict[str, str]]:
        """Yield the rows of a CSV file with a header that names at least these columns.

        Raises:
            ManifestError: It is missing, or lacks a column.
        """
        rows = self.rows(path, 1)
        header = next(rows, [])
        lacking = [column for column in columns if column not in header]
        if lacking:
            raise self.refusal(path, f"has no column {quoted(lacking[0])}")
        for row in rows:
            yield dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=False))

    def table_of_words(
        self, path: str, columns: Sequence[str], *, has_count: bool = False
    ) -> list[dict[str, str]]:
        """Return the rows of a table whose cells are parted by blanks.

        Args:
            path: The file.
            columns: What its header says, in this order.
            has_count: Whether a line before the header counts the rows.

        Raises:
            ManifestError: It is missing, has another header, or a row with another number of cells.
        """
        lines = self.lines(path)[1 if has_count else 0 :]
        if not lines or lines[0].split() != list(columns):
            raise self.refusal(path, f"does not begin with the columns {' '.join(columns)}")
        found: list[dict[str, str]] = []
        for number, line in enumerate(lines[1:], start=3 if has_count else 2):
            cells = line.split()
            if len(cells) != len(columns):
                raise self.refusal(path, f"has {len(cells)} cells in line {number}")
            found.append(dict(zip(columns, cells, strict=True)))
        return found

    def image_names(self, *folders: str) -> list[str]:
        """Return the names, without ending, of the files in those of the folders that are there."""
        found: list[str] = []
        for folder in folders:
            place = self.folder / folder
            if place.is_dir():
                found += sorted(one.stem for one in place.iterdir() if one.is_file())
        return found

    def refusal(self, path: str, what: str, remedy: str = "") -> ManifestError:
        """Return one sentence about a file: what is wrong, and what to do."""
        remedy = remedy or f"get the file again from {self._home}"
        return ManifestError(f"{self._title}: '{path}' {what}; {remedy}.")

    def checked(self, benchmark: Benchmark, path: str, listed_in: str = "") -> Benchmark:
        """Return the benchmark if its ids fit each other.

        Args:
            benchmark: As it was read.
            path: The file that names queries and positives, for the sentence.
            listed_in: The file that names the database, where it is another.

        Raises:
            ManifestError: There is no query, an id stands twice, or a positive is no database
                image.
        """
        if not benchmark.queries:
            raise self.refusal(path, "names no query")
        self._require_distinct(path, "query", [query.query_id for query in benchmark.queries])
        database = self._require_distinct(listed_in or path, "database image", benchmark.database)
        where = f"'{listed_in}' lacks" if listed_in else "is not among the database images"
        for query in benchmark.queries:
            lacking = query.positives - database
            if lacking:
                raise self.refusal(
                    path,
                    f"calls {quoted(min(lacking))} a positive of {quoted(query.query_id)}, which "
                    f"{where}",
                    "take all files of one version",
                )
        return benchmark

    def _require_distinct(self, path: str, what: str, ids: Sequence[str]) -> frozenset[str]:
        found = frozenset(ids)
        if len(found) < len(ids):
            twice = next(one for one, n in Counter(ids).items() if n > 1)
            raise self.refusal(path, f"names the {what} {quoted(twice)} twice")
        return found


def _first(error: ValidationError) -> str:
    """Return the first fault of a file's shape, as half a sentence."""
    fault = error.errors()[0]
    place = ".".join(map(str, fault["loc"])) or "the top"
    return f"is of another version: at {place[:80]}, {fault['msg'][:1].lower()}{fault['msg'][1:]}"
