"""The first-stage facet: the bench's descriptors and shortlists as files that it reads back."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bench.receipts import shown_name
from core.bench.session import Session
from core.errors import ExchangeError
from core.exchange.exporting import ENDINGS as LIST_ENDINGS
from core.exchange.exporting import format_of, scores_text, write_scores
from core.exchange.exporting_vectors import (
    ENDINGS,
    Rows,
    check_ending,
    ids_json,
    write_into,
    write_vectors,
)
from core.types.corpus import ImageRecord
from core.types.runs import Progress
from core.types.saved import FirstStage, FirstStageFile, RunFile

MOST_BYTES = 1 << 30
"""Of a file that the page hands over; it is made in memory."""
_PART = 4096
_IDS = ".ids.json"
_MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".trec": "text/plain; charset=utf-8",
    ".json": "application/json",
    _IDS: "application/json",
    ".parquet": "application/vnd.apache.parquet",
}
_NOT_OPEN = "The index is not open yet; try again when the preparation has ended."


class FirstStageFacet:
    """Descriptors and shortlists, written for other tools."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save_descriptors(self, path: Path) -> Iterator[Progress]:
        """Write the vector of every query and database image that has one.

        The name is checked at once; call `build_index` before the first step.

        Args:
            path: .npy (the ids beside it in `STEM.ids.json`), .npz, .safetensors or .parquet.

        Raises:
            ExchangeError: The ending is not known, an extra is missing, or there is no index yet.
            WorkspaceError: The file cannot be written.
        """
        check_ending(path)
        return self._save_descriptors(path)

    def _save_descriptors(self, path: Path) -> Iterator[Progress]:
        rows = self._rows()
        yield Progress("export", 0, len(rows.ids), "vectors")
        for done in write_vectors(path, rows):
            yield Progress("export", done, len(rows.ids), "vectors")

    def save_shortlists(self, path: Path) -> Iterator[Progress]:
        """Write the shortlist of every readable query, with its cosines.

        The name is checked at once; call `build_index` before the first step.

        Args:
            path: .csv, .jsonl, .trec or .run, .json (ILIAS).

        Raises:
            ExchangeError: The ending is not known, an id does not fit the format, or there is no
                index yet.
            WorkspaceError: The file cannot be written.
        """
        format_of(path)
        return self._save_shortlists(path)

    def _save_shortlists(self, path: Path) -> Iterator[Progress]:
        queries = self._queries()
        lists: list[tuple[str, list[tuple[str, float]]]] = []
        for done, query in enumerate(queries):
            yield Progress("export", done, len(queries), "queries")
            lists.append(self._list(query))
        write_scores(path, lists, self._tag())
        yield Progress("export", len(queries), len(queries), "queries")

    @property
    def is_open(self) -> bool:
        """Whether the index is open, so that there is something to write."""
        return self._session.index is not None

    def files(self) -> tuple[FirstStageFile, ...]:
        """Return the files that `file` makes, and why one cannot be made."""
        found: list[FirstStageFile] = []
        for ending in ENDINGS:
            found.append(FirstStageFile("descriptors", ending, _problem(ending)))
            if ending == ".npy":
                found.append(FirstStageFile("descriptors", _IDS))
        lists = (FirstStageFile("shortlists", ending) for ending in LIST_ENDINGS)
        return (*found, *(one for one in lists if one.ending != ".run"))  # the same as .trec

    def n_described(self) -> int:
        """Return how many images of the corpus have a vector; 0 until the index is open."""
        return len(self._described()) if self.is_open else 0

    def n_listed(self) -> int:
        """Return how many queries have a shortlist: those that can be read."""
        return sum(query.problem is None for query in self._session.corpus.queries)

    def file(self, what: FirstStage, ending: str) -> RunFile:
        """Return what the methods above write, to download; `.ids.json` are the ids of a .npy.

        Raises:
            ExchangeError: As above; or the file would be larger than 1 GiB.
        """
        name = f"{self._session.corpus.name}-{what}{ending}"
        media_type = _MEDIA_TYPES.get(ending, "application/octet-stream")
        if what == "shortlists":
            format_of(Path(name))
            lists = [self._list(query) for query in self._queries()]
            data = scores_text(ending, lists, self._tag()).encode("utf-8")
            return RunFile(name, media_type, data)
        rows = self._rows()
        if ending == _IDS:
            return RunFile(name, media_type, ids_json(rows.ids).encode("utf-8"))
        check_ending(Path(name))
        if rows.n_bytes > MOST_BYTES:
            raise ExchangeError(
                f"The vectors take more than {MOST_BYTES >> 30} GiB; write them with `export FILE "
                "--what descriptors`."
            )
        buffer = io.BytesIO()
        for _ in write_into(buffer, ending, rows):
            pass
        return RunFile(name, media_type, buffer.getvalue())

    def _queries(self) -> list[ImageRecord]:
        if not self.is_open:
            raise ExchangeError(_NOT_OPEN)
        return [query for query in self._session.corpus.queries if query.problem is None]

    def _list(self, query: ImageRecord) -> tuple[str, list[tuple[str, float]]]:
        shortlist = self._session.shortlist(query)
        assert shortlist is not None, "there is an index"
        pairs = zip(shortlist.image_ids, shortlist.cosines.tolist(), strict=True)
        return query.image_id, list(pairs)

    def _tag(self) -> str:
        retrieval = self._session.settings.retrieval
        return retrieval.shortlists or shown_name(retrieval.descriptor)

    def _described(self) -> dict[str, str]:
        """Return the content key of every image that has a vector, by id, sorted."""
        vectors, key = self._session.models().vectors, self._session.query_vectors().key
        records = self._session.database | self._session.queries
        keys = {image_id: key(records[image_id]) for image_id in sorted(records)}
        return {image_id: one for image_id, one in keys.items() if one in vectors}

    def _rows(self) -> Rows:
        keys = self._described() if self.is_open else {}
        if not keys:
            raise ExchangeError(_NOT_OPEN)
        vectors = self._session.models().vectors
        content = list(keys.values())

        def parts() -> Iterator[NDArray[np.float32]]:
            for start in range(0, len(content), _PART):
                yield vectors.get(content[start : start + _PART])

        dimension = vectors.get(content[:1]).shape[1]
        return Rows(list(keys), dimension, parts)


def _problem(ending: str) -> str:
    try:
        check_ending(Path(f"x{ending}"))
    except ExchangeError as error:
        return str(error)
    return ""
