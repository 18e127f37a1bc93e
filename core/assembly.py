"""The composition root: the only file that names concrete classes."""

import os
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.annotation.store import AnnotationStore
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.mllm.compression.grammar import Compression, parse_compression
from core.second_stage import check_settings, score_kind, second_stage, without_self_test
from core.settings import Settings
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.uploads import Uploads
from core.storage.workspace import Workspace
from core.types import Corpus, ImageRecord
from core.workbench import Models, Shared, Workbench

if TYPE_CHECKING:
    from core.interfaces import Descriptor, PairScorer, PairTokens, TokenEncoder
    from core.mllm.compression.packing import Packer
    from core.mllm.lab import PairLab
    from core.mllm.loading import LoadedMllm
    from core.mllm.maxsim import MaxSimScorer
    from core.mllm.remote.images import ServerImages
    from core.mllm.remote.scorer import ServerScorer
    from core.reranking.tokens import TokenSource
    from core.robustness.damaged import DamagedImages
    from core.server_settings import ServerAddress
    from core.storage.tokens import DescriptorStore

_MIB = 1024 * 1024


def open_workbench(settings: Settings) -> Workbench:
    """Open a corpus in its workspace; models are loaded on first need.

    Raises:
        SettingsError: A setting cannot be used.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    check_settings(settings)  # before anything is opened
    with ExitStack() as opened:
        workspace = opened.enter_context(closing(Workspace(settings.workspace_path())))
        return _open_in(workspace, settings, opened)


def _open_in(workspace: Workspace, settings: Settings, opened: ExitStack) -> Workbench:
    root = settings.corpus.expanduser().absolute()
    corpus = open_corpus(root, workspace.file_cache)
    images = ImageOpener(root, workspace.uploads)
    if settings.import_name is not None:
        Imports(workspace.imports).get(settings.import_name)
    scores = opened.enter_context(closing(ScoreStore(workspace.scores)))
    annotations = opened.enter_context(closing(AnnotationStore(workspace.annotations)))
    return Workbench(
        Shared(
            settings=settings,
            workspace=workspace,
            corpus=corpus,
            images=images,
            uploads=Uploads(workspace.uploads, settings.serve.upload_quota_mib * _MIB),
            thumbnails=Thumbnails(workspace.thumbnails, images),
            scores=scores,
            annotations=annotations,
            load_models=_ModelLoader(_Places(workspace, corpus, images, scores)),
            close=opened.pop_all().close,
        )
    )


@dataclass(frozen=True, slots=True)
class _Scoring:
    """The second stage: what it is shown of an image, and by whom pairs are scored."""

    scorer: "PairScorer"
    tokens: "PairTokens"
    damaged: "DamagedImages"
    labels: Mapping[str, str]
    lab: "PairLab | None" = None


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a bench reads and writes, whatever its models."""

    workspace: Workspace
    corpus: Corpus
    images: ImageOpener
    scores: ScoreStore


class _ModelLoader:
    """Makes the models of a bench; the weights are loaded once, whatever the second stage.

    The settings it is called with may differ in compression and scorer only.
    """

    def __init__(self, places: _Places) -> None:
        self._places = places
        self._weights: _Weights | None = None

    def __call__(self, settings: Settings) -> Models:
        """Return the models of these settings."""
        if self._weights is None:
            self._weights = _load_weights(settings, self._places)
        return _make_models(settings, self._weights, self._places)


@dataclass(frozen=True, slots=True)
class _Weights:
    """What every second stage over the same weights shares."""

    loaded: "LoadedMllm"
    encoder: "TokenEncoder"
    descriptor: "Descriptor"
    vectors: "DescriptorStore"
    sources: "_Sources"
    damaged: "DamagedImages"


