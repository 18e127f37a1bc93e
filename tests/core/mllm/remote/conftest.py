"""A fake server per test, and scorers that ask it."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.mllm.prompts import PRESETS
from core.mllm.remote.chat import ChatProtocol
from core.mllm.remote.client import Backoff, ServerClient
from core.mllm.remote.images import ServerImages
from core.mllm.remote.protocol import PairProtocol
from core.mllm.remote.scorer import ServerScorer
from core.server_settings import ServerAddress, ServerSettings
from core.types.scores import VisualTokens
from tests.core.mllm.remote.fake_server import FakeServer

FAST = Backoff(first_s=0.01, longest_s=0.02)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    running = FakeServer()
    yield running
    running.close()


class NoFiles:
    def load(self, record):
        raise AssertionError("pixels are given")


@pytest.fixture
def images() -> ServerImages:
    return ServerImages(NoFiles(), 768)


@pytest.fixture
def pictures(images: ServerImages) -> list[VisualTokens]:
    """Ten plain pictures from dark to light; the first is the query."""
    pixels = [np.full((32, 40, 3), 24 * i, np.uint8) for i in range(10)]
    return images.encode(pixels)


@pytest.fixture
def make_scorer(server: FakeServer, images: ServerImages) -> Callable[..., ServerScorer]:
    def make(
        protocol: PairProtocol | None = None,
        *,
        url: str | None = None,
        key: str | None = None,
        backoff: Backoff = FAST,
        credentials: tuple[str, str] | None = None,
        **settings: object,
    ) -> ServerScorer:
        address = ServerAddress(url or server.url, "tiny-vl", credentials)
        chosen = ServerSettings.model_validate({"retries": 2, **settings})
        return ServerScorer(
            ServerClient(address, chosen, key, backoff),
            protocol or ChatProtocol("tiny-vl", PRESETS["object"]),
            images,
            address,
            engine=chosen.engine,
            concurrency=chosen.concurrency,
        )

    return make
