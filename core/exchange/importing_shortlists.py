"""Make a first-stage run the shortlists of a corpus: check every pair, then store them."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np

from core.corpus.csv_lines import MOST_FAULTS
from core.errors import ExchangeError
from core.exchange.formats import ScoreFile, shown
from core.exchange.importing import checked_pairs
from core.fingerprint import digest
from core.storage.files import atomic_write_bytes, sha256_of
from core.storage.imports import ShortlistImport, ShortlistImports
from core.types.corpus import Corpus
from core.types.runs import Progress


def import_shortlists(
    file: ScoreFile, name: str, corpus: Corpus, imports: ShortlistImports
) -> Iterator[Progress]:
    """Check a file completely, store each query's images by falling score, and name them last.

    Equal scores keep the order of the file.

    Raises:
        ExchangeError: A line cannot be read, a pair is given twice, an id is not known, or a query
            has no list; all faults are listed.
        WorkspaceError: The disk is full or read-only.
    """
    checked = yield from checked_pairs(file, corpus)
    missing = [
        query.image_id
        for query in corpus.queries
        if query.problem is None and query.image_id not in checked.pairs
    ]
    if missing:
        rest = len(missing) - MOST_FAULTS
        more = (f"... and {rest:,} more",) if rest > 0 else ()
        raise ExchangeError(
            f"{file.name} was not imported into corpus '{corpus.name}': {len(missing):,} queries "
            "have no list in it; write at least one image for each.",
            (*(f"query '{shown(one)}' has no list" for one in missing[:MOST_FAULTS]), *more),
        )
    place = {record.image_id: row for row, record in enumerate(corpus.database)}
    queries = tuple(sorted(checked.pairs))
    rows: list[np.ndarray] = []
    scores: list[np.ndarray] = []
    for done, query_id in enumerate(queries):
        yield Progress("store", done, len(queries), "queries")
        pairs = checked.pairs[query_id]
        given = np.fromiter(pairs.values(), np.float64, len(pairs))
        order = np.argsort(-given, kind="stable")
        found = np.fromiter((place[image_id] for image_id in pairs), np.int32, len(pairs))
        rows.append(found[order])
        scores.append(given[order])
    lengths = np.array([len(one) for one in rows], np.int64)
    data = io.BytesIO()
    np.savez(data, rows=np.concatenate(rows), scores=np.concatenate(scores), lengths=lengths)
    path = imports.arrays(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write_bytes(path, data.getvalue())
    imports.save(
        ShortlistImport(
            name=name,
            file=file.name,
            sha256=file.sha256,
            format=file.format,
            queries=queries,
            n_pairs=int(lengths.sum()),
            n_shortest=int(lengths.min()),
            images=database_digest(corpus),
            array_sha256=sha256_of(path),
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            assumed=checked.assumed.sentence(file.name),
        )
    )
    yield Progress("store", len(queries), len(queries), "queries")


def database_digest(corpus: Corpus) -> str:
    """Return what the rows of imported lists count: the ids of the database, in order."""
    return digest({str(row): record.image_id for row, record in enumerate(corpus.database)})
