"""What scores the pairs of a bench and what it is shown of them, as the settings name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.assembly.models import Places, Weights
from core.corpus.images import ImageOpener
from core.mllm.compression.grammar import parse_compression
from core.settings import Settings
from core.types.corpus import ImageRecord

if TYPE_CHECKING:
    from core.interfaces import PairScorer, PairTokens
    from core.mllm.maxsim import MaxSimScorer
    from core.mllm.playground import Playground
    from core.mllm.remote.images import ServerImages
    from core.mllm.remote.scorer import ServerScorer
    from core.robustness.damaged import DamagedImages
    from core.server_settings import ServerAddress


@dataclass(frozen=True, slots=True)
class Scoring:
    """The second stage: what it is shown of an image, and by whom pairs are scored."""

    scorer: "PairScorer"
    tokens: "PairTokens"
    damaged: "DamagedImages"
    labels: Mapping[str, str]
    playground: "Playground | None" = None


def make_scoring(
    settings: Settings,
    weights: Weights,
    places: Places,
    database: Mapping[str, ImageRecord],
) -> "tuple[tuple[MaxSimScorer, PairTokens], Scoring]":
    """Return MaxSim with the tokens it reads, which may thin, and what scores the pairs."""
    from core.interfaces import PairTokens
    from core.mllm.engine import MllmScorer
    from core.mllm.maxsim import MaxSimScorer
    from core.mllm.playground import Playground
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
    playground = Playground(
        loaded,
        parse_prompt(settings.model.prompt),
        partial(MllmScorer, loaded, compression=compressed),
        stored,
        lambda other: PointwiseReranker(other, stored, places.scores, database),
        sources.packer,
    )
    scoring = Scoring(
        playground.scorer(playground.prompt) if settings.ranking.scorer == "mllm" else maxsim,
        stored,
        weights.damaged,
        {"device": str(loaded.device), "dtype": loaded.dtype},
        playground,
    )
    return (maxsim, stored), scoring


def _geometric_scoring(images: ImageOpener, weights: Weights) -> Scoring:
    from core.interfaces import PairTokens
    from core.reranking.geometric import GeometricScorer, KeypointSource

    found = KeypointSource(images)
    return Scoring(
        GeometricScorer(),
        PairTokens(found, found),
        weights.damaged,
        {"device": "cpu", "dtype": "float32"},
    )


def _server_scoring(
    settings: Settings, address: "ServerAddress", images: ImageOpener, weights: Weights
) -> Scoring:
    from core.interfaces import PairTokens
    from core.mllm.remote.images import ServerImages
    from core.retrieval.descriptors import PixelDescriptor
    from core.robustness.damaged import DamagedImages

    sent = ServerImages(images, settings.server.image_side)
    return Scoring(
        _server_scorer(settings, address, sent),
        PairTokens(sent, sent),
        DamagedImages(images, sent, PixelDescriptor(weights.descriptor), weights.vectors),
        {"device": "the server's", "dtype": "the server's"},
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
