"""Parquet and Arrow files as `datasets` writes them: an image column of bytes and a path.

`pyarrow` is the extra `export`. A name or an address in `path` is never fetched.
"""

import json
import threading
from pathlib import Path
from typing import Any, Protocol, cast

from core.corpus.parquet_columns import DAMAGE, NEEDS_PYARROW, cell_of, class_names, is_plain
from core.corpus.sources.members import At, Members, listing
from core.corpus.walk import IMAGE, member_kind
from core.errors import ManifestError
from core.recent import Recent

_GROUPS_KEPT = 2
_MASK = "mask"
_OF_MASKS = 1 << 40
"""Added to a row's number: its mask instead of its image."""


class _Groups(Protocol):
    """The rows of a file in groups that are read one at a time."""

    schema: Any
    n_groups: int

    def group(self, number: int, columns: list[str] | None) -> Any:  # noqa: ANN401 - pyarrow's
        """Return a group as an Arrow table."""
        ...


class _ParquetGroups:
    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]

        self._file: Any = pq.ParquetFile(path)
        self.schema: Any = self._file.schema_arrow
        self.n_groups: int = self._file.num_row_groups

    def group(self, number: int, columns: list[str] | None) -> Any:  # noqa: ANN401
        return self._file.read_row_group(number, columns=columns)


class _ArrowGroups:
    def __init__(self, path: Path) -> None:
        import pyarrow as pa  # pyright: ignore[reportMissingImports]

        data = pa.memory_map(str(path))
        try:
            self._batches: Any = pa.ipc.open_stream(data).read_all()
        except pa.ArrowInvalid:
            self._batches = pa.ipc.open_file(data).read_all()
        self.schema: Any = self._batches.schema
        self.n_groups = 1

    def group(self, number: int, columns: list[str] | None) -> Any:  # noqa: ANN401, ARG002
        tops = None if columns is None else {name.partition(".")[0] for name in columns}
        return self._batches if tops is None else self._batches.select(sorted(tops))


class ColumnShard:
    """One Parquet or Arrow file; a member is a row group and a row in it.

    Args:
        path: The file.
        name: Said in errors.
        is_arrow: Whether it is Arrow rather than Parquet.
    """

    def __init__(self, path: Path, name: str, *, is_arrow: bool) -> None:
        self._path = path
        self._name = name
        self._is_arrow = is_arrow
        self._lock = threading.Lock()
        self._file: _Groups | None = None
        self._groups = Recent[int, Any](_GROUPS_KEPT)

    def members(self) -> Members:
        """Read every column but the images' bytes."""
        with listing(self._name, DAMAGE):
            file = self._opened()
            image = _image_column(file.schema)
            if image is None:
                raise ManifestError(
                    f"{self._name} has no column of images (a struct of bytes and path); export "
                    "it with datasets, images included."
                )
            names = class_names(file.schema)
            others = [n for n in file.schema.names if n != image and is_plain(file.schema, n)]
            has_mask = image != _MASK and _MASK in _image_columns(file.schema)
            members = Members()
            for number in range(file.n_groups):
                listed = self._list_group(file, number, (image, others, names), members)
                if has_mask:
                    _add_masks(file, number, listed, members)
        return members

    def _list_group(
        self,
        file: _Groups,
        number: int,
        of: tuple[str, list[str], dict[str, list[str]]],
        members: Members,
    ) -> list[str]:
        """Add the rows of a group and return their ids in order."""
        listed: list[str] = []
        image, others, names = of
        table = file.group(number, [f"{image}.path", *others])
        paths = table.column(image).combine_chunks()
        given = cast("list[str | None]", paths.field("path").to_pylist())
        columns = {name: table.column(name).to_pylist() for name in others}
        stem = self._name.rpartition(".")[0]
        for row, path in enumerate(given):
            is_usable = bool(path) and member_kind(str(path)).kind == IMAGE
            image_id = str(path) if is_usable and path not in members.images else ""
            image_id = image_id or f"{stem}-{number}-{row}.jpg"
            listed.append(image_id)
            members.images[image_id] = (number, row)
            members.columns[image_id] = {
                name: cell_of(values[row], names.get(name)) for name, values in columns.items()
            }

        return listed

    def read(self, at: At) -> bytes:
        """Return a row's bytes; the group that it is in is remembered."""
        number, row = at[0], at[1] & (_OF_MASKS - 1)
        is_mask = bool(at[1] & _OF_MASKS)
        with self._lock:
            file = self._opened_here()
            image = _MASK if is_mask else _image_column(file.schema)
            key = 2 * number + is_mask
            group = self._groups.get_or_make(key, lambda: file.group(number, [f"{image}.bytes"]))
            data = group.column(image)[row].as_py()
        found = None if data is None else data.get("bytes")
        if not found:
            raise ValueError("the row holds no bytes, and what its path names is never fetched")
        return bytes(found)

    def _opened(self) -> _Groups:
        with self._lock:
            return self._opened_here()

    def _opened_here(self) -> _Groups:
        if self._file is None:
            try:
                make = _ArrowGroups if self._is_arrow else _ParquetGroups
                self._file = make(self._path)
            except ImportError as error:
                raise ManifestError(NEEDS_PYARROW) from error
        return self._file


def open_parquet(path: Path, name: str) -> ColumnShard:
    """Return a Parquet file to be listed and read."""
    return ColumnShard(path, name, is_arrow=False)


def open_arrow(path: Path, name: str) -> ColumnShard:
    """Return an Arrow file of `save_to_disk` to be listed and read.

    Raises:
        ManifestError: The data set is a selection, whose rows are listed elsewhere.
    """
    state = path.with_name("state.json")
    if state.is_file():
        try:
            found = json.loads(state.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ManifestError(
                f"{state.name} beside {name} cannot be read; save it again."
            ) from error
        if isinstance(found, dict) and cast("dict[str, Any]", found).get("_indices_files"):
            raise ManifestError(
                f"{name} is a selection of a data set; call flatten_indices() before save_to_disk."
            )
    return ColumnShard(path, name, is_arrow=True)


def _add_masks(file: _Groups, number: int, listed: list[str], members: Members) -> None:
    """Add the masks of a group's rows, by their own paths or by the image's."""
    column = file.group(number, [f"{_MASK}.path"]).column(_MASK).combine_chunks()
    paths = cast("list[str | None]", column.field("path").to_pylist())
    for row, (image_id, path) in enumerate(zip(listed, paths, strict=True)):
        if column.is_valid()[row].as_py():
            is_usable = bool(path) and member_kind(str(path)).kind == IMAGE
            is_free = path not in members.masks and path not in members.images
            name = str(path) if is_usable and is_free else f"{image_id}.mask.png"
            members.masks[name] = (number, row | _OF_MASKS)
            members.columns[image_id][_MASK] = name


def _image_column(schema: Any) -> str | None:  # noqa: ANN401 - pyarrow has no types
    """Return the first column that is a struct of bytes and path."""
    return next(iter(_image_columns(schema)), None)


def _image_columns(schema: Any) -> list[str]:  # noqa: ANN401
    """Return the columns that are structs of bytes and path."""
    found: list[str] = []
    for field in schema:
        parts = (
            {part.name for part in field.type} if str(field.type).startswith("struct") else set()
        )
        if {"bytes", "path"} <= parts:
            found.append(str(field.name))
    return found