def _load_weights(settings: Settings, places: _Places) -> _Weights:
    import torch
    from transformers.utils import logging

    from core.mllm.engine import MllmEncoder
    from core.mllm.loading import load_mllm
    from core.robustness.damaged import DamagedImages
    from core.storage.tokens import DescriptorStore

    logging.disable_progress_bar()  # loading weights has its own stage in our progress
    torch.set_num_threads(settings.model.threads or os.cpu_count() or 1)
    loaded = load_mllm(
        settings.local_model,
        settings.model.device,
        settings.model.dtype,
        max_pixels=settings.model.max_side**2,
        hash_cache=places.workspace.hash_cache,
    )
    encoder = MllmEncoder(loaded)
    descriptor = _descriptor(settings, encoder, places.workspace.hash_cache)
    folder = places.workspace.descriptors(descriptor.fingerprint)
    vectors = DescriptorStore(folder, descriptor.fingerprint)
    sources = _Sources(loaded, places.images, places.workspace)
    damaged = DamagedImages(places.images, encoder, descriptor, vectors)
    return _Weights(loaded, encoder, descriptor, vectors, sources, damaged)


def _make_models(settings: Settings, weights: _Weights, places: _Places) -> Models:
    from core.retrieval.indexing import Indexer
    from core.robustness.level_scores import LevelScores
    from core.robustness.sweeps import Sweeper
    from core.workbench.trust import require_trusted, self_test

    compression = parse_compression(settings.model.compression)
    sources, vectors = weights.sources, weights.vectors
    queries, candidates = sources.get(compression.query), sources.get(compression.candidate)
    database = {record.image_id: record for record in places.corpus.database}
    maxsim, scoring = _make_scoring(settings, weights, places, database)
    stage = second_stage(
        settings,
        (scoring.scorer, scoring.tokens),
        maxsim,
        places.scores,
        Imports(places.workspace.imports),
        database,
    )
    kind = score_kind(settings)
    sweeper = Sweeper(
        scoring.damaged,
        LevelScores(scoring.scorer, scoring.tokens, places.scores),
        scoring.tokens,
        stage.reranker,
        database,
        kind,
        from_tower=settings.ranking.scorer != "geometric",
    )
    name = settings.import_name
    tested = (scoring.tokens, scoring.scorer, places.images, places.corpus, kind)
    return Models(
        scorer=stage.scorer,
        descriptor=weights.descriptor,
        tokens=candidates.store,
        vectors=vectors,
        indexer=Indexer(
            places.images,
            sources.get(Compression()),
            weights.descriptor,
            queries,
            candidates,
            vectors,
        ),
        reranker=stage.reranker,
        sweeper=sweeper if stage.scores_images else None,
        labels=scoring.labels,
        middle=stage.middle,
        lab=scoring.lab,
        timed=None if name else (scoring.scorer, scoring.tokens),
        self_test=partial(self_test, *tested) if name is None else without_self_test(name),
        require_trusted=partial(require_trusted, places.workspace, *tested)
        if name is None
        else _nothing_to_test,
    )


def _make_scoring(
    settings: Settings,
    weights: _Weights,
    places: _Places,
    database: Mapping[str, ImageRecord],
) -> "tuple[tuple[MaxSimScorer, PairTokens], _Scoring]":
    """Return MaxSim with the tokens it reads, which may thin, and what scores the pairs."""
    from core.interfaces import PairTokens
    from core.mllm.engine import MllmScorer
    from core.mllm.lab import PairLab
    from core.mllm.maxsim import MaxSimScorer
    from core.mllm.prompts import parse_prompt
    from core.reranking.pointwise import PointwiseReranker

    loaded, sources = weights.loaded, weights.sources
    compression = parse_compression(settings.model.compression)
    candidates = sources.get(compression.candidate)
    stored = PairTokens(sources.get(compression.query), candidates)

    def compressed() -> Mapping[str, str]:
        """Asked whenever a fingerprint is: a codebook is trained by the first index."""
        return {"compression": str(compression), **candidates.packer.fields}

    maxsim = MaxSimScorer(lambda: {**loaded.tower_fields, **compressed()}, loaded.device)
    if settings.ranking.scorer == "geometric":
        return (maxsim, stored), _geometric_scoring(places.images, weights)
    address = settings.server_address()
    if address is not None:
        return (maxsim, stored), _server_scoring(settings, address, places.images, weights)
    lab = PairLab(
        loaded,
        parse_prompt(settings.model.prompt),
        partial(MllmScorer, loaded, compression=compressed),
        stored,
        lambda other: PointwiseReranker(other, stored, places.scores, database),
        sources.packer,
    )
    scoring = _Scoring(
        lab.scorer(lab.prompt) if settings.ranking.scorer == "mllm" else maxsim,
        stored,
        weights.damaged,
        {"device": str(loaded.device), "dtype": loaded.dtype},
        lab,
    )
    return (maxsim, stored), scoring


