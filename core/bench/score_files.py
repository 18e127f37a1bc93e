"""The exchange facet: what was made elsewhere comes in, scores made here go out."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from core.bench.orders import Orders
from core.bench.queries import QueriesFacet
from core.bench.session import Session
from core.errors import SettingsError, StaleIndexError
from core.exchange.confidences import open_confidences
from core.exchange.exporting import format_of, write_scores
from core.exchange.formats import open_scores
from core.exchange.importing import import_scores
from core.exchange.importing_confidence import import_confidence
from core.exchange.importing_shortlists import import_shortlists
from core.exchange.importing_vectors import import_vectors
from core.exchange.vectors import open_vectors
from core.settings import IMPORT_NAME
from core.storage.imports import (
    ConfidenceImports,
    Imports,
    NamedImports,
    R,
    ShortlistImports,
    VectorImports,
)
from core.storage.tokens import DescriptorStore
from core.types.orders import Fusion
from core.types.runs import Progress
from core.types.saved import ImportEntry, ImportKind


class ExchangeFacet:
    """Imports of what was made elsewhere, and exports of pair scores."""

    def __init__(self, session: Session, orders: Orders, queries: QueriesFacet) -> None:
        self._session = session
        self._orders = orders
        self._queries = queries
        self._imports = Imports(session.workspace.imports)
        self._vectors = VectorImports(session.workspace.vector_imports)
        self._lists = ShortlistImports(session.workspace.shortlist_imports)
        self._confidences = ConfidenceImports(session.workspace.confidence_imports)
        self.imported = self._imports.get
        self.imported_vectors = self._vectors.get
        self.imported_shortlists = self._lists.get
        self.imported_confidence = self._confidences.get

    def entries(self) -> tuple[ImportEntry, ...]:
        """Return everything that was imported, by kind and name."""
        return (
            *_entries("scores", self._imports, lambda one: (one.n_pairs, one.n_queries_missing)),
            *_entries(
                "descriptors", self._vectors, lambda one: (one.n_vectors, one.n_database_missing)
            ),
            *_entries("shortlists", self._lists, lambda one: (len(one.queries), 0)),
            *_entries(
                "confidence",
                self._confidences,
                lambda one: (len(one.values), one.n_queries_missing),
            ),
        )

    def import_name(self, path: Path, name: str | None) -> str:
        """Return what an import will be called: the name given, else the file's own.

        Raises:
            SettingsError: It cannot be a name.
        """
        chosen = path.stem if name is None else name
        if not re.fullmatch(IMPORT_NAME, chosen):
            raise SettingsError(
                f"An import cannot be called '{chosen[:80]}'; give --name with at most 64 letters, "
                "digits, dots, dashes and underscores."
            )
        return chosen

    def import_scores(self, path: Path, name: str, *, replace: bool) -> Iterator[Progress]:
        """Check a file of scores against the corpus and make it the scorer `import:NAME`.

        Args:
            path: CSV, JSONL, TREC run or ILIAS JSON.
            name: From `import_name`.
            replace: Whether the name may have stood for other scores until now.

        Raises:
            ExchangeError: The file cannot be read, or a pair is not of this corpus; all faults
                are listed.
            SettingsError: The name stands for other scores.
            WorkspaceError: The disk is full or read-only.
        """
        file = open_scores(path)
        _require_free(self._imports, name, file.sha256, replace=replace)
        yield from import_scores(
            file, name, self._session.corpus, self._session.scores, self._imports
        )

    def import_vectors(
        self, path: Path, name: str, *, ids: Path | None = None, replace: bool
    ) -> Iterator[Progress]:
        """Check a file of vectors against the corpus and make it the descriptor `import:NAME`.

        Args:
            path: .npy, .npz, .safetensors or .parquet, a row per image.
            name: From `import_name`.
            ids: The ids of the rows, one a line; None = in the file, beside it, or by row.
            replace: Whether the name may have stood for other vectors until now.

        Raises:
            ExchangeError: The file cannot be read, or a row is not of this corpus; all faults are
                listed.
            SettingsError: The name stands for other vectors.
            WorkspaceError: The disk is full or read-only.
        """
        file = open_vectors(path, ids)
        _require_free(self._vectors, name, file.sha256, replace=replace)

        def store(fingerprint: str) -> DescriptorStore:
            return DescriptorStore(self._session.workspace.descriptors(fingerprint), fingerprint)

        yield from import_vectors(file, name, self._session.corpus, store, self._vectors)

    def import_shortlists(self, path: Path, name: str, *, replace: bool) -> Iterator[Progress]:
        """Check a first-stage run against the corpus and make it the shortlists `import:NAME`.

        Args:
            path: CSV, JSONL, JSON, TREC run or ILIAS JSON.
            name: From `import_name`.
            replace: Whether the name may have stood for other lists until now.

        Raises:
            ExchangeError: The file cannot be read, or a pair is not of this corpus; all faults
                are listed.
            SettingsError: The name stands for other lists.
            WorkspaceError: The disk is full or read-only.
        """
        file = open_scores(path)
        _require_free(self._lists, name, file.sha256, replace=replace)
        yield from import_shortlists(file, name, self._session.corpus, self._lists)

    def import_confidence(self, path: Path, name: str, *, replace: bool) -> None:
        """Check a number per query against the corpus and keep it as the confidence `import:NAME`.

        Args:
            path: A table, JSONL, JSON or Parquet with the columns query and confidence.
            name: From `import_name`.
            replace: Whether the name may have stood for other numbers until now.

        Raises:
            ExchangeError: The file cannot be read, or a row is not of this corpus; all faults are
                listed.
            SettingsError: The name stands for other numbers.
            WorkspaceError: The disk is full or read-only.
        """
        file = open_confidences(path)
        _require_free(self._confidences, name, file.sha256, replace=replace)
        import_confidence(file, name, self._session.corpus, self._confidences)

    def export_scores(self, path: Path, depth: int) -> Iterator[Progress]:
        """Score what is missing of every query and write all pairs of the first `depth`.

        Call `build_index` before the first step; the name is checked at once. Candidates that a
        middle stage left out, or that could not be scored, are not in the file.

        Args:
            path: Its extension names the format: .csv, .jsonl, .trec or .run, .json (ILIAS).
            depth: How many of each shortlist.

        Raises:
            ExchangeError: The extension is not known, or an id does not fit the format.
            ModelError: The model failed.
            WorkspaceError: The file cannot be written.
        """
        format_of(path)
        return self._export(path, depth)

    def _export(self, path: Path, depth: int) -> Iterator[Progress]:
        queries = [query for query in self._session.corpus.queries if query.problem is None]
        rows: list[tuple[str, list[tuple[str, float]]]] = []
        for done, query in enumerate(queries):
            yield Progress("export", done, len(queries), "queries")
            for _ in self._queries.score(query.image_id, depth):
                yield Progress("export", done, len(queries), "queries")
            rows.append((query.image_id, self._best_first(query.image_id, depth)))
        write_scores(path, rows, self._session.kind.name)
        yield Progress("export", len(queries), len(queries), "queries")

    def _best_first(self, query_id: str, depth: int) -> list[tuple[str, float]]:
        query = self._session.record(query_id)
        order = self._orders.of(query, Fusion(depth, 0.0, 1.0))
        if order is None:
            return []
        scores = self._session.models().cascade.cached(query, order.last.asked)
        found = (image_id for image_id in order.after if image_id in scores)
        return [(image_id, scores[image_id].margin) for image_id in found]


def _entries(
    kind: ImportKind, imports: NamedImports[R], counts: Callable[[R], tuple[int, int]]
) -> Iterator[ImportEntry]:
    for name in imports.names():
        try:
            record = imports.get(name)
        except StaleIndexError as error:
            yield ImportEntry(kind, name, problem=str(error))
            continue
        yield ImportEntry(kind, name, record.file, *counts(record))


def _require_free(imports: NamedImports[R], name: str, sha256: str, *, replace: bool) -> None:
    """Refuse a name that stands for another file.

    Raises:
        SettingsError: It does, and may not be taken over.
    """
    known = None if replace else imports.find(name)
    if known is not None and known.sha256 != sha256:
        raise SettingsError(
            f"The name '{name}' stands for {known.file} already; choose another --name, or say "
            "--replace."
        )
