"""Rankings of a benchmark without a bench: read, or made of vectors alone, and measured."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.table import measure, protocol_of
from core.bench.benchmark_folders import read_benchmark_in
from core.corpus.readers.opening import restricted
from core.errors import ExchangeError
from core.exchange.importing_vectors import checked_unit_rows
from core.exchange.ranking_files import open_rankings
from core.exchange.submissions import known_form, write_submission
from core.exchange.vectors import VectorFile, open_vectors
from core.retrieval.vector_ranking import Nearest, rank_rows
from core.types.benchmarks import Benchmark, MeasuredRankings, RankedList
from core.types.runs import Progress

_MOST_PLACES = 200_000_000
"""Queries times length of a list: 2.4 GB of rows and cosines."""
_LEAST_LISTED = 1000


@dataclass(slots=True)
class RankingWork:
    """Measures a file of rankings, or ranks the rows of a file of vectors first.

    Args:
        name: `NAME`, `NAME:SPLIT` or `auto`.
        folder: With the official files; images need not be there.
        file: Rankings in any known format; or, with `is_vectors`, a row per query and image.
        ids: The ids of the vectors' rows, where they are in another file.
        write: Where to write the rankings, as `form`, or None.
    """

    name: str
    folder: Path
    file: Path
    is_vectors: bool = False
    ids: Path | None = None
    write: Path | None = None
    form: str = "trec"
    found: MeasuredRankings | None = field(default=None, init=False)

    def run(self) -> Iterator[Progress]:
        """Do the work, and leave what it found in `found`.

        Raises:
            SettingsError: There is no such benchmark or format.
            ManifestError: An official file is missing or not as published.
            ExchangeError: The file cannot be read, or does not fit the benchmark.
        """
        known_form(self.form)
        benchmark = read_benchmark_in(self.name, self.folder)
        yield Progress("read", 0, 1, "file")
        n_images, notes = len(benchmark.database), benchmark.notes
        if self.is_vectors:
            vectors = open_vectors(self.file, self.ids)
            work = _VectorWork(benchmark, vectors)
            yield from work.run()
            benchmark, rankings = work.part, work.rankings
        else:
            opened = open_rankings(self.file, benchmark)
            rankings, notes = opened.rankings, (*notes, *opened.notes)
        yield Progress("measure", 0, 1, "rankings")
        values = measure(benchmark, rankings)
        of_all = ""
        if len(benchmark.database) < n_images:
            of_all = f" on {len(benchmark.database):,} of {n_images:,} images"
        self.found = MeasuredRankings(
            benchmark=benchmark.name,
            title=protocol_of(benchmark).title,
            values=tuple(replace(one, name=f"{one.name}{of_all}") for one in values),
            n_queries=len(benchmark.queries),
            n_answered=len(rankings),
            n_images=n_images,
            n_database=len(benchmark.database),
            notes=notes,
        )
        if self.write is not None:
            write_submission(self.write, self.form, benchmark, rankings)
        yield Progress("measure", 1, 1, "rankings")


@dataclass(slots=True)
class _VectorWork:
    """Ranks what a file of vectors holds of a benchmark, which becomes `part`."""

    benchmark: Benchmark
    vectors: VectorFile
    part: Benchmark = field(init=False)
    rankings: Mapping[str, RankedList] = field(init=False)

    def run(self) -> Iterator[Progress]:
        ids = self.vectors.ids
        if ids is None:
            raise ExchangeError(
                f"{self.vectors.name} has no ids of its rows; give them with --ids, one a line."
            )
        database = frozenset(self.benchmark.database)
        of_images = np.flatnonzero(np.fromiter((i in database for i in ids), np.bool_, len(ids)))
        asked = {query.query_id for query in self.benchmark.queries}
        own = {one: row for row, one in enumerate(ids) if one in asked}
        lacking = sorted(asked - own.keys())
        if lacking or not len(of_images):
            what = f"query '{lacking[0]}'" if lacking else "any database image"
            raise ExchangeError(
                f"{self.vectors.name} has no vector for {what} of {self.benchmark.name}; name the "
                "rows as the benchmark does, queries by their ids."
            )
        part = self.benchmark
        if len(of_images) < len(database):
            there = frozenset(ids[row] for row in of_images)
            part = restricted(part, frozenset(asked), there)
        self.part = part
        del database
        yield from self._rank(own, of_images, ids)

    def _rank(
        self, own: Mapping[str, int], rows: NDArray[np.int64], ids: tuple[str, ...]
    ) -> Iterator[Progress]:
        queries = [query.query_id for query in self.part.queries]
        asked = self._unit(np.array([own[one] for one in queries], np.int64))
        galleries = {q.query_id: q.gallery for q in self.part.queries if q.gallery is not None}
        if galleries:
            yield from self._rank_galleries(
                queries, asked, galleries, dict(zip(ids, range(len(ids)), strict=True))
            )
            return
        n = protocol_of(self.part).n_listed
        n = min(len(rows), len(rows) if n is None else n)
        if n * len(queries) > _MOST_PLACES:
            raise ExchangeError(
                f"{len(queries):,} lists of {n:,} images do not fit into memory; leave distractors "
                "out of the vectors."
            )
        found = Nearest()
        yield from rank_rows(asked, rows, self._unit, n, found)
        self.rankings = {
            query.query_id: _cut(query.positives, ids, found.rows[place], found.cosines[place])
            for place, query in enumerate(self.part.queries)
        }

    def _rank_galleries(
        self,
        queries: list[str],
        asked: NDArray[np.float32],
        galleries: Mapping[str, tuple[str, ...]],
        rows: Mapping[str, int],
    ) -> Iterator[Progress]:
        """Rank every query's own gallery; equal cosines stand in the gallery's order."""
        made: dict[str, RankedList] = {}
        for place, query_id in enumerate(queries):
            yield Progress("rank", place, len(queries), "queries")
            gallery = [one for one in galleries[query_id] if one in rows]
            vectors = self._unit(np.array([rows[one] for one in gallery], np.int64))
            cosines = (vectors @ asked[place]).astype(np.float64)
            order = np.argsort(-cosines, kind="stable")
            made[query_id] = RankedList([gallery[at] for at in order.tolist()], cosines[order])
        self.rankings = made
        yield Progress("rank", len(queries), len(queries), "queries")

    def _unit(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return checked_unit_rows(self.vectors.name, self.vectors.array[rows], rows)


def _cut(
    positives: frozenset[str],
    ids: tuple[str, ...],
    rows: NDArray[np.int64],
    cosines: NDArray[np.float32],
) -> RankedList:
    """Return a list without what stands below the last positive, which no measure reads."""
    named = [ids[row] for row in rows.tolist()]
    last = next((at for at in range(len(named) - 1, -1, -1) if named[at] in positives), 0)
    n = max(_LEAST_LISTED, last + 1)
    return RankedList(named[:n], cosines[:n].astype(np.float64))