def _nothing_to_test() -> None:
    """Imported scores are shown as they were made."""


class _Sources:
    """The token sources of one model; equal fingerprints share a source, and so its store."""

    def __init__(self, loaded: "LoadedMllm", images: ImageOpener, workspace: Workspace) -> None:
        self._loaded = loaded
        self._images = images
        self._workspace = workspace
        self._made: dict[str, TokenSource] = {}

    def packer(self, compression: Compression) -> "Packer":
        """Return what does a compression, with the codebooks of its store."""
        from core.mllm.compression.building import make_packer

        return make_packer(compression, self._loaded, self._workspace.tokens)

    def get(self, compression: Compression) -> "TokenSource":
        from core.reranking.tokens import TokenSource
        from core.storage.tokens import TokenStore

        packer = self.packer(compression)
        name = packer.fingerprint
        if name not in self._made:
            store = TokenStore(self._workspace.tokens(name), name)
            self._made[name] = TokenSource(self._images, packer, store)
        return self._made[name]


def _geometric_scoring(images: ImageOpener, weights: "_Weights") -> _Scoring:
    from core.interfaces import PairTokens
    from core.reranking.geometric import GeometricScorer, KeypointSource

    found = KeypointSource(images)
    return _Scoring(
        GeometricScorer(),
        PairTokens(found, found),
        weights.damaged,
        {"device": "cpu", "dtype": "float32"},
    )


def _server_scoring(
    settings: Settings, address: "ServerAddress", images: ImageOpener, weights: "_Weights"
) -> _Scoring:
    from core.interfaces import PairTokens
    from core.mllm.remote.images import ServerImages
    from core.retrieval.descriptors import PixelDescriptor
    from core.robustness.damaged import DamagedImages

    sent = ServerImages(images, settings.server.image_side)
    return _Scoring(
        _server_scorer(settings, address, sent),
        PairTokens(sent, sent),
        DamagedImages(images, sent, PixelDescriptor(weights.descriptor), weights.vectors),
        {"device": "the server's", "dtype": "the server's"},
    )


def _descriptor(settings: Settings, encoder: "TokenEncoder", hash_cache: Path) -> "Descriptor":
    from core.retrieval.descriptors import MllmDescriptor, Projection, VisionDescriptor

    path = settings.retrieval.projection
    projection = Projection(path) if path is not None else None
    if settings.retrieval.descriptor == "mllm":
        return MllmDescriptor(encoder, projection)
    return VisionDescriptor(
        settings.retrieval.descriptor, settings.model.device, projection, hash_cache
    )


def _server_scorer(
    settings: Settings, address: "ServerAddress", sent: "ServerImages"
) -> "ServerScorer":
    from core.mllm.prompts import parse_prompt
    from core.mllm.remote.chat import ChatProtocol
    from core.mllm.remote.client import ServerClient
    from core.mllm.remote.rerank import RerankProtocol
    from core.mllm.remote.scorer import ServerScorer

    server, prompt = settings.server, parse_prompt(settings.model.prompt)
    if server.protocol == "chat":
        protocol = ChatProtocol(address.model, prompt, server.yes_token_ids, server.no_token_ids)
    elif server.engine == "sglang":
        protocol = RerankProtocol(address.model, prompt, "sglang rerank", server.scores)
    else:
        dialect = "vllm score" if server.protocol == "score" else "vllm rerank"
        protocol = RerankProtocol(address.model, prompt, dialect, server.scores)
    return ServerScorer(
        ServerClient(address, server, server.key()),
        protocol,
        sent,
        address,
        engine=server.engine,
        concurrency=server.concurrency,
    )
