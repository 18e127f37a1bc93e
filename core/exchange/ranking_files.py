"""Read rankings of a benchmark from a file of any known format: scores of pairs, or lists."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from core.corpus.csv_lines import MOST_FAULTS
from core.corpus.table_text import folded
from core.errors import ExchangeError
from core.exchange.formats import (
    COLUMNS,
    SCORE_FORMATS,
    Fault,
    JsonPairs,
    OpenedText,
    cut_off,
    open_text,
    score_file,
    shown,
)
from core.exchange.importing import counted, named_unknown
from core.exchange.submissions import (
    CIRR_KEYS,
    DISC21_COLUMNS,
    GLDV2_COLUMNS,
    RANKS,
    coco_number,
)
from core.types.benchmarks import Benchmark, RankedList, Rankings

_FORMATS = (
    f"{SCORE_FORMATS}, JSON lists ({{query: [images]}}), or the file that the benchmark's own "
    "script takes"
)
_OTHER_IMAGES = frozenset(("trec", "disc21", "inquire", "ilias"))
"""Protocols whose ground truth does not name the whole database."""
_OTHER_QUERIES = {"gldv2": "queries of usage Ignored or unknown", "ilias": "text or other queries"}
"""Protocols whose files hold queries that are not measured, and what these are."""
_LISTS = re.compile(r'\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*["\[]')
_ROWS = re.compile(rf'\s*\{{\s*"{RANKS}"\s*:\s*\{{')


@dataclass(frozen=True, slots=True)
class RankingFile:
    """What a file holds: lists by query id, and sentences on what was assumed and left out."""

    rankings: Rankings
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _List:
    """One query's images, best first, as the file names them."""

    where: str
    query: str
    images: Sequence[object]


def read_rankings(path: Path, benchmark: Benchmark) -> Rankings:
    """Return the rankings that a file holds, in the benchmark's ids.

    Raises:
        ExchangeError: As `open_rankings`.
    """
    return open_rankings(path, benchmark).rankings


def open_rankings(path: Path, benchmark: Benchmark) -> RankingFile:
    """Read a file and tell its format, by content before extension.

    Scores of pairs (CSV, JSON Lines, JSON, TREC run, ILIAS JSON, DISC21's CSV) are sorted by
    falling score, equal ones in the order of the file, and kept. Lists (JSON {query: [images]},
    CIRCO's and CIRR's JSON, GLDv2's CSV, Product1M's lines, rows of Revisited's image list) are
    taken as they stand, without scores.

    Args:
        path: The file.
        benchmark: Whose queries and images it names.

    Raises:
        ExchangeError: It cannot be read, is of no known format, or names what the benchmark does
            not have; all faults are listed.
    """
    opened = _with_known_columns(open_text(path, _FORMATS))
    found = _Collected(benchmark, path.name)
    lists = _lists_of(opened, benchmark)
    if lists is not None:
        for one in lists:
            found.take_list(one)
        return found.done(opened.assumed)
    file = score_file(opened, _FORMATS)
    for entry in file.entries():
        if isinstance(entry, Fault):
            found.fault(entry.text)
        else:
            found.take_pair(entry.where, entry.query, entry.image, entry.score)
    return found.done(file.assumed)


def _lists_of(opened: OpenedText, benchmark: Benchmark) -> Iterator[_List | Fault] | None:
    """Return the lists of a file of lists, None for a file of scores."""
    read: Callable[[str, str], Iterator[_List | Fault]] | None = None
    cells = [folded(cell) for cell in opened.first_line.split(",")]
    if _ROWS.match(opened.text):
        read = _read_rows(benchmark.database)
    elif _LISTS.match(opened.text) and opened.path.suffix.lower() not in (".jsonl", ".ndjson"):
        read = None if _has_score_keys(opened.first_line) else _read_json_lists
    elif cells == list(GLDV2_COLUMNS):
        read = _read_gldv2
    elif benchmark.protocol == "product1m" and _is_product1m(opened.first_line, cells):
        read = _read_product1m
    return None if read is None else read(opened.path.name, opened.text)


def _is_product1m(first: str, cells: Sequence[str]) -> bool:
    return "," in first and first[0] not in "{[" and not set(COLUMNS) <= set(cells)


def _has_score_keys(first: str) -> bool:
    return all(f'"{column}"' in first.lower() for column in COLUMNS)


def _with_known_columns(opened: OpenedText) -> OpenedText:
    """Return a file with DISC21's column names under the names of a file of scores."""
    if [folded(cell) for cell in opened.first_line.split(",")] != list(DISC21_COLUMNS):
        return opened
    text = opened.text.replace(opened.first_line, ",".join(COLUMNS), 1)
    return OpenedText(opened.path, text, opened.sha256, opened.assumed)


def _read_json_lists(name: str, text: str) -> Iterator[_List | Fault]:
    for query, images in _pairs_of(name, text):
        where = f"{name}, query '{shown(query)}'"
        if isinstance(images, list):
            yield _List(where, query, cast("list[object]", images))
        elif query not in CIRR_KEYS:
            yield Fault(f"{where}: no list of images")


def _read_rows(database: Sequence[str]) -> Callable[[str, str], Iterator[_List | Fault]]:
    """Return a reader of lists of rows of the database, counted from 0."""

    def read(name: str, text: str) -> Iterator[_List | Fault]:
        ((_, found),) = _pairs_of(name, text)[:1]
        for query, rows in cast("JsonPairs", found).pairs:
            where = f"{name}, query '{shown(query)}'"
            given = cast("list[object]", rows) if isinstance(rows, list) else [rows]
            bad = next((one for one in given if not _is_row(one, len(database))), None)
            if bad is None:
                yield _List(where, query, [database[cast("int", row)] for row in given])
            else:
                yield Fault(
                    f"{where}: {shown(str(bad))} is no row of the {len(database):,} database images"
                )

    return read


