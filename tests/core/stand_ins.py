"""Small real implementations of the model Protocols: colours instead of weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.annotation.store import AnnotationStore
from core.bench.scorer_choice import score_kind, second_stage, without_self_test
from core.bench.session import Models, Session
from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.corpus.uploads import Uploads
from core.errors import ModelError, SecondLookError
from core.fingerprint import digest
from core.interfaces import PairTokens
from core.mllm.compression.coding import Int8Coder
from core.mllm.compression.grammar import Compression, parse_compression
from core.mllm.compression.packing import TokenPacker
from core.mllm.maxsim import MaxSimScorer
from core.mllm.selftest import SelfTest
from core.mllm.token_source import TokenSource
from core.reranking.geometric import GeometricScorer, KeypointSource
from core.retrieval.indexing import Indexer
from core.robustness.damaged import DamagedImages
from core.robustness.level_scores import LevelScores
from core.robustness.sweeps import Sweeper
from core.settings import Settings, load_settings
from core.storage.imports import Imports
from core.storage.scores import ScoreStore
from core.storage.thumbnails import Thumbnails
from core.storage.tokens import DescriptorStore, TokenStore
from core.storage.workspace import Workspace
from core.types.scores import VisualTokens
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


@dataclass(frozen=True)
class Logits:
    logit_yes: float
    logit_no: float
    answer_mass: float | None = 0.9
    seconds: float = 0.001

    @property
    def margin(self) -> float:
        return self.logit_yes - self.logit_no


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
    ) -> Iterator[list[Logits]]:
        for start in range(0, len(candidates), self.batch):
            group = candidates[start : start + self.batch]
            self.n_scored += len(group)
            self.calls.append(len(group))
            yield [
                Logits(1.0, 10.0 * float(np.mean((query_tokens.tokens - c.tokens) ** 2)))
                for c in group
            ]


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
    """Open a workbench as `core.assembly` does, with colours for models."""
    chosen = load_settings(None, {"corpus": corpus, "workspace": workspace, **settings})
    chosen.check_scorer()
    space = Workspace(workspace)
    opened = open_corpus(corpus, space.file_cache)
    images = ImageOpener(corpus, space.uploads)
    scores = ScoreStore(space.scores)
    if chosen.import_name is not None:
        try:
            Imports(space.imports).get(chosen.import_name)
        except SecondLookError:
            scores.close()
            space.close()
            raise
    tower, scorer = tower or ColourTower(), scorer or ColourScorer()
    vectors = DescriptorStore(space.descriptors(tower.fingerprint), tower.fingerprint)
    damaged = DamagedImages(images, tower, tower, vectors)

    def load(chosen: Settings) -> Models:
        compression = parse_compression(chosen.model.compression).candidate
        packer = _packer(tower, compression)
        tokens = TokenStore(space.tokens(packer.fingerprint), packer.fingerprint)
        plain = compression == Compression()
        asked = scorer if plain else replace(scorer, name=f"{scorer.name} {compression}")
        database = {record.image_id: record for record in opened.database}
        source = TokenSource(images, packer, tokens)
        pair = PairTokens(source, source)
        maxsim = MaxSimScorer(
            lambda: {"tower": tower.name, "compression": str(compression)}, torch.device("cpu")
        )
        is_geometric = chosen.ranking.scorer == "geometric"
        used = maxsim if chosen.ranking.scorer == "maxsim" else asked
        if is_geometric:
            found = KeypointSource(images)
            used, pair = GeometricScorer(), PairTokens(found, found)
        imports = Imports(space.imports)
        stage = second_stage(chosen, (used, pair), (maxsim, pair), scores, imports, database)
        kind = score_kind(chosen)
        return Models(
            scorer=stage.scorer,
            descriptor=tower,
            tokens=tokens,
            vectors=vectors,
            indexer=Indexer(images, source, tower, source, source, vectors),
            reranker=stage.reranker,
            sweeper=Sweeper(
                damaged,
                LevelScores(used, pair, scores),
                pair,
                stage.reranker,
                database,
                kind,
                from_tower=not is_geometric,
            )
            if stage.scores_images
            else None,
            labels={"device": "cpu", "dtype": "float32"},
            middle=stage.middle,
            timed=None if chosen.import_name else (used, pair),
            self_test=_passed
            if chosen.import_name is None
            else without_self_test(chosen.import_name),
            require_trusted=lambda: None,
        )

    annotations = AnnotationStore(space.annotations)

    def close() -> None:
        annotations.close()
        scores.close()
        space.close()

    return Workbench(_session(chosen, space, opened, images, annotations, scores, load, close))


def _packer(tower: ColourTower, compression: Compression) -> TokenPacker:
    if compression.pixels is not None:
        raise ModelError(f"Colours have no resolution, so {compression.pixels} is not for them.")
    coder = None if compression.coded is None else Int8Coder()
    return TokenPacker(tower, compression, coder, ("float32", 3))


def _passed() -> SelfTest:
    return SelfTest((1.0,), (0.0,), (0.0,), 0.9, "passed", "Colours differ.")


def _session(
    settings: Settings, space: Workspace, opened, images, annotations, scores, load, close
) -> Session:
    return Session(
        settings=settings,
        workspace=space,
        corpus=opened,
        images=images,
        uploads=Uploads(space.uploads, 2**20),
        thumbnails=Thumbnails(space.thumbnails, images),
        annotations=annotations,
        scores=scores,
        load_models=load,
        close=close,
    )
