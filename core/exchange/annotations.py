"""Annotations as CSV and JSONL, out and in, and verdicts as `relevance.csv`."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from core.annotation.content import checked_author, checked_note, checked_tags, checked_verdict
from core.annotation.store import Imported
from core.corpus.csv_lines import parse_table
from core.corpus.relevance import Label, read_label
from core.errors import AnnotationError
from core.spreadsheet import Columns, csv_text, restorable_csv_text, unguarded, unguarded_row
from core.types.annotation import Annotation, Content, LabelChange, Verdict

FORMAT, VERSION = "second-look-annotations", 1
_CELLS: Columns[Annotation] = {
    "author": lambda one: one.author,
    "query": lambda one: one.query_id,
    "image": lambda one: one.image_id,
    "verdict": lambda one: one.content.verdict,
    "tags": lambda one: list(one.content.tags),
    "note": lambda one: one.content.note,
    "version": lambda one: one.version,
    "updated_at": lambda one: one.updated_at,
}
COLUMNS = tuple(_CELLS)
_NEEDED = ("author", "query", "image", "verdict", "tags", "note")
_PATCH = ("query", "image", "label")
_VERDICTS: Mapping[Label, Verdict] = {
    "positive": "match",
    "negative": "no match",
    "junk": "near duplicate",
}
MAX_BYTES = 16 * 1024 * 1024
MAX_FAULTS = 20
Known = Callable[[str, str], str | None]
"""What is wrong with a pair of ids in this corpus, or None."""


def annotations_csv(annotations: Iterable[Annotation]) -> str:
    """Return one line per annotation; tags are joined by `;`.

    A cell that a spreadsheet would run as a formula gets a leading apostrophe, which
    `parse_annotations` takes off again.
    """
    rows = (_cells(one) | {"tags": "; ".join(one.content.tags)} for one in annotations)
    return csv_text(COLUMNS, (list(row.values()) for row in rows), quote_all=True)


def annotations_jsonl(annotations: Iterable[Annotation]) -> str:
    """Return a line with format and version, then one JSON object per annotation, exactly."""
    lines: list[dict[str, object]] = [{"format": FORMAT, "version": VERSION}]
    lines += map(_cells, annotations)
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _cells(one: Annotation) -> dict[str, object]:
    return {name: read(one) for name, read in _CELLS.items()}


def patch_csv(changes: Iterable[LabelChange]) -> str:
    """Return the changed pairs in the format of `relevance.csv`; ids are guarded and restored."""
    rows = [(c.query_id, c.image_id, c.new) for c in changes]
    return restorable_csv_text(_PATCH, rows, quote_all=True)


def relevance_csv(filed: Sequence[tuple[str, str, str]], changes: Sequence[LabelChange]) -> str:
    """Return a whole `relevance.csv`: the filed rows in their order, changed, then the new ones.

    Args:
        filed: (query, image, label) of the corpus's own `relevance.csv`.
        changes: Pairs with their new labels.
    """
    labels = {(query_id, image_id): label for query_id, image_id, label in filed}
    labels |= {(c.query_id, c.image_id): c.new for c in changes}
    rows = [(*pair, label) for pair, label in labels.items()]
    return restorable_csv_text(_PATCH, rows, quote_all=True)


def parse_annotations(text: str, author: str, fault_of: Known) -> tuple[Imported, ...]:
    """Read what the functions above wrote, or a `relevance.csv`, told by its first line.

    Tables are read as all tables are (delimiter, line ends, blank rows, case of column names).
    Labels or grades of a `relevance.csv` become verdicts of `author`: positive = match, negative =
    no match, junk = near duplicate. Rows that say nothing are left out.

    Args:
        text: The file.
        author: Who imports it.
        fault_of: Says what is wrong with a (query, image) in this corpus.

    Raises:
        AnnotationError: The file is not of these formats, or rows are faulty: all are listed.
    """
    author = checked_author(author)
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise AnnotationError("The file is empty; export annotations and choose that file.")
    is_jsonl = text.lstrip().startswith("{")
    faults: list[tuple[int, str]] = []
    numbered = _jsonl_rows(text) if is_jsonl else _csv_rows(text, author, faults)
    rows: list[Imported] = []
    seen: dict[tuple[str, str, str], int] = {}
    for number, fields in numbered:
        try:
            row = _imported(fields, fault_of)
            key = (row.author, row.query_id, row.image_id)
            if seen.setdefault(key, number) != number:
                raise AnnotationError(f"the pair is already judged in line {seen[key]}")
        except AnnotationError as error:
            faults.append((number, str(error)))
            continue
        if row.content != Content():
            rows.append(row)
    if faults:
        raise _refusal([f"line {number}: {text}" for number, text in sorted(faults)])
    return tuple(rows)


def _jsonl_rows(text: str) -> list[tuple[int, dict[str, Any]]]:
    rows: list[tuple[int, dict[str, Any]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise AnnotationError(
                f"Line {number} is not JSON ({error}); export the annotations again."
            ) from error
        if not isinstance(fields, dict):
            raise AnnotationError(f"Line {number} is no JSON object; export again.")
        if "format" in fields:
            _check_format(fields)
            continue
        rows.append((number, fields))
    return rows


def _check_format(header: Mapping[str, object]) -> None:
    if (header.get("format"), header.get("version")) != (FORMAT, VERSION):
        raise AnnotationError(
            f"The file is of another format or version; this one reads {FORMAT} {VERSION}."
        )


def _csv_rows(
    text: str, author: str, faults: list[tuple[int, str]]
) -> list[tuple[int, dict[str, Any]]]:
    """Return the rows of a table by the line that each starts on; add what is wrong with others."""
    table = parse_table("file", text.encode("utf-8"), (), (*COLUMNS, "label"))
    columns = set(table.columns)
    is_patch = set(_PATCH) <= columns and "verdict" not in columns
    if table.columns and not is_patch and not set(_NEEDED) <= columns:
        raise AnnotationError(
            f"The first line must name the columns {', '.join(_NEEDED)}, or those of a "
            "relevance.csv: query, image, label."
        )
    faults += ((fault.line, fault.text) for fault in table.faults)
    return [
        (
            line.number,
            _patch_fields(unguarded_row(line.cells), author) if is_patch else _plain(line.cells),
        )
        for line in table.lines
    ]


def _plain(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: unguarded(cells[name]) for name in _NEEDED}
    fields["tags"] = fields["tags"].split(";")
    fields["verdict"] = fields["verdict"] or None
    return fields


def _patch_fields(cells: Mapping[str, str], author: str) -> dict[str, Any]:
    label = read_label(cells["label"])
    return {
        "author": author,
        "query": cells["query"],
        "image": cells["image"],
        "verdict": f"label {cells['label'].strip()}" if label is None else _VERDICTS[label[0]],
        "tags": [],
        "note": "",
    }


def _imported(fields: Mapping[str, Any], fault_of: Known) -> Imported:
    """Return one row, checked.

    Raises:
        AnnotationError: Something in it cannot be used.
    """
    texts = [fields.get(name) for name in ("author", "query", "image", "note")]
    tags = fields.get("tags", [])
    if not all(isinstance(text, str) for text in texts) or not isinstance(tags, list):
        raise AnnotationError("author, query, image and note must be texts and tags a list")
    if not all(isinstance(tag, str) for tag in tags):
        raise AnnotationError("every tag must be a text")
    author, query_id, image_id, note = (str(text) for text in texts)
    fault = fault_of(query_id, image_id)
    if fault is not None:
        raise AnnotationError(fault)
    content = Content(
        checked_verdict(fields.get("verdict")), checked_tags(tuple(tags)), checked_note(note)
    )
    return Imported(checked_author(author), query_id, image_id, content)


def _refusal(faults: Sequence[str]) -> AnnotationError:
    shown = (*faults[:MAX_FAULTS],)
    if len(faults) > len(shown):
        shown = (*shown, f"and {len(faults) - len(shown)} more")
    count = "1 line is" if len(faults) == 1 else f"{len(faults)} lines are"
    return AnnotationError(
        f"Nothing was imported: {count} faulty; mend them and import again.", shown
    )
