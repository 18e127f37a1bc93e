"""The scorers facet: every scorer with scores in the workspace, beside the bench's own."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.bench.cards import Candidates
from core.bench.orders import Orders
from core.bench.queries import view_of
from core.bench.receipts import model_name, shown_name
from core.bench.scorer_names import imported_scorer, named_scorer, told_apart, unnamed_scorer
from core.bench.session import Session
from core.errors import SecondLookError, SettingsError
from core.mllm.compression.grammar import parse_compression
from core.reranking.imported import import_key
from core.reranking.ordering import Scored, StageScores
from core.reranking.pipelines import StageCall
from core.reranking.pointwise import content_key
from core.reranking.stages import STAGES, import_call
from core.storage.imports import ImportRecord, Imports
from core.storage.reports import reports
from core.storage.scorers import ScorerCards, report_fields
from core.storage.scores import StoredScore
from core.storage.tradeoffs import tables
from core.types.corpus import ImageRecord
from core.types.orders import Fusion
from core.types.rankings import QueryView
from core.types.scorers import DESCRIPTOR, DESCRIPTOR_ID, ScorerEntry
from core.types.scores import PlainScore

_RUNS_READ = 200


@dataclass(frozen=True, slots=True)
class KnownScorer:
    """A scorer and where its scores lie; imports are addressed by name and content together.

    `stage` is how a pipeline of this bench names it; None of another model's or prompt's scores.
    """

    entry: ScorerEntry
    fingerprint: str
    is_import: bool
    stage: str | None


class ScorersFacet:
    """Other runs, compressions, prompts and imports, as far as their scores are stored.

    Nothing is scored here: a pair without a stored score is unscored and keeps its place.
    """

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._lock = threading.Lock()
        self._receipts: dict[str, dict[str, str]] = {}
        self._known: tuple[object, tuple[KnownScorer, ...]] | None = None

    def entries(self) -> tuple[ScorerEntry, ...]:
        """Return the descriptor, the bench's own scorer, then the others, oldest scores first.

        Empty until the models are loaded: before that the bench cannot tell which is its own.
        """
        if not self._session.is_loaded:
            return ()
        settings = self._session.settings
        descriptor = ScorerEntry(
            DESCRIPTOR_ID,
            "descriptor",
            f"descriptor {shown_name(settings.retrieval.descriptor)}, before re-ranking",
            DESCRIPTOR,
        )
        return (descriptor, *(known.entry for known in self.known()))

    def known(self) -> tuple[KnownScorer, ...]:
        """Return the scorers of pairs with where their scores lie; the bench's own is first.

        Raises:
            ModelError: The models cannot be had.
        """
        stored = self._session.scores.scorers()
        workspace = self._session.workspace
        folders = (workspace.runs, workspace.tradeoffs, workspace.imports, workspace.scorers)
        # A file is renamed into its folder, which changes the folder's own time.
        state = (*stored, *(_changed(folder) for folder in folders))
        with self._lock:
            if self._known is not None and self._known[0] == state:
                return self._known[1]
        made = self._make(stored)
        with self._lock:
            self._known = (state, made)
        return made

    def _make(self, stored: Mapping[str, bool]) -> tuple[KnownScorer, ...]:
        session = self._session
        scorer = session.models().scorer
        own = scorer.fingerprint
        own_fields = {
            "model": model_name(session.settings),
            "scorer": _written(session.pipeline.last),
            **scorer.receipt_fields,
        }
        usual = str(parse_compression(session.settings.model.compression))
        imports = {record.fingerprint: record for record in self._imports()}
        earlier = {
            stage.scorer.fingerprint: {
                "model": model_name(session.settings),
                "scorer": _written(stage.step.call),
                **stage.scorer.receipt_fields,
            }
            for stage in session.models().cascade.stages[:-1]
        }
        fields = {own: own_fields, **self._named()} | earlier | {own: own_fields}
        order = [own, *(fingerprint for fingerprint in stored if fingerprint != own)]
        entries: list[ScorerEntry] = []
        for fingerprint in order:
            is_own = fingerprint == own
            if fingerprint in imports:
                entry = imported_scorer(imports[fingerprint])
                entries.append(_owned(entry) if is_own else entry)
            elif fingerprint in fields:
                found = fields[fingerprint]
                entries.append(named_scorer(fingerprint, found, own_fields, is_own=is_own))
            else:
                entries.append(unnamed_scorer(fingerprint, has_logits=stored[fingerprint]))
        return tuple(
            KnownScorer(
                entry,
                fingerprint,
                fingerprint in imports,
                str(import_call(imports[fingerprint].name))
                if fingerprint in imports
                else _stage(fields.get(fingerprint, {}), own_fields, usual),
            )
            for entry, fingerprint in zip(told_apart(entries), order, strict=True)
        )

    def find(self, wanted: str) -> KnownScorer:
        """Return one scorer of pairs, by its id or as a stage of a pipeline is named.

        Raises:
            SettingsError: The workspace has no scores of it.
        """
        for known in self.known():
            if wanted in (known.entry.scorer_id, known.stage):
                return known
        raise SettingsError(
            f"This workspace holds no scores of scorer '{wanted[:40]}' any more; choose another "
            "one from the list."
        )

    def stage(self, known: KnownScorer, query: ImageRecord) -> StageScores:
        """Return a scorer as the one stage of a pipeline, with its stored scores of one query."""

        def stored(image_ids: Sequence[str]) -> dict[str, Scored]:
            address = import_key if known.is_import else content_key
            keys = {image_id: address(self._session.database[image_id]) for image_id in image_ids}
            found = self._session.scores.get(known.fingerprint, address(query), list(keys.values()))
            return {i: _scored(found[key]) for i, key in keys.items() if key in found}

        return StageScores(known.entry.name, known.entry.kind, None, stored)

    def inspect(
        self, wanted: str, query_id: str, fusion: Fusion, limit: int = 100
    ) -> QueryView | None:
        """Return a query as another scorer orders it, or None while there is no index.

        `n_unscored` counts the pairs of the first `depth` that it has not scored, and `n_pending`
        is 0: nobody is going to score them. The outcome is there where there is ground truth, also
        with unscored pairs, which keep their places.

        Raises:
            SettingsError: The workspace has no scores of this scorer.
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
        """
        session = self._session
        query, relevance = session.record(query_id), session.relevance(query_id)
        if session.index is None:
            return None
        stages = (self.stage(self.find(wanted), query),)
        order = self._orders.of(query, fusion, stages)
        if order is None:
            return None
        cards = Candidates(session.database, relevance, order, {})
        outcome = self._orders.outcome_under(relevance, query, order)
        return view_of(query, order, cards, limit, (), outcome)

    def _named(self) -> dict[str, Mapping[str, str]]:
        """Return receipts' fields by score fingerprint; a run's go before a trial's."""
        found: dict[str, Mapping[str, str]] = {}
        for fields in (*self._cards(), *self._tradeoffs(), *self._runs()):
            if "score fingerprint" in fields:
                found[fields["score fingerprint"]] = fields
            found |= _earlier(fields)
        return found

    def _runs(self) -> Iterator[dict[str, str]]:
        folder = self._session.workspace.runs
        for run_id in reports(folder).names()[-_RUNS_READ:]:
            with self._lock:
                known = self._receipts.get(run_id)
            if known is None:
                known = report_fields(folder / f"{run_id}.json")
                with self._lock:
                    self._receipts[run_id] = known
            yield known

    def _tradeoffs(self) -> Iterator[Mapping[str, str]]:
        # the Overview names a table that cannot be read; a name less is no fault here
        for table in tables(self._session.workspace.tradeoffs).readable():
            yield from (row.receipt.fields for row in table.rows)

    def _cards(self) -> tuple[dict[str, str], ...]:
        return ScorerCards(self._session.workspace.scorers).all()

    def _imports(self) -> list[ImportRecord]:
        imports = Imports(self._session.workspace.imports)
        found: list[ImportRecord] = []
        for name in imports.names():
            try:
                found.append(imports.get(name))
            except SecondLookError:  # `verify` names the file; its scores stay, without a name
                continue
        return found