def _is_row(value: object, n: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < n


def _pairs_of(name: str, text: str) -> Sequence[tuple[str, Any]]:
    try:
        value = json.loads(text, object_pairs_hook=JsonPairs)
    except (ValueError, RecursionError) as error:
        raise cut_off(name, error) from error
    return cast("JsonPairs", value).pairs


def _read_gldv2(name: str, text: str) -> Iterator[_List | Fault]:
    rows = csv.reader(io.StringIO(text, newline=""))
    next(rows)
    try:
        for row in rows:
            where = f"{name}:{rows.line_num}"
            if len(row) == len(GLDV2_COLUMNS):
                yield _List(where, row[0], row[1].split())
            elif row:
                yield Fault(f"{where}: {len(row)} columns instead of {len(GLDV2_COLUMNS)}")
    except csv.Error as error:
        yield Fault(f"{name}:{rows.line_num}: no CSV ({error})")


def _read_product1m(name: str, text: str) -> Iterator[_List | Fault]:
    for number, line in enumerate(io.StringIO(text), start=1):
        cells = line.strip().split(",")
        if cells != [""]:
            yield _List(f"{name}:{number}", cells[0], cells[1:])


@dataclass(slots=True)
class _Collected:
    """Collects lists and pairs in the benchmark's ids, and everything that is wrong with them."""

    benchmark: Benchmark
    name: str
    lists: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    scores: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    faults: list[str] = field(default_factory=list[str])
    n_faults: int = 0
    other_queries: dict[str, str] = field(default_factory=dict[str, str])
    other_images: dict[str, str] = field(default_factory=dict[str, str])
    n_known_images: int = 0
    _queries: frozenset[str] = frozenset()
    _images: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self._queries = frozenset(query.query_id for query in self.benchmark.queries)
        ids = {*self.benchmark.database}
        for query in self.benchmark.queries:
            ids.update(query.positives, query.gallery or ())
        named = {one: one for one in ids}
        if self.benchmark.protocol == "circo":
            named |= {str(coco_number(one)): one for one in ids}
        self._images = named

    def take_list(self, one: _List | Fault) -> None:
        """Add one query's list, or what is wrong with it."""
        if isinstance(one, Fault):
            self.fault(one.text)
            return
        if one.query in self.lists:
            self.fault(f"{one.where}: query '{shown(one.query)}' has a list already")
            return
        if self._is_other_query(one.query, one.where):
            return
        named = [self._image(str(image), one.where) for image in one.images]
        self.lists[one.query] = named

    def take_pair(self, where: str, query: str, image: str, score: float) -> None:
        """Add one pair's score."""
        if self._is_other_query(query, where):
            return
        row, own = self.scores.setdefault(query, {}), self._image(image, where)
        if own in row:
            self.fault(
                f"{where}: query '{shown(query)}' and image '{shown(image)}' have a score already"
            )
        row[own] = score

    def fault(self, text: str) -> None:
        """Count a fault, and keep the first ones."""
        self.n_faults += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)

    def done(self, assumed: Sequence[str]) -> RankingFile:
        """Return what was collected.

        Raises:
            ExchangeError: Something is wrong with it.
        """
        self._require()
        rankings = {query: RankedList(images) for query, images in self.lists.items()}
        rankings |= {query: _by_score(pairs) for query, pairs in self.scores.items()}
        notes = [f"{self.name}: {', '.join(assumed)}"] if assumed else []
        if self.other_queries and self.benchmark.protocol in _OTHER_QUERIES:
            n, what = len(self.other_queries), _OTHER_QUERIES[self.benchmark.protocol]
            notes.append(f"{self.name}: {n:,} lists of {what} are left out")
        return RankingFile(rankings, tuple(notes))

    def _is_other_query(self, query: str, where: str) -> bool:
        if query in self._queries or self.benchmark.protocol == "disc21":
            return False
        self.other_queries.setdefault(query, where)
        return True

    def _image(self, image: str, where: str) -> str:
        own = self._images.get(image)
        if own is None:
            self.other_images.setdefault(image, where)
            return image
        self.n_known_images += 1
        return own

    def _require(self) -> None:
        protocol, name = self.benchmark.protocol, self.benchmark.name
        queries = {} if protocol in _OTHER_QUERIES else self.other_queries
        images = {} if protocol in _OTHER_IMAGES and self.n_known_images else self.other_images
        if not (self.n_faults or queries or images):
            if not (self.lists or self.scores):
                raise ExchangeError(
                    f"{self.name} holds no list of a query of {name}; name queries as its files do."
                )
            return
        listed = list(self.faults)
        if self.n_faults > len(listed):
            listed.append(f"... and {self.n_faults - len(listed):,} more faulty lines")
        listed += named_unknown(queries, f"no query of {name}", "queries")
        listed += named_unknown(images, f"no database image of {name}", "images")
        counts = (
            (self.n_faults, "faulty line"),
            (len(queries), "unknown query id"),
            (len(images), "unknown image id"),
        )
        said = ", ".join(counted(n, what) for n, what in counts if n)
        raise ExchangeError(
            f"{self.name} does not hold rankings of {name}: {said}; ids are those of its official "
            "files.",
            tuple(listed),
        )


def _by_score(pairs: Mapping[str, float]) -> RankedList:
    scores = np.fromiter(pairs.values(), np.float64, len(pairs))
    order = np.argsort(-scores, kind="stable")
    images = list(pairs)
    return RankedList([images[int(place)] for place in order], scores[order])
