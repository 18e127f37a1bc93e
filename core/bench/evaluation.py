"""The runs facet: build the index, evaluate, summarise, keep reports."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from core.analysis.evaluation import EvaluationCounts, summarise
from core.bench.answers import answer_tallies
from core.bench.corpus_check import check_images
from core.bench.orders import Orders
from core.bench.protocol_numbers import ProtocolsFacet
from core.bench.queries import QueriesFacet
from core.bench.receipts import as_set, is_set, n_listed, receipt_fields
from core.bench.session import Session
from core.bench.states import States
from core.corpus.probing import forget_replaced
from core.errors import ManifestError, SettingsError, StaleIndexError
from core.exchange.snippets import settings_at
from core.fingerprint import receipt
from core.reporting.headline import headline
from core.reranking.chosen import pipeline_of
from core.retrieval.indexing import IndexReport
from core.storage.reports import reports, runs_of_receipt
from core.storage.verify import Checked, verify
from core.types.corpus import ImageRecord
from core.types.orders import AnswerTally, Fusion
from core.types.runs import Progress, Receipt, RunReport, Summary


class RunsFacet:
    """Everything about all queries together."""

    def __init__(
        self,
        session: Session,
        orders: Orders,
        queries: QueriesFacet,
        states: States,
        protocols: ProtocolsFacet,
    ) -> None:
        self._session = session
        self._orders = orders
        self._queries = queries
        self._protocols = protocols
        self.outcomes = orders.outcomes
        self.state = states.of_bench
        self._n_cached = 0
        self._index_report = IndexReport()

    def build_index(self) -> Iterator[Progress]:
        """Load the models, encode what is not stored, open the index, and prepare the stages.

        Resumable: what was encoded before is not encoded again, and closing the generator keeps
        what was done.

        Raises:
            ModelError: The models cannot be had.
            StaleIndexError: A stored file is damaged.
            WorkspaceError: The disk is full or read-only.
        """
        yield Progress("load model", 0, 1, "model")
        models = self._session.models()
        corpus = self._session.corpus
        self._index_report = IndexReport()
        yield from models.indexer.run(
            [record for record in corpus.database if record.problem is None],
            [record for record in corpus.queries if record.problem is None],
            self._index_report,
        )
        self.open_index()
        for leaf in (leaf for stage in models.cascade.stages for leaf in stage.leaves):
            if leaf.built.prepare is not None:
                yield from leaf.built.prepare()
        forget_replaced(self._session.workspace.file_cache)

    def evaluate(self, depth: int) -> Iterator[Progress]:
        """Score every query that has a positive and keep a report; call `build_index` first.

        Raises:
            ManifestError: The corpus has no ground truth.
            ModelError: The model failed.
        """
        queries = self._session.require_measurable()
        yield from self.score(queries, depth)
        fusion = self._session.fusion(depth)
        summary = self.summary(fusion)
        assert summary is not None, "there is a query with a positive"
        report = self._report(fusion, summary)
        reports(self._session.workspace.runs).save(report)

    def score(self, queries: Sequence[ImageRecord], depth: int) -> Iterator[Progress]:
        """Score the first `depth` candidates of some queries; call `build_index` first.

        Raises:
            ModelError: The model failed.
        """
        self._n_cached = 0
        for i, query in enumerate(queries):
            yield Progress("evaluate", i, len(queries), "queries")
            known = self._known(query)
            for _ in self._queries.score(query.image_id, depth):
                yield Progress("evaluate", i, len(queries), "queries")
            self._n_cached += self._n_read(query, depth, known)
        yield Progress("evaluate", len(queries), len(queries), "queries")

    def summary(self, fusion: Fusion, *, intervals: bool = True) -> Summary | None:
        """Return the means over the queries evaluated so far, or None before the first."""
        outcomes = self.outcomes(fusion)
        ids = [outcome.query_id for outcome in outcomes]
        return summarise(
            outcomes,
            self._counts(ids, fusion),
            self._session.queries,
            withheld=self._orders.withheld(fusion, ids),
            intervals=intervals,
        )

    def fusion_set(self) -> Fusion:
        """Return depth, lam and gamma as the settings have them."""
        return self._session.fusion(self._session.pipeline.depth)

    def latest(self) -> RunReport | None:
        """Return the newest stored report, or None.

        Raises:
            StaleIndexError: It cannot be read.
        """
        return reports(self._session.workspace.runs).newest()

    def answers(self, fusion: Fusion) -> dict[str, AnswerTally]:
        """Return by stage what the answers about several candidates were; empty without such."""
        return answer_tallies(self._session, self._orders, fusion)

    def receipt(self, fusion: Fusion) -> Receipt:
        """Return where the numbers on screen come from."""
        return receipt(receipt_fields(self._session, as_set(self._session, fusion)))

    def headline(self, fusion: Fusion, summary: Summary | None = None) -> str:
        """Return in one sentence what re-ranking did, or why nothing can be said yet.

        Args:
            fusion: What is on screen.
            summary: Of this fusion, where the caller has it: the bootstrap is not made again.
        """
        state = self.state(fusion)
        if state.is_measurable and summary is None:
            summary = self.summary(fusion, intervals=state.name != "waiting")
        if summary is None or not state.is_measurable:
            return state.text
        return headline(summary, state, by_looking=not is_set(self._session, fusion))

    def keep(self, fusion: Fusion) -> RunReport:
        """File the numbers on screen as a run; where there is one already, return it.

        The run says that its setting was chosen by looking, if it is not that of the settings.

        Raises:
            ManifestError: The corpus has nothing to measure.
            SettingsError: Queries are still to be scored under this setting, or too many pairs
                have no score.
            WorkspaceError: The disk is full or read-only.
        """
        self._session.require_measurable()
        summary, state = self.summary(fusion), self.state(fusion)
        if summary is None or state.name in ("waiting", "stopped", "not started"):
            raise SettingsError(f"Only the numbers of all queries are kept as a run. {state.text}")
        if summary.map_after is None:
            raise SettingsError(
                f"The mAP after re-ranking is withheld, so nothing is kept. {state.text}"
            )
        kept = reports(self._session.workspace.runs)
        made, outcomes = self.receipt(fusion), self.outcomes(fusion)
        for run_id in runs_of_receipt(self._session.workspace.runs, made.receipt_id):
            with suppress(StaleIndexError):  # a damaged file is no run
                known = kept.find(run_id)
                if known is not None and (known.receipt, known.outcomes) == (made, outcomes):
                    return known
        by_looking = not is_set(self._session, fusion)
        report = self._report(fusion, summary, by_looking=by_looking)
        kept.save(report)
        return report

    def index_counts(self) -> dict[str, Any]:
        """Return counts, seconds, bytes per image and unreadable files of the last indexing."""
        report = self._index_report
        return {
            "n_searchable": self._session.n_searchable,
            "n_images": report.n_images - len(report.unreadable),
            "n_encoded": report.n_encoded,
            "seconds": report.seconds,
            "bytes_per_image": self._session.models().bytes_per_image(),
            "unreadable": self.unreadable(),
        }

    def unreadable(self) -> dict[str, str]:
        """Return why images cannot be opened, by id; of damaged pixels once they are indexed."""
        session = self._session
        found = self._index_report.unreadable.copy()  # one id for each content
        reasons = {session.record(image_id).sha256: why for image_id, why in found.items()}
        for record in (*session.corpus.database, *session.corpus.queries):
            reason = record.problem or reasons.get(record.sha256)
            if reason is not None:
                found.setdefault(record.image_id, reason)
        return dict(sorted(found.items()))

    def paces(self) -> tuple[float | None, float | None]:
        """Return seconds per query at the default depth, and per image encoded; None = not known.

        Of what was computed for this bench: reading stored scores or tokens never counts.
        """
        report = self._index_report
        per_image = report.seconds / report.n_encoded if report.n_encoded else None
        depth = pipeline_of(self._session.settings).depth
        return self._orders.seconds_per_query(Fusion(depth, 0.0, 1.0)), per_image

    def self_test(self) -> dict[str, Any]:
        """Run the scorer's self-test and return its margins, answer mass, verdict and reason.

        Raises:
            ModelError: The model cannot be had.
        """
        return self._session.models().self_test().as_json()

    def verify(self) -> Iterator[Checked]:
        """Yield every stored file and every image of the corpus with its problem, if any.

        Images are read whole and compared with what was encoded.
        """
        yield from verify(self._session.workspace.folder)
        yield from check_images(self._session)

    def _known(self, query: ImageRecord) -> frozenset[str]:
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return frozenset()
        return frozenset(self._session.models().cascade.cached(query, shortlist.image_ids))

    def _n_read(self, query: ImageRecord, depth: int, known: frozenset[str]) -> int:
        """Count the pairs that were to be scored and were stored already."""
        order = self._orders.of(query, Fusion(depth, 0.0, 1.0))
        return 0 if order is None else sum(image_id in known for image_id in order.last.asked)

    def open_index(self) -> None:
        """Search in the stored descriptors from now on; the index is made where it is missing.

        Raises:
            ManifestError: No database image has a descriptor.
            StaleIndexError: The stored index is damaged.
        """
        from core.retrieval.index import FlatIndex, content_digest

        models = self._session.models()
        rows = [r for r in self._session.corpus.database if r.sha256 in models.vectors]
        if not rows:
            raise ManifestError(
                f"Corpus '{self._session.corpus.name}' has no readable database image; see the "
                "reasons above and mend the files."
            )
        content = content_digest(
            [f"{r.image_id}:{r.sha256}" for r in rows], models.descriptor.fingerprint
        )
        path = self._session.workspace.index(models.descriptor.fingerprint)
        index = FlatIndex.load(path, content)
        if index is None:
            vectors = models.vectors.get([r.sha256 for r in rows])
            index = FlatIndex(vectors, [r.image_id for r in rows])
            index.save(path, content)
        self._session.use_index(index)

    def _report(self, fusion: Fusion, summary: Summary, *, by_looking: bool = False) -> RunReport:
        made = self.receipt(fusion)
        now = datetime.now(UTC)
        return RunReport(
            run_id=f"{now:%Y%m%dT%H%M%S%fZ}-{made.receipt_id}",
            created_at=now.isoformat(timespec="seconds"),
            receipt=made,
            summary=summary,
            outcomes=self.outcomes(fusion),
            settings=settings_at(self._session.settings, as_set(self._session, fusion)),
            chosen_by_looking=by_looking,
            protocol=self._protocols.of(fusion),
        )

    def _counts(self, ids: Sequence[str], fusion: Fusion) -> EvaluationCounts:
        session = self._session
        listed = n_listed(session)
        return EvaluationCounts(
            n_queries=len(session.corpus.queries),
            n_database=session.n_searchable,
            n_skipped=len(session.corpus.queries) - len(session.measurable),
            n_pairs=self._orders.n_pairs(fusion, ids),
            cached_pairs=self._n_cached,
            shortlist=listed,
            depth=min(fusion.depth, listed),
            k=session.settings.ranking.k,
            lam=fusion.lam,
            gamma=fusion.gamma,
            seconds_per_query=self._orders.seconds_per_query(fusion),
            bytes_per_image=session.models().bytes_per_image() if session.is_loaded else 0.0,
            stages=self._orders.uses(fusion, ids),
        )
