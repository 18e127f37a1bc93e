"""Read the rows of `manifest.csv` into what they say about each image."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.corpus.csv_lines import Assumed, Fault, Line, Table, quoted
from core.corpus.path_checks import Place, spelling_fault
from core.corpus.sources.protocol import ImageSource
from core.corpus.table_text import folded
from core.types.corpus import NO_LABELS, Box, ImageRecord, LabelSource, Role
from core.types.number_reading import read_number
from core.types.query_text import MAX_TEXT, composed_id, read_text

MANIFEST = "manifest.csv"
REQUIRED = ("image", "role", "instance")
_BOX = ("x0", "y0", "x1", "y1")
OPTIONAL = (*_BOX, "mask", "coverage", "occluded", "clutter")
TEXT = "text"
"""What a composed query says beside its image: a column of `manifest.csv` alone, since the captions
of image folders go by this name too."""
COLUMNS = frozenset({"role", "instance"})
"""Beside an image, one of these makes it a row of a manifest."""
_SEARCHED = ("database", "both")
_ROLES: Mapping[str, Role] = {"query": "query", "database": "database", "both": "both"}
# Spreadsheets and pandas write whole numbers as 12.0 once a column has an empty cell.
_WHOLE = re.compile(r"(-?[0-9]{1,9})(?:[.,]0*)?")
_MOST_PIXELS = 10**9


@dataclass(frozen=True, slots=True)
class Listing:
    """What a corpus folder lists: its images, before their files are looked into.

    `named` are the ids of all rows, also of those with a fault. `lines` says where in the table
    called `table` an image stands; it is empty without one. `assumed` says what of the table was
    taken because nothing else could be meant, `notes` what else is to be said.
    """

    entries: tuple[ImageRecord, ...]
    named: frozenset[str]
    has_truth: bool
    faults: tuple[Fault, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict[str, int])
    labels_from: LabelSource = NO_LABELS
    assumed: Assumed = field(default_factory=Assumed)
    table: str = MANIFEST
    notes: tuple[str, ...] = ()


def read_manifest(source: ImageSource) -> Listing:
    """Return the entries of `manifest.csv` in file order, and all faults of the rows."""
    table = source.table(MANIFEST, REQUIRED, (*OPTIONAL, TEXT))
    return read_rows(source, table, has_texts=TEXT in table.columns)


def read_rows(
    source: ImageSource, table: Table, *, needs_masks: bool = True, has_texts: bool = False
) -> Listing:
    """Return the entries of a table whose columns are those of a manifest.

    Args:
        source: Where the images are.
        table: One row per image, and one per composed query; without a column `instance` there is
            no ground truth.
        needs_masks: Whether a mask that is not there is a fault; else it is listed as not used.
        has_texts: Whether a text beside a query's image makes it a composed query.
    """
    assumed, name = Assumed(table.assumed), table.name or MANIFEST
    faults = [*table.faults]
    if set(_BOX) & set(table.columns) and not set(_BOX) <= set(table.columns):
        faults.append(Fault(name, 1, "a box needs all four columns x0, y0, x1 and y1"))
    if not table.lines and not faults:
        faults.append(Fault(name, 1, "the table names no image"))
    tag_columns = [one for one in table.columns if one not in (*REQUIRED, *OPTIONAL)]
    entries: list[ImageRecord] = []
    numbers: list[int] = []
    lines: dict[str, int] = {}
    named: set[str] = set()
    asked: Counter[str] = Counter()
    for line in table.lines:
        row = _Row(line, source, assumed, needs_masks=needs_masks)
        entry = row.entry(tag_columns)
        text = row.query_text() if has_texts else ""
        if entry is not None and text:
            asked[entry.image_id] += 1
            row.image_id = composed_id(entry.image_id, asked[entry.image_id])
            tags = {name: value for name, value in entry.tags.items() if name != TEXT}
            entry = replace(entry, image_id=row.image_id, text=text, tags=tags)
        named.add(row.image_id)
        faults += (Fault(name, line.number, text) for text in row.faults)
        if entry is None:
            continue
        entries.append(entry)
        numbers.append(line.number)
        first = lines.setdefault(entry.image_id, line.number)
        if first != line.number:
            text = f"image {quoted(entry.image_id)} is already named in line {first}"
            faults.append(Fault(name, line.number, text))
    if not any(folded(line.cells["role"]) in _SEARCHED for line in table.lines):
        faults += _lone_queries(name, numbers, entries)
    return Listing(
        entries=tuple(entries),
        named=frozenset(named),
        has_truth="instance" in table.columns,
        faults=tuple(faults),
        lines=lines,
        labels_from=LabelSource(manifest=True, table=name),
        assumed=assumed,
        table=name,
    )


def beside_images(columns: Mapping[str, Mapping[str, str]]) -> Table:
    """Return what lies beside each image as a manifest: every image is both, unless it says so."""
    names = {folded(name): name for row in columns.values() for name in row}
    others = [name for key, name in names.items() if key not in (*REQUIRED, *OPTIONAL)]
    known = [key for key in names if key in OPTIONAL]
    lines: list[Line] = []
    for number, path in enumerate(sorted(columns), start=1):
        row = {folded(name): value for name, value in columns[path].items()}
        cells = {
            "image": path,
            "role": row.get("role", "both"),
            "instance": row.get("instance", ""),
        }
        cells |= {key: row.get(key, "") for key in known}
        lines.append(Line(number, cells | {name: row.get(folded(name), "") for name in others}))
    return Table((*REQUIRED, *known, *others), tuple(lines), ())


class _Row:
    """Reads the cells of one line and collects what is wrong with them."""

    def __init__(
        self, line: Line, source: ImageSource, assumed: Assumed, *, needs_masks: bool
    ) -> None:
        self._needs_masks = needs_masks
        self._line = line
        self._source = source
        self._assumed = assumed
        self.faults: list[str] = []
        self.image_id = line.cells["image"]

    def entry(self, tag_columns: Sequence[str]) -> ImageRecord | None:
        """Return the row, or None when it has no usable image name or role."""
        image = self._path("image", self._line.cells["image"])
        mask = self._path("mask", self._text("mask")) if self._text("mask") else None
        self.image_id = image.name if image else self.image_id
        role = self._role()
        entry = ImageRecord(
            image_id=self.image_id,
            path=image.path if image else "",
            role=role or "database",
            instance_id=self._text("instance") or None,
            box=self._box(),
            mask=mask.path if mask else None,
            coverage=self._share("coverage"),
            occluded=self._share("occluded"),
            clutter=self._count("clutter"),
            tags={name: self._line.cells[name] for name in tag_columns},
        )
        return None if image is None or role is None else entry

    def query_text(self) -> str:
        """Return what a composed query says; empty where the row is an image alone."""
        text, role = read_text(self._text(TEXT)), folded(self._line.cells["role"])
        if not text or role == "database":
            return ""
        if role == "both":
            self.faults.append(
                "a row with a text is a query; give the image another row with the role database"
            )
        if len(text) > MAX_TEXT:
            self.faults.append(f"text has {len(text):,} characters; write at most {MAX_TEXT}")
        return text

    def _text(self, column: str) -> str:
        return self._line.cells.get(column, "").strip()

    def _path(self, column: str, path: str) -> Place | None:
        """Return what a path means, also when no file is there; None when it is misspelled."""
        place = self._source.find(path)
        if place.fault is not None and (column != "mask" or self._needs_masks):
            shown = f"{column} {quoted(path)}" if path.strip() else column
            self.faults.append(f"{shown} {place.fault}")
        if spelling_fault(place.name) is not None:
            return None
        for what in place.said:
            self._assumed.add(what)
        return place

    def _role(self) -> Role | None:
        text = self._text("role")
        role = _ROLES.get(folded(text))
        if role is None:
            self.faults.append(f"role {quoted(text)} is not known; write query, database or both")
        elif role != self._line.cells["role"]:
            self._assumed.add("roles in another case or with blanks")
        return role

    def _share(self, column: str) -> float | None:
        text = self._text(column)
        if not text:
            return None
        value = read_number(text)
        if value is None or not 0 <= value <= 1:
            self.faults.append(f"{column} {quoted(text)} is not a number from 0 to 1")
            return None
        return value

    def _count(self, column: str) -> int | None:
        text = self._text(column)
        value = _whole(text)
        if text and (value is None or value < 0):
            self.faults.append(f"{column} {quoted(text)} is not a whole number from 0 up")
            return None
        return value

    def _box(self) -> Box | None:
        if _BOX[0] not in self._line.cells:
            return None
        texts = [self._text(column) for column in _BOX]
        if not any(texts):
            return None
        shown = quoted(",".join(texts))
        if not all(texts):
            self.faults.append(f"box {shown} is half given; fill x0, y0, x1 and y1 or none of them")
            return None
        values = [value for value in map(read_number, texts) if value is not None]
        if len(values) < len(_BOX) or max(map(abs, values)) > _MOST_PIXELS:
            self.faults.append(f"box {shown} is not four numbers of pixels")
            return None
        x0, y0, x1, y1 = values
        if x0 >= x1 or y0 >= y1:
            self.faults.append(f"box {shown} holds no pixel; x1 must exceed x0, and y1 exceed y0")
            return None
        if not all(map(float.is_integer, values)):
            self._assumed.add("boxes with fractions, rounded outwards to whole pixels")
        return Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))


def _whole(text: str) -> int | None:
    match = _WHOLE.fullmatch(text)
    return int(match.group(1)) if match else None


def _lone_queries(name: str, numbers: Sequence[int], entries: Sequence[ImageRecord]) -> list[Fault]:
    text = "has no database image to search; give other rows the role database or both"
    return [
        Fault(name, number, f"query {quoted(entry.image_id)} {text}")
        for number, entry in zip(numbers, entries, strict=True)
    ]
