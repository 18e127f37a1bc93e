"""Builds the stages that a pipeline names out of the weights and the stores of a bench."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from core.assembly.models import Places, Weights, Words
from core.interfaces import PairScorer, PairTokens, Reranker
from core.mllm.compression.grammar import PairCompression, parse_compression
from core.reranking.built import BuiltStage, RunningStage
from core.reranking.chosen import compression_of, pipeline_of
from core.reranking.pipelines import StageCall, Step
from core.reranking.pointwise import InPortions, PointwiseReranker
from core.reranking.stages import completed, spec_of
from core.settings import Settings
from core.storage.fits import Fits
from core.storage.imports import Imports
from core.types.corpus import ImageRecord

if TYPE_CHECKING:
    from core.mllm.playground import Playground
    from core.mllm.remote.images import ServerImages
    from core.mllm.token_source import TokenSource
    from core.reranking.descriptor_method import DescriptorMethod
    from core.reranking.several import Method
    from core.retrieval.neighbours import Graphs
    from core.robustness.damaged import DamagedImages

_ELSEWHERE = {"device": "the server's", "dtype": "the server's"}


class Parts:
    """What the rows of the stage table build from; see `core.reranking.stage_spec.StageParts`.

    Args:
        settings: Of the bench or a variant of it.
        weights: The loaded models.
        places: Stores and images.
    """

    def __init__(self, settings: Settings, weights: Weights, places: Places) -> None:
        self._settings = settings
        self._weights = weights
        self._sent: ServerImages | None = None
        self.images = places.images
        self.scores = places.scores
        self.vectors = weights.vectors
        self.opened = places.opened
        self.fits = Fits(places.workspace.fits)
        self._places = places
        self.imports = Imports(places.workspace.imports)
        self.database: Mapping[str, ImageRecord] = {
            record.image_id: record for record in places.corpus.database
        }

    @cached_property
    def playground(self) -> "Playground | None":
        """What looks inside the local MLLM; None where another machine scores."""
        make = self._weights.playground
        if make is None or self._settings.server_address() is not None:
            return None
        compression = parse_compression(compression_of(self._settings))
        return make(self.tokens(compression), self._words(compression), self._reranker)

    def sources(self, compression: PairCompression) -> "tuple[TokenSource, TokenSource]":
        """Return where tokens of queries and of candidates are stored."""
        get = self._weights.sources.get
        return get(compression.query), get(compression.candidate)

    def tokens(self, compression: PairCompression) -> PairTokens:
        """Return where stored tokens under a compression are read, encoded on first use."""
        return PairTokens(*self.sources(compression))

    def mllm(self, compression: PairCompression) -> BuiltStage:
        """Return the MLLM with the bench's prompt: the local one, or a server's.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        address = self._settings.server_address()
        if address is not None:
            from core.assembly.servers import server_scorer

            sent = self._server_images()
            asked = server_scorer(self._settings, address, sent)
            return BuiltStage(asked, (asked, PairTokens(sent, sent)), facts=_ELSEWHERE)
        if self.playground is not None and str(compression) == compression_of(self._settings):
            return self._built(self.playground.scorer(self.playground.prompt), compression)
        return self._built(self._weights.scorer(self._words(compression)), compression)

    def maxsim(self, compression: PairCompression) -> BuiltStage:
        """Return MaxSim on tokens under a compression."""
        return self._built(self._weights.maxsim(self._words(compression)), compression)

    def keypoints(self, most: int) -> "TokenSource":
        """Return where up to `most` stored keypoints an image are read, found on first use."""
        return self._places.keypoints(most)

    @property
    def graphs(self) -> "Graphs":
        """The nearest images of every indexed image."""
        return self._places.graphs

    def query_key(self, query: ImageRecord) -> str:
        """Return the address of a query's vector in the first stage."""
        return self._weights.damaged.queries.key(query)

    @property
    def descriptor(self) -> tuple[str, str]:
        """Name and fingerprint of the first stage's model."""
        return self._settings.retrieval.descriptor, self._weights.descriptor.fingerprint

    def several(self, method: "Method", n: int, *, by_rank: bool = False) -> BuiltStage:
        """Return a stage that shows the model n candidates at once.

        Raises:
            ModelError: There is no model on this machine that takes several images.
        """
        from core.assembly.several import several_stage

        compression = parse_compression(self._settings.model.compression)
        make = self._weights.several
        asker = None if make is None else make(self._words(compression))
        shown = self.tokens(compression)
        return several_stage(method, n, asker, shown, self._places, by_rank=by_rank)

    def described(self, method: "DescriptorMethod") -> BuiltStage:
        """Return a stage that scores by the bench's descriptors alone."""
        from core.reranking.described import DescriptorBench

        corpus = self._places.corpus
        bench = DescriptorBench(
            self.opened, self.vectors, self.scores, corpus, self.descriptor, self.query_key
        )
        return bench.stage(method)

    def running(self, call: StageCall) -> RunningStage:
        """Return another stage, ready to score, with the bench's compression where it reads tokens.

        Raises:
            SettingsError: There is no such stage, or its option does not go with it.
            ModelError: It cannot be had.
        """
        call = completed(call, self._settings.model.compression)
        return _running(Step(call, self._settings.ranking.depth), self)

    def damaged(self, call: StageCall) -> "DamagedImages":
        """Return what makes and describes the damaged images that a stage scores."""
        if self._settings.server_address() is None or not spec_of(call).calls_model:
            return self._weights.damaged
        from core.robustness.damaged import DamagedImages

        sent, weights = self._server_images(), self._weights
        return DamagedImages(
            self.images, sent, weights.descriptor, weights.vectors, describes_pixels=True
        )

    def _built(self, scorer: PairScorer, compression: PairCompression) -> BuiltStage:
        facts = self._weights.facts
        queries, candidates = self.sources(compression)
        pairs = (scorer, PairTokens(queries, candidates))
        return BuiltStage(scorer, pairs, candidates.store, facts=facts)

    def _words(self, compression: PairCompression) -> Words:
        """Return what says in words which compression the tokens are under."""
        candidates = self._weights.sources.get(compression.candidate)
        return lambda: {"compression": str(compression), **candidates.packer.fields}

    def _reranker(self, scorer: PairScorer) -> Reranker:
        shown = self.tokens(parse_compression(compression_of(self._settings)))
        return PointwiseReranker(scorer, shown, self.scores, self.database)

    def _server_images(self) -> "ServerImages":
        from core.mllm.remote.images import ServerImages

        if self._sent is None:
            self._sent = ServerImages(self.images, self._settings.server.image_side)
        return self._sent


def build_stages(settings: Settings, parts: Parts) -> tuple[RunningStage, ...]:
    """Return the stages of the bench's pipeline in order, ready to score.

    Raises:
        SettingsError: There is no import of a name given.
        ModelError: A stage cannot be had.
    """
    return tuple(_running(step, parts) for step in pipeline_of(settings).steps)


def _running(step: Step, parts: Parts) -> RunningStage:
    from core.robustness.level_scores import LevelScores

    spec = spec_of(step.call)
    built = spec.build(parts, step.call)
    reranker, levels = built.reranker, built.levels
    if reranker is None:
        assert built.pairs is not None, "a stage scores pairs, or brings its own re-ranker"
        reranker = PointwiseReranker(*built.pairs, parts.scores, parts.database)
        if built.at_once is not None:
            reranker = InPortions(reranker, built.at_once)
        levels = LevelScores(*built.pairs, parts.scores, from_tower=spec.reads_tokens)
    asks = spec.calls_model and not built.terms
    return RunningStage(step, spec.kind(step.call), reranker, built, levels, asks, spec.reads_order)
