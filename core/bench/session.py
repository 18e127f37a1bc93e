"""What the facets share: the corpus, the lazily loaded models, the index and shortlists."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from core.annotation.store import AnnotationStore
from core.bench.named_plugins import NamedPlugins
from core.bench.query_states import nothing_to_measure, obstacle, tally
from core.bench.shortlists import Shortlists
from core.corpus.images import ImageOpener
from core.corpus.uploads import Uploads
from core.errors import ManifestError, ModelError, UnknownImageError, WorkspaceError
from core.interfaces import Descriptor, Scorer
from core.mllm.selftest import SelfTest
from core.reranking.cascade import Cascade
from core.reranking.chosen import pipeline_of
from core.reranking.pipelines import Pipeline, StageCall, parse_stage
from core.reranking.stages import EVIDENCE, kind_of, spec_of
from core.retrieval.galleries import Gallery
from core.retrieval.indexing import Indexer
from core.retrieval.opened import OpenedIndex
from core.retrieval.query_vectors import QueryVectors
from core.settings import Settings
from core.storage.fits import Fits
from core.storage.rankings import AnswerStore
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.tokens import DescriptorStore, TokenStore
from core.storage.workspace import Workspace
from core.types.corpus import Corpus, ImageRecord, Relevance
from core.types.orders import Fusion
from core.types.scores import ScoreKind, Shortlist
from core.types.states import State

if TYPE_CHECKING:  # heavy libraries are imported on first need, not before the first picture
    from core.mllm.playground import Playground
    from core.retrieval.imported import ImportedShortlists
    from core.retrieval.index import FlatIndex
    from core.robustness.sweeps import Sweeper


@dataclass(frozen=True, slots=True)
class Models:
    """Everything that needs loaded weights; `labels` are facts such as device and dtype.

    `cascade` is the second stage. `stores` hold the candidates' tokens that its stages read.
    `sweeper` is None where the last stage cannot score images that are not in the corpus.
    `playground` looks inside the local MLLM; None where another machine scores.
    """

    cascade: Cascade
    descriptor: Descriptor
    stores: tuple[TokenStore, ...]
    vectors: DescriptorStore
    indexer: Indexer
    sweeper: "Sweeper | None"
    labels: Mapping[str, str]
    self_test: Callable[[], SelfTest]
    require_trusted: Callable[[], None]
    playground: "Playground | None" = None

    @property
    def scorer(self) -> Scorer:
        """The last stage's scorer: the one behind the numbers."""
        return self.cascade.last.scorer

    def bytes_per_image(self) -> float:
        """Return stored bytes of tokens per image, of all stages together."""
        return sum(store.bytes_per_image() for store in self.stores)


