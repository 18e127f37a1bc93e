"""The composition root: the only file that names concrete classes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.errors import SettingsError
from core.settings import Settings
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.uploads import Uploads
from core.storage.workspace import Workspace
from core.types import Corpus
from core.workbench import Models, Shared, Workbench

if TYPE_CHECKING:
    from core.interfaces import Descriptor, PairScorer, TokenEncoder, TokenReader
    from core.mllm.lab import PairLab
    from core.mllm.remote.images import ServerImages
    from core.mllm.remote.scorer import ServerScorer
    from core.settings import ServerAddress

_MIB = 1024 * 1024


def open_workbench(settings: Settings) -> Workbench:
    """Open a corpus in its workspace; models are loaded on first need.

    Raises:
        SettingsError: A setting cannot be used.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    if settings.model.compression != "none":
        raise SettingsError(
            f"Compression '{settings.model.compression}' is not available; use `none`."
        )
    settings.server_address()  # refused before anything is opened
    workspace = Workspace(settings.workspace_path())
    try:
        return _open_in(workspace, settings)
    except BaseException:
        workspace.close()
        raise


def _open_in(workspace: Workspace, settings: Settings) -> Workbench:
    root = settings.corpus.expanduser().absolute()
    corpus = open_corpus(root, workspace.file_cache)
    images = ImageOpener(root, workspace.uploads)
    scores = ScoreStore(workspace.scores)

    def close() -> None:
        scores.close()
        workspace.close()

    return Workbench(
        Shared(
            settings=settings,
            workspace=workspace,
            corpus=corpus,
            images=images,
            uploads=Uploads(workspace.uploads, settings.serve.upload_quota_mib * _MIB),
            thumbnails=Thumbnails(workspace.thumbnails, images),
            load_models=partial(_load_models, settings, workspace, corpus, images, scores),
            close=close,
        )
    )


@dataclass(frozen=True, slots=True)
class _Scoring:
    """The second stage: what it is shown of an image, and by whom pairs are scored."""

    scorer: "PairScorer"
    encoder: "TokenEncoder"
    source: "TokenReader"
    descriptor: "Descriptor"
    labels: Mapping[str, str]
    lab: "PairLab | None" = None


def _load_models(
    settings: Settings,
    workspace: Workspace,
    corpus: Corpus,
    images: ImageOpener,
    scores: ScoreStore,
) -> Models:
    import torch
    from transformers.utils import logging

    from core.mllm.engine import MllmEncoder, MllmScorer
    from core.mllm.lab import PairLab
    from core.mllm.loading import load_mllm
    from core.mllm.prompts import parse_prompt
    from core.reranking.pointwise import PointwiseReranker
    from core.reranking.tokens import TokenSource
    from core.retrieval.indexing import Indexer
    from core.robustness.sweeps import Sweeper
    from core.storage.tokens import DescriptorStore, TokenStore
    from core.workbench.trust import require_trusted, self_test

    logging.disable_progress_bar()  # loading weights has its own stage in our progress
    torch.set_num_threads(settings.model.threads or os.cpu_count() or 1)
    loaded = load_mllm(
        settings.local_model,
        settings.model.device,
        settings.model.dtype,
        max_pixels=settings.model.max_side**2,
        hash_cache=workspace.hash_cache,
    )
    encoder = MllmEncoder(loaded)
    descriptor = _descriptor(settings, encoder, workspace.hash_cache)
    tokens = TokenStore(workspace.tokens(loaded.tower_fingerprint), loaded.tower_fingerprint)
    vectors = DescriptorStore(workspace.descriptors(descriptor.fingerprint), descriptor.fingerprint)
    database = {record.image_id: record for record in corpus.database}
    address = settings.server_address()
    if address is None:
        prompt, source = parse_prompt(settings.model.prompt), TokenSource(images, encoder, tokens)
        scorer = MllmScorer(loaded, prompt)
        scoring = _Scoring(
            scorer,
            encoder,
            source,
            descriptor,
            {"device": str(loaded.device), "dtype": loaded.dtype},
            PairLab(
                loaded,
                scorer,
                prompt,
                partial(MllmScorer, loaded),
                source,
                lambda other: PointwiseReranker(other, source, scores, database),
            ),
        )
    else:
        scoring = _server_scoring(settings, address, images, descriptor)
    scorer, source = scoring.scorer, scoring.source
    reranker = PointwiseReranker(scorer, source, scores, database)
    return Models(
        scorer=scorer,
        descriptor=descriptor,
        tokens=tokens,
        vectors=vectors,
        indexer=Indexer(images, encoder, descriptor, tokens, vectors),
        reranker=reranker,
        sweeper=Sweeper(
            images,
            scoring.encoder,
            scorer,
            scoring.descriptor,
            vectors,
            source,
            scores,
            reranker,
            database,
        ),
        labels=scoring.labels,
        lab=scoring.lab,
        self_test=partial(self_test, scoring.encoder, scorer, images, corpus),
        require_trusted=partial(
            require_trusted, workspace, scoring.encoder, scorer, images, corpus
        ),
    )


def _server_scoring(
    settings: Settings, address: "ServerAddress", images: ImageOpener, descriptor: "Descriptor"
) -> _Scoring:
    from core.mllm.remote.images import ServerImages
    from core.retrieval.descriptors import PixelDescriptor

    sent = ServerImages(images, settings.server.image_side)
    return _Scoring(
        _server_scorer(settings, address, sent),
        sent,
        sent,
        PixelDescriptor(descriptor),
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