def _scored(stored: StoredScore | PlainScore) -> Scored:
    is_plain = isinstance(stored, PlainScore)
    score = stored.score if is_plain else stored.logit_yes - stored.logit_no
    return Scored(score, stored.seconds)


def _stage(fields: Mapping[str, str], own: Mapping[str, str], usual: str) -> str | None:
    """Return how a pipeline names a scorer, from its receipt; None where this bench has no such.

    `usual` is the bench's compression, which need not be named.
    """
    name = fields.get("scorer", "")
    asked = ("model", "prompt", "layout") if name == own.get("scorer") else ()
    base = name.partition(":")[0]
    if base not in STAGES or any(fields.get(one) != own.get(one) for one in asked):
        return None
    compression = fields.get("compression", "none")
    is_usual = not STAGES[base].takes_compression or compression == usual
    return name if is_usual else f"{name}/{compression}"


def _written(call: StageCall) -> str:
    """Return a stage without the compression, which has a field of its own."""
    return call.name if call.mark == "/" else str(call)


def _changed(folder: Path) -> int:
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


def _owned(entry: ScorerEntry) -> ScorerEntry:
    return ScorerEntry(entry.scorer_id, entry.name, entry.detail, entry.kind, is_own=True)


def _earlier(fields: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return what a cascade's receipt says of the stages before the last, by fingerprint."""
    fingerprints = fields.get("middle stage fingerprint", "").split(", ")
    calls = [one.partition("@")[0] for one in fields.get("pipeline", "maxsim").split(" > ")]
    kept = {"model": fields["model"]} if "model" in fields else {}
    if "/" not in calls[-1] and "compression" in fields:  # the bench's, which a bare name means
        kept["compression"] = fields["compression"]
    return {
        fingerprint: kept | _named_by(call)
        for fingerprint, call in zip(fingerprints, calls, strict=False)
        if fingerprint
    }


def _named_by(call: str) -> dict[str, str]:
    """Return what the name of a stage says of its scores."""
    name, mark, option = call.partition("/")
    return {"scorer": name, "compression": option} if mark else {"scorer": name}
