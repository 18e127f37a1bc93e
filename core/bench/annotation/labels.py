"""The labels facet: agreement, verdicts as labels, files; the corpus's own are only ever read."""

import csv
import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from core.analysis.evaluation import mean_aps
from core.annotation.agreement import agreement
from core.annotation.relabel import Relabelled, relabelling
from core.annotation.store import ImportCounts
from core.bench.orders import Orders
from core.bench.session import Session
from core.corpus.names import Ids
from core.corpus.relevance import RELEVANCE, read_label_table
from core.corpus.table_text import TextError, decoded, folded
from core.errors import AnnotationError
from core.exchange.annotations import (
    annotations_csv,
    annotations_jsonl,
    parse_annotations,
    patch_csv,
    relevance_csv,
)
from core.storage.files import atomic_write_text
from core.types.annotation import Agreement, Relabelling, RelabellingEffect
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome

EXPORTS = ("csv", "jsonl", "patch", "relevance")
"""All words as CSV or JSONL; the changed labels alone, or the whole `relevance.csv` with them."""


class LabelsFacet:
    """What all verdicts come to: agreement, other labels, another mAP, files."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._store = session.annotations

    def agreements(self, author: str | None = None) -> tuple[Agreement, ...]:
        """Return how every two authors agree, those with `author` first, most pairs first."""
        words = {name: self._store.annotations(name) for name in self._store.authors()}
        found = [
            agreement(words[first], words[second])
            for place, first in enumerate(words)
            for second in list(words)[place + 1 :]
        ]
        return tuple(
            sorted(found, key=lambda a: (author not in (a.first, a.second), -a.n, a.first))
        )

    def relabelling(self, author: str | None) -> Relabelling:
        """Return the labels that one author's verdicts change, or those of all who agree."""
        session = self._session
        known = {"queries": set(session.queries), "database": set(session.database)}
        return relabelling(self._store.annotations(), session.corpus.relevance, known, author)

    def effect(self, author: str | None, fusion: Fusion) -> RelabellingEffect:
        """Return mAP as filed and with the verdicts; only changed queries are computed again."""
        found = self.relabelling(author)
        truth = Relabelled(self._session.corpus.relevance, found.changes)
        evaluated = self._orders.evaluated()
        filed = {o.query_id: o for o in self._orders.outcomes(fusion)}
        after = dict(filed)
        for query_id in truth.changed:
            after.pop(query_id, None)
            query, order = self._session.queries[query_id], self._orders.noted(query_id, fusion)
            outcome = self._orders.outcome_under(truth[query_id], query, order)
            if outcome is not None:
                after[query_id] = outcome
        before_filed, after_filed = self._maps(filed, fusion)
        before_relabelled, after_relabelled = self._maps(after, fusion)
        return RelabellingEffect(
            relabelling=found,
            k=self._session.settings.ranking.k,
            n_filed=len(filed),
            map_before_filed=before_filed,
            map_after_filed=after_filed,
            n_relabelled=len(after),
            map_before_relabelled=before_relabelled,
            map_after_relabelled=after_relabelled,
            n_unscored_queries=sum(
                query_id not in evaluated and bool(truth[query_id].positives)
                for query_id in truth.changed
            ),
        )

    def export(self, kind: str, author: str | None = None) -> str:
        """Return annotations or labels as a file's text; see `EXPORTS`.

        Raises:
            AnnotationError: There is no such kind.
        """
        if kind not in EXPORTS:
            raise AnnotationError(f"'{kind[:40]}' is no export; use one of {', '.join(EXPORTS)}.")
        if kind in ("csv", "jsonl"):
            words = self._store.annotations(author)
            return annotations_csv(words) if kind == "csv" else annotations_jsonl(words)
        changes = self.relabelling(author).changes
        if kind == "patch":
            return patch_csv(changes)
        return relevance_csv(self._filed(), changes)

    def save(self, path: Path, kind: str, author: str | None = None) -> int:
        """Write an export to a file, whole or not at all, and return its number of rows.

        Raises:
            AnnotationError: There is no such kind, or the file would lie in the corpus's folder.
            WorkspaceError: It cannot be written.
        """
        refuse_among_images(self._session, path)
        text = self.export(kind, author)
        atomic_write_text(path, text)
        rows = text.splitlines() if kind == "jsonl" else list(csv.reader(io.StringIO(text)))
        return len(rows) - 1

    def bring(self, text: str, author: str, action_id: str) -> ImportCounts:
        """Import a file that `export` wrote, whole or not at all; nothing is overwritten.

        Raises:
            AnnotationError: The file cannot be used; all faulty lines are listed.
            WorkspaceError: It cannot be written.
        """
        rows = parse_annotations(text, author, partial(fault_of, self._session))
        return self._store.add_imported(rows, author, action_id)

    def bring_file(self, data: bytes, author: str, action_id: str) -> ImportCounts:
        """Import a file's bytes: UTF-8, or UTF-16 with its mark; see `bring`."""
        try:
            text, _ = decoded(data)
        except TextError as error:
            raise AnnotationError(f"The file cannot be read: {error}.") from error
        return self.bring(text, author, action_id)

    def _filed(self) -> list[tuple[str, str, str]]:
        """Return the rows (query, image, label) of the corpus's own `relevance.csv`, if any."""
        corpus = self._session.corpus
        source = self._session.images.source
        if not source.has_table(RELEVANCE):
            return []
        ids = Ids({**self._session.queries, **self._session.database}, corpus.root)
        rows = (line.cells for line in read_label_table(source, ids)[0].lines)
        return [(row["query"], row["image"], folded(row["label"])) for row in rows]

    def _maps(
        self, outcomes: Mapping[str, QueryOutcome], fusion: Fusion
    ) -> tuple[float | None, float | None]:
        withheld = self._orders.withheld(fusion, outcomes)
        return mean_aps(list(outcomes.values()), withheld=withheld)


def refuse_among_images(session: Session, path: Path) -> None:
    """Refuse to write a file into the corpus's folder.

    Raises:
        AnnotationError: It would lie there.
    """
    if path.resolve().is_relative_to(session.corpus.root):
        raise AnnotationError(
            f"'{path.name}' would be written into the corpus's folder, which stays as it is; "
            "choose a file elsewhere."
        )


def fault_of(session: Session, query_id: str, image_id: str) -> str | None:
    """Return why this pair cannot be judged in this corpus, or None."""
    if query_id not in session.queries:
        return f"query '{query_id[:80]}' is not in this corpus"
    if image_id not in session.database:
        return f"image '{image_id[:80]}' is not in this corpus"
    return "an image is always junk to itself" if query_id == image_id else None
