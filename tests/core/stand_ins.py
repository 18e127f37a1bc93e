"""Small real implementations of the model Protocols: colours instead of weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.assembly.bench import open_workbench
from core.assembly.models import Places, Weights, Words
from core.errors import ModelError
from core.fingerprint import digest
from core.mllm.compression.coding import Int8Coder
from core.mllm.compression.grammar import Compression
from core.mllm.compression.packing import TokenPacker
from core.mllm.maxsim import MaxSimScorer
from core.mllm.several import Chosen
from core.mllm.token_source import TokenSource
from core.robustness.damaged import DamagedImages
from core.settings import Settings, load_settings
from core.storage.tokens import DescriptorStore, TokenStore
from core.types.scores import PairLogits, VisualTokens
from core.workbench import Workbench

GRID = 4


@dataclass
class ColourTower:
    """Tokens are the mean colours of a 4 x 4 grid; counts how many images it encoded."""

    name: str = "colour"
    n_encoded: int = 0
    takes_tokens: bool = True

    @property
    def tower_fingerprint(self) -> str:
        return digest({"tower": self.name})

    @property
    def fingerprint(self) -> str:
        return digest({"descriptor": self.name})

    def encode(self, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
        self.n_encoded += len(images)
        return [_tokens(image) for image in images]

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        return self.describe_encoded(images, [_tokens(image) for image in images])

    def describe_encoded(
        self, images: Sequence[NDArray[np.uint8]], tokens: Sequence[VisualTokens]
    ) -> NDArray[np.float32]:
        vectors = np.stack([t.tokens.mean(axis=0) for t in tokens]) + 1e-3
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass
class ColourScorer:
    """Margin = 1 - 10 x mean squared difference of the tokens; counts the pairs it scored."""

    name: str = "colour"
    batch: int = 2
    n_scored: int = 0
    calls: list[int] = field(default_factory=list)
    receipt_fields: Mapping[str, str] = field(default_factory=lambda: {"scorer": "colour"})

    @property
    def fingerprint(self) -> str:
        return digest({"scorer": self.name})

    def score(
        self, query_tokens: VisualTokens, candidates: Sequence[VisualTokens], mass_first: int = 8
    ) -> Iterator[list[PairLogits]]:
        for start in range(0, len(candidates), self.batch):
            group = candidates[start : start + self.batch]
            self.n_scored += len(group)
            self.calls.append(len(group))
            apart = [_difference(query_tokens.tokens, one.tokens) for one in group]
            yield [PairLogits(1.0, 10.0 * gap, 0.9, 0.001) for gap in apart]


def _difference(first: NDArray, second: NDArray) -> float:
    """The mean squared difference; of the mean colours where the two hold other tokens."""
    if first.shape != second.shape:
        first, second = first.mean(axis=0), second.mean(axis=0)
    return float(np.mean((first - second) ** 2))


def _tokens(image: NDArray[np.uint8]) -> VisualTokens:
    height, width = image.shape[0] // GRID * GRID, image.shape[1] // GRID * GRID
    cells = image[:height, :width].reshape(GRID, height // GRID, GRID, width // GRID, 3)
    colours = cells.mean(axis=(1, 3)).reshape(-1, 3).astype(np.float32) / 255
    rows, columns = np.divmod(np.arange(GRID * GRID), GRID)
    positions = np.stack([rows, columns], axis=1).astype(np.int16)
    return VisualTokens(colours, "float32", positions, (GRID, GRID), GRID * GRID)


def make_workbench(
    corpus: Path,
    workspace: Path,
    *,
    tower: ColourTower | None = None,
    scorer: ColourScorer | None = None,
    **settings: object,
) -> Workbench:
    """Open a workbench as users do, with colours for models."""
    chosen = load_settings(
        None,
        {"corpus": corpus, "workspace": workspace, "serve.upload_quota_mib": 1, **settings},
    )
    models = ColourModels(tower or ColourTower(), scorer or ColourScorer())
    return open_workbench(chosen, models.load)


@dataclass
class ColourModels:
    """The models of a bench, as `core.assembly.models.load_weights` loads real ones."""

    tower: ColourTower
    scorer: ColourScorer

    def load(self, settings: Settings, places: Places) -> Weights:
        tower = self.tower
        folder = places.workspace.descriptors(tower.fingerprint)
        vectors = DescriptorStore(folder, tower.fingerprint)
        return Weights(
            descriptor=tower,
            vectors=vectors,
            sources=ColourSources(tower, places),
            damaged=DamagedImages(places.images, tower, tower, vectors),
            facts={"device": "cpu", "dtype": "float32"},
            scorer=self.asked,
            maxsim=lambda words: MaxSimScorer(
                lambda: {"tower": tower.name, **words()}, torch.device("cpu")
            ),
            is_tested=True,
            several=lambda words: ColourAsker(words()),
        )

    def asked(self, words: Words) -> ColourScorer:
        """The scorer itself, or a copy of another name where tokens are compressed."""
        compression = words()["compression"]
        if compression == "none":
            return self.scorer
        return replace(self.scorer, name=f"{self.scorer.name} {compression}")


@dataclass
class ColourAsker:
    """Names candidates by the difference of their colours; writes `says` where it is given."""

    fields: Mapping[str, str]
    says: str | None = None
    n_asked: int = 0

    def _apart(self, query: VisualTokens, candidates: Sequence[VisualTokens]) -> NDArray:
        self.n_asked += 1
        return np.array([_difference(query.tokens, one.tokens) for one in candidates])

    def choose(self, query: VisualTokens, candidates: Sequence[VisualTokens]) -> Chosen:
        near = -10.0 * self._apart(query, candidates)
        logs = near - np.log(np.exp(near).sum())
        return Chosen(tuple(logs.tolist()), 1.0)

    def say(self, question: str, query: VisualTokens, candidates: Sequence[VisualTokens]) -> str:
        order = np.argsort(self._apart(query, candidates), kind="stable")
        return self.says or " > ".join(f"[{place + 1}]" for place in order)


class ColourSources:
    def __init__(self, tower: ColourTower, places: Places) -> None:
        self._tower = tower
        self._places = places
        self._made: dict[str, TokenSource] = {}

    def get(self, compression: Compression) -> TokenSource:
        packer = _packer(self._tower, compression)
        if packer.fingerprint not in self._made:
            folder = self._places.workspace.tokens(packer.fingerprint)
            store = TokenStore(folder, packer.fingerprint)
            self._made[packer.fingerprint] = TokenSource(self._places.images, packer, store)
        return self._made[packer.fingerprint]


def _packer(tower: ColourTower, compression: Compression) -> TokenPacker:
    if compression.pixels is not None:
        raise ModelError(f"Colours have no resolution, so {compression.pixels} is not for them.")
    coder = None if compression.coded is None else Int8Coder()
    return TokenPacker(tower, compression, coder, ("float32", 3))