@dataclass(eq=False)
class Session:
    """One opened corpus in one workspace; safe for several threads.

    Args:
        settings: As the bench was opened.
        workspace: Locked folder.
        corpus: Images and ground truth.
        images: Opens image files.
        uploads: Dropped and pasted queries.
        thumbnails: Makes WebP previews.
        scores: The score cache.
        annotations: What annotators said.
        answers: What models answered about several candidates at once.
        load_models: Called once with the settings, on first need; may take seconds to minutes.
        release: Closes the stores and unlocks the workspace.
        opened: Holds the index; variants of the bench share it.
    """

    settings: Settings
    workspace: Workspace
    corpus: Corpus
    images: ImageOpener
    uploads: Uploads
    thumbnails: Thumbnails
    scores: ScoreStore
    annotations: AnnotationStore
    answers: AnswerStore
    load_models: Callable[[Settings], Models]
    release: Callable[[], None]
    lists: "ImportedShortlists | None" = None
    """First-stage lists made elsewhere, in place of a search in the index."""
    opened: OpenedIndex = field(default_factory=OpenedIndex)
    _leaves: dict[StageCall, tuple[StageCall, ...]] = field(
        init=False, default_factory=dict[StageCall, tuple[StageCall, ...]]
    )
    _models: Models | None = field(init=False, default=None)
    _is_trusted: bool = field(init=False, default=False)
    _models_lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.queries = {record.image_id: record for record in self.corpus.queries}
        self.database = {record.image_id: record for record in self.corpus.database}
        n = min(self.settings.retrieval.shortlist, max(1, len(self.corpus.database)))
        self._shortlists = Shortlists(self, self.corpus, n)

    def variant(self, settings: Settings) -> "Session":
        """Return the same corpus, weights and stores under another compression or scorer.

        Args:
            settings: These settings, with only `model.compression` and `ranking` changed.
        """
        return replace(self, settings=settings, release=_release_nothing)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The second stage that the settings name."""
        return pipeline_of(self.settings)

    @property
    def kind(self) -> ScoreKind:
        """What the scores of the last stage are called."""
        return kind_of(self.pipeline.last)

    @property
    def is_asked(self) -> bool:
        """Whether a stage asks the language model, so that there is a prompt."""
        return any(self.calls_model(call) for call in self.pipeline.calls)

    def leaves(self, call: StageCall) -> tuple[StageCall, ...]:
        """Return the stages that a stage joins, or itself where it joins none.

        Raises:
            SettingsError: There is no such fit.
            StaleIndexError: The fit's file cannot be read.
        """
        if call.name != EVIDENCE:
            return (call,)
        if call not in self._leaves:  # read once: every receipt asks
            terms = self.fits.get(call.option).terms
            self._leaves[call] = tuple(parse_stage(term.stage) for term in terms)
        return self._leaves[call]

    @cached_property
    def plugins(self) -> NamedPlugins:
        """The user's code that was named when the bench was started."""
        return NamedPlugins(self.pipeline.calls)

    def calls_model(self, call: StageCall) -> bool:
        """Return whether every pair of a stage is a call of the language model."""
        return any(spec_of(leaf).calls_model for leaf in self.leaves(call))

    def scores_images(self, call: StageCall) -> bool:
        """Return whether a stage can score images that are not in the corpus."""
        return all(spec_of(leaf).scores_images for leaf in self.leaves(call))

    @property
    def fits(self) -> Fits:
        """The fits of evidence that a pipeline may name."""
        return Fits(self.workspace.fits)

    def fusion(self, depth: int) -> Fusion:
        """Return how the settings join cosine and score, at a depth."""
        return Fusion(depth, self.settings.ranking.lam, self.settings.ranking.gamma)

    @property
    def is_loaded(self) -> bool:
        """Whether the models are in memory."""
        return self._models is not None

    def models(self) -> Models:
        """Return the models, loading them on first need.

        Raises:
            ModelError: They cannot be had or are not fit to score.
        """
        with self._models_lock:
            if self._models is None:
                self._models = self.load_models(self.settings)
            return self._models

    def trusted_models(self) -> Models:
        """Return the models once the scorer has passed its self-test.

        Raises:
            ModelError: They cannot be had, or the scorer is not fit to score.
        """
        models = self.models()
        with self._models_lock:
            if not self._is_trusted:
                models.require_trusted()
                self._is_trusted = True
        return models

    def playground(self, refusal: str) -> "Playground":
        """Return what looks inside the local MLLM.

        Raises:
            ModelError: It cannot be had or is not fit to score; or another machine scores, which
                `refusal` says.
        """
        playground = self.trusted_models().playground
        if playground is None:
            raise ModelError(refusal)
        return playground

    @property
    def index(self) -> "FlatIndex | None":
        """The index, or None until it was opened or built; `use_index` sets it."""
        return self.opened.index

    @property
    def n_searchable(self) -> int:
        """How many database images a query can find; every count on screen is of these.

        Those in the index; before it is open, those whose header can be read.
        """
        index = self.index
        return self._n_readable if index is None else len(index.image_ids)

    @cached_property
    def _n_readable(self) -> int:
        return sum(record.problem is None for record in self.corpus.database)

    @property
    def n_listed(self) -> int:
        """How many database images a shortlist holds at most."""
        listed = min(self.settings.retrieval.shortlist, self.n_searchable)
        return listed if self.lists is None else min(listed, self.lists.longest)

    def use_index(self, index: "FlatIndex") -> None:
        """Search in this index from now on."""
        self.opened.index = index
        self._shortlists.clear()

    def record(self, image_id: str) -> ImageRecord:
        """Return a query, database image or upload.

        Raises:
            UnknownImageError: None of them has this id.
        """
        found = self.queries.get(image_id) or self.database.get(image_id)
        if found is None and image_id.startswith("upload:"):
            return self.uploads.get(image_id)
        if found is None:
            raise UnknownImageError(
                f"There is no image '{image_id[:80]}' in this corpus or among the uploads; choose "
                "one from the list."
            )
        return found

    def relevance(self, query_id: str) -> Relevance | None:
        """Return a query's ground truth; a damaged copy has its parent's.

        None for a picture from outside and in an unlabelled corpus.
        """
        if query_id.startswith("upload:"):
            query_id = self.uploads.get(query_id).tags.get("parent", "")
        known = self.corpus.relevance
        return None if known is None else known.get(query_id)

    @cached_property
    def obstacles(self) -> Mapping[str, State | None]:
        """Why a query of the corpus will never have an AP, None where it can have, by query id."""
        return {
            query.image_id: obstacle(query, self.relevance(query.image_id))
            for query in self.corpus.queries
        }

    @cached_property
    def measurable(self) -> tuple[ImageRecord, ...]:
        """The corpus's queries that can be evaluated: readable and with a positive."""
        return tuple(q for q in self.corpus.queries if self.obstacles[q.image_id] is None)

    @cached_property
    def nothing_to_measure(self) -> State | None:
        """Why no query can be evaluated, or None where one can."""
        is_labelled = self.corpus.relevance is not None
        counts = tally(tuple(self.obstacles.values()), ())
        return nothing_to_measure(self.corpus.name, counts, labelled=is_labelled)

    def require_measurable(self) -> tuple[ImageRecord, ...]:
        """Return the queries that can be evaluated, at least one.

        Raises:
            ManifestError: There is none.
        """
        if self.nothing_to_measure is not None:
            raise ManifestError(self.nothing_to_measure.text)
        return self.measurable

    def shortlist(self, query: ImageRecord) -> Shortlist | None:
        """Return the query's shortlist, or None without an index; what lacks a vector gets one.

        Raises:
            ImageError: The query cannot be decoded.
            ModelError: The first stage is imported and does not hold the query.
        """
        return self._shortlists.of(query)

    def query_vectors(self) -> QueryVectors:
        """Return the first stage's vectors of queries."""
        return QueryVectors(self.models().descriptor, self.models().vectors, self.images)

    @property
    def galleries(self) -> Mapping[str, Gallery]:
        """The database images that a query is asked of, where it is not all of them."""
        return self._shortlists.galleries

    def close(self) -> None:
        """Close the stores, unlock the workspace, and give the models' memory back."""
        self.release()
        with self._models_lock:
            self._models, self.load_models = None, _load_nothing


def _load_nothing(_settings: Settings) -> Models:
    raise WorkspaceError("This bench is closed; open it again.")


def _release_nothing() -> None:
    """The stores belong to the bench that a variant was made from."""
