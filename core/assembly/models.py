"""What every second stage of a bench shares: its places, the MLLM's weights, the descriptor."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.corpus.images import ImageOpener
from core.mllm.compression.grammar import Compression
from core.plugins import plugin_of
from core.retrieval.opened import OpenedIndex
from core.setting_types import MOST_THREADS
from core.settings import Settings
from core.storage.rankings import AnswerStore
from core.storage.scores import ScoreStore
from core.storage.workspace import Workspace
from core.types.corpus import Corpus
from core.types.runs import Progress

if TYPE_CHECKING:
    from core.interfaces import Descriptor, PairScorer, PairTokens, Reranker, TokenEncoder
    from core.mllm.compression.packing import Packer
    from core.mllm.model import Mllm
    from core.mllm.playground import Playground
    from core.mllm.token_source import TokenSource
    from core.reranking.several import Asker
    from core.retrieval.neighbours import Graphs
    from core.robustness.damaged import DamagedImages
    from core.storage.tokens import DescriptorStore


@dataclass(frozen=True, eq=False)
class Places:
    """Where a bench and its variants read and write, whatever their models."""

    workspace: Workspace
    corpus: Corpus
    images: ImageOpener
    scores: ScoreStore
    answers: AnswerStore
    watch: Callable[[Progress], None] = field(default=lambda _: None)
    opened: OpenedIndex = field(default_factory=OpenedIndex)
    _keypoints: "dict[int, TokenSource]" = field(
        init=False, default_factory=lambda: dict[int, "TokenSource"]()
    )

    @cached_property
    def graphs(self) -> "Graphs":
        """The nearest images of every indexed image; all variants of a bench share them."""
        from core.retrieval.neighbours import Graphs

        return Graphs(self.workspace.neighbours)

    def keypoints(self, most: int) -> "TokenSource":
        """Return where up to `most` stored keypoints an image are read, found on first use.

        They depend on no model, so all variants of a bench share them.
        """
        from core.mllm.token_source import TokenSource
        from core.reranking.geometric import KeypointPacker
        from core.storage.tokens import TokenStore

        if most not in self._keypoints:
            packer = KeypointPacker(most)
            store = TokenStore(self.workspace.keypoints(packer.fingerprint), packer.fingerprint)
            self._keypoints[most] = TokenSource(self.images, packer, store)
        return self._keypoints[most]


class TokenSources:
    """The token sources of one model; equal fingerprints share a source, and so its store."""

    def __init__(self, loaded: "Mllm", images: ImageOpener, workspace: Workspace) -> None:
        self._loaded = loaded
        self._images = images
        self._workspace = workspace
        self._made: dict[str, TokenSource] = {}

    def packer(self, compression: Compression) -> "Packer":
        """Return what does a compression, with the codebooks of its store."""
        from core.mllm.compression.building import make_packer

        return make_packer(compression, self._loaded, self._workspace.tokens)

    def get(self, compression: Compression) -> "TokenSource":
        """Return the source of tokens under a compression, made at most once."""
        from core.mllm.token_source import TokenSource
        from core.storage.tokens import TokenStore

        packer = self.packer(compression)
        name = packer.fingerprint
        if name not in self._made:
            store = TokenStore(self._workspace.tokens(name), name)
            self._made[name] = TokenSource(self._images, packer, store)
        return self._made[name]


Words = Callable[[], Mapping[str, str]]
"""What was done to stored tokens, in words; asked whenever a fingerprint is, since a codebook is
trained by the first index."""


MakeReranker = Callable[["PairScorer"], "Reranker"]
"""Makes what scores shortlists with a scorer and keeps its scores."""


class Sources(Protocol):
    """The token sources of one model."""

    def get(self, compression: Compression) -> "TokenSource":
        """Return the source of tokens under a compression, made at most once.

        Raises:
            ModelError: The model's family cannot do it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """What every second stage over the same weights shares.

    `scorer` and `maxsim` make the MLLM's scorer and MaxSim of tokens under a compression.
    `playground` makes what looks inside the MLLM, None where that cannot be done. `facts` are
    labels for receipts. `is_tested` says that no self-test is needed. `several` makes what asks
    about several candidates at once, None where that cannot be done.
    """

    descriptor: "Descriptor"
    vectors: "DescriptorStore"
    sources: Sources
    damaged: "DamagedImages"
    facts: Mapping[str, str]
    scorer: "Callable[[Words], PairScorer]"
    maxsim: "Callable[[Words], PairScorer]"
    playground: "Callable[[PairTokens, Words, MakeReranker], Playground] | None" = None
    is_tested: bool = False
    several: "Callable[[Words], Asker] | None" = None


def load_weights(settings: Settings, places: Places) -> Weights:
    """Load the MLLM and make what every second stage over it shares.

    Raises:
        ModelError: The model or descriptor is refused or cannot be loaded.
    """
    import torch
    from transformers.utils import logging

    from core.mllm.engine import MllmEncoder, MllmScorer
    from core.mllm.loading import load_mllm
    from core.mllm.maxsim import MaxSimScorer
    from core.mllm.playground import Playground
    from core.mllm.prompts import parse_prompt
    from core.mllm.several import SeveralAsker
    from core.robustness.damaged import DamagedImages
    from core.storage.tokens import DescriptorStore

    logging.disable_progress_bar()  # loading weights has its own stage in our progress
    torch.set_num_threads(settings.model.threads or _all_threads())
    loaded = load_mllm(
        settings.local_model,
        settings.model.device,
        settings.model.dtype,
        max_pixels=settings.model.max_side**2,
        hash_cache=places.workspace.hash_cache,
        adapter=settings.model.adapter,
        quantise=settings.model.quantise,
        watch=places.watch,
    )
    encoder = MllmEncoder(loaded)
    descriptor = _descriptor(settings, encoder, places.workspace.hash_cache)
    folder = places.workspace.descriptors(descriptor.fingerprint)
    vectors = DescriptorStore(folder, descriptor.fingerprint)
    sources = TokenSources(loaded, places.images, places.workspace)
    prompt = parse_prompt(settings.model.prompt)

    def playground(stored: "PairTokens", words: Words, rerankers: MakeReranker) -> Playground:
        make_scorer = partial(MllmScorer, loaded, compression=words)
        return Playground(loaded, prompt, make_scorer, stored, rerankers, sources.packer)

    return Weights(
        descriptor=descriptor,
        vectors=vectors,
        sources=sources,
        damaged=DamagedImages(places.images, encoder, descriptor, vectors),
        facts=loaded.facts,
        scorer=lambda words: MllmScorer(loaded, prompt, compression=words),
        maxsim=lambda words: MaxSimScorer(
            lambda: {**loaded.tower_fields, **words()}, loaded.device
        ),
        playground=playground,
        several=lambda words: SeveralAsker(loaded, words),
    )


def _descriptor(settings: Settings, encoder: "TokenEncoder", hash_cache: Path) -> "Descriptor":
    from core.retrieval.descriptors import MllmDescriptor, Projection, VisionDescriptor

    path = settings.retrieval.projection
    projection = Projection(path) if path is not None else None
    if settings.retrieval.descriptor == "mllm":
        return MllmDescriptor(encoder, projection)
    written = plugin_of(settings.retrieval.descriptor)
    if written is not None:
        from core.retrieval.python import PythonDescriptor

        return PythonDescriptor(written, projection)
    return VisionDescriptor(
        settings.retrieval.descriptor, settings.model.device, projection, hash_cache
    )


def _all_threads() -> int:
    """Return the threads that OMP_NUM_THREADS allows, else one per core."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    if allowed.isascii() and allowed.isdecimal() and 0 < len(allowed) < 9 and int(allowed):
        return min(int(allowed), MOST_THREADS)
    return os.cpu_count() or 1
