"""Read `metadata.csv`, `.jsonl` or `.parquet` of an imagefolder: a manifest by another name.

Its column `file_name` is the image, as `datasets` reads it.
"""

from dataclasses import replace

from core.corpus.csv_lines import Assumed, Fault, Line, Table
from core.corpus.manifest_rows import COLUMNS, OPTIONAL, REQUIRED, Listing
from core.corpus.sources.protocol import ImageSource
from core.errors import ManifestError

NAMES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_FILE_NAME = "file_name"
_IMAGE = "image"
_IGNORED = "a column image left out, since file_name names the images"


def read_metadata(source: ImageSource) -> tuple[Table | None, tuple[str, ...]]:
    """Return the metadata of an imagefolder with `file_name` as the column `image`, or None.

    A file of this name without a column `file_name` is another tool's; of one that cannot be read
    a sentence is returned beside. Where `role` or `instance`
    is there, an image is both query and database unless its row says otherwise.

    Raises:
        ManifestError: There are several.
    """
    found: list[Table] = []
    notes: list[str] = []
    for name in NAMES:
        if source.has_table(name):
            table = source.table(name, (_FILE_NAME,), (*REQUIRED[1:], *OPTIONAL))
            if _FILE_NAME in table.columns:
                found.append(_as_manifest(table))
            elif not table.columns and table.faults:
                reason = table.faults[0].text.rstrip(".")
                notes.append(f"{name} describes nothing, since it cannot be read: {reason}")
    if len(found) > 1:
        raise ManifestError(
            f"'{source.root.name}' holds {' and '.join(one.name for one in found)}; keep the one "
            "that describes its images."
        )
    return (found[0] if found else None), tuple(notes)


def with_metadata(source: ImageSource, listing: Listing, table: Table) -> Listing:
    """Return the images of a folder with what metadata without roles and instances say of them."""
    assumed, faults = Assumed(table.assumed), [*table.faults]
    tags: dict[str, dict[str, str]] = {}
    for line in table.lines:
        place = source.find(line.cells[_IMAGE])
        if place.fault is not None:
            text = f"{_FILE_NAME} '{line.cells[_IMAGE]}' {place.fault}"
            faults.append(Fault(table.name, line.number, text))
        for what in place.said:
            assumed.add(what)
        tags[place.path] = {name: cell for name, cell in line.cells.items() if name != _IMAGE}
    entries = (replace(entry, tags=tags.get(entry.path, {})) for entry in listing.entries)
    return replace(
        listing, entries=tuple(entries), faults=tuple(faults), assumed=assumed, table=table.name
    )


def _as_manifest(table: Table) -> Table:
    has_roles = bool(COLUMNS & set(table.columns))
    rest = [one for one in table.columns if one not in (_FILE_NAME, _IMAGE)]
    said = (*table.assumed, *((_IGNORED,) if _IMAGE in table.columns else ()))
    lines = (_line(line, rest, has_roles=has_roles) for line in table.lines)
    columns = (_IMAGE, *dict.fromkeys([*(("role",) if has_roles else ()), *rest]))
    return replace(table, columns=columns, lines=tuple(lines), assumed=said)


def _line(line: Line, rest: list[str], *, has_roles: bool) -> Line:
    cells = {_IMAGE: line.cells[_FILE_NAME]} | {name: line.cells[name] for name in rest}
    if has_roles and not cells.get("role", "").strip():
        cells["role"] = "both"
    return Line(line.number, cells)
