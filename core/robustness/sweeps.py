"""Push one image of a pair level by level and read margin, probability, cosine and rank.

Everything is addressed by the content of the perturbed pixels, so a level that was scored before is
read from the stores, whatever recipe led to the same pixels.
"""

import hashlib
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError
from core.interfaces import (
    Descriptor,
    ImageSource,
    PairScorer,
    PairTokens,
    Reranker,
    TokenEncoder,
)
from core.reranking.pointwise import as_pair_score, as_stored
from core.robustness.breaking import with_breaking
from core.robustness.hard_negatives import HardNegatives
from core.robustness.levels import SPECS
from core.robustness.pasting import Cutout, Perturbed
from core.robustness.perturbations import perturb
from core.storage.scores import ScoreStore
from core.storage.tokens import DescriptorStore
from core.types import (
    MARGIN,
    ImageRecord,
    ObjectBox,
    PairScore,
    PerturbationSpec,
    Relevance,
    ResponseCurve,
    ResponsePoint,
    ScoreKind,
    Shortlist,
    SweepRequest,
    VisualTokens,
)


@dataclass(frozen=True, slots=True, eq=False)
class SweepPair:
    """The two images of a sweep and what is known around them.

    `relevance` None means that no negative is known: there is no dashed line. `cutouts` are what
    clutter pastes, in order.
    """

    query: ImageRecord
    candidate: ImageRecord
    shortlist: Shortlist
    relevance: Relevance | None
    box: ObjectBox
    cutouts: Sequence[Cutout]
    depth: int


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    strength: float
    perturbed: Perturbed
    key: str


class Sweeper:
    """Runs sweeps with the same models, stores and cache as the re-ranker.

    Args:
        images: Opens image files.
        encoder: The MLLM's vision encoder, for descriptors made of its tokens.
        scorer: The MLLM, or another scorer of tokens.
        descriptor: The first stage's model.
        vectors: Descriptor store; perturbed images are added, one shard per sweep.
        tokens: What the scorer is shown of an image on either side.
        scores: The score cache.
        reranker: Scores the unperturbed query's shortlist.
        database: Database images by id.
        kind: What the scorer's scores are called.
    """

    def __init__(
        self,
        images: ImageSource,
        encoder: TokenEncoder,
        scorer: PairScorer,
        descriptor: Descriptor,
        vectors: DescriptorStore,
        tokens: PairTokens,
        scores: ScoreStore,
        reranker: Reranker,
        database: Mapping[str, ImageRecord],
        kind: ScoreKind = MARGIN,
    ) -> None:
        self._images = images
        self._encoder = encoder
        self._scorer = scorer
        self._descriptor = descriptor
        self._vectors = vectors
        self._tokens = tokens
        self._scores = scores
        self._reranker = reranker
        self._database = database
        self._kind = kind

    def sweep(self, request: SweepRequest, pair: SweepPair) -> Iterator[ResponseCurve]:
        """Yield the curve after every level, the last one with its breaking strengths.

        Cost: one encoding per level that is not stored; on the query side one prefix per level and
        a pass over the ranked candidates' stored tokens, on the candidate side one prefix in all.

        Raises:
            ImageError: An image cannot be decoded.
            ModelError: The model failed.
        """
        spec = SPECS[request.name]
        levels = self._levels(request, pair, spec)
        baseline = self._baseline(pair)
        hard = HardNegatives(pair.shortlist, pair.relevance, pair.depth, baseline)
        curve = ResponseCurve(
            query_id=pair.query.image_id,
            candidate_id=pair.candidate.image_id,
            spec=replace(spec, levels=tuple(level.strength for level in levels)),
            side=request.side,
            pair=request.pair,
            box=pair.box,
            seed=request.seed,
            points=(),
            hard_negative_margin=hard.margin,
            hard_negative_cosine=hard.cosine,
            n_ranked=len(self._rivals(request, pair, baseline)),
            breaking_margin=None,
            breaking_cosine=None,
            kind=self._kind,
        )
        unscored = self._unscored(request, pair, levels, baseline, hard)
        encoded = self._encode(request, levels, unscored)
        cosines = self._cosines(request, pair, levels)
        for number, level in enumerate(levels):
            point = self._point(request, pair, level, encoded.get(level.key), baseline, hard)
            point = replace(point, cosine=cosines[number])
            curve = replace(curve, points=(*curve.points, point))
            if number + 1 < len(levels):
                yield curve
        yield with_breaking(curve)

    def _levels(
        self, request: SweepRequest, pair: SweepPair, spec: PerturbationSpec
    ) -> list[_Level]:
        damaged = (
            pair.query if request.side == "query" or request.pair == "self" else pair.candidate
        )
        image = self._images.load(damaged)
        levels: list[_Level] = []
        for strength in request.levels or spec.levels:
            made = perturb(image, request.name, strength, pair.box, request.seed, pair.cutouts)
            levels.append(_Level(strength, made, pixel_key(made.image)))
        return levels

    def _baseline(self, pair: SweepPair) -> dict[str, float]:
        """Score the unperturbed query's first `depth` where missing; return margins by id."""
        margins: dict[str, float] = {}
        for batch in self._reranker.rerank(pair.query, pair.shortlist, pair.depth):
            margins |= {one.image_id: one.margin for one in batch if isinstance(one, PairScore)}
        return margins

    def _rivals(
        self, request: SweepRequest, pair: SweepPair, baseline: Mapping[str, float]
    ) -> tuple[str, ...]:
        """Return the images that a rank is counted over, without the pair's own candidate."""
        n = request.n_ranked if request.side == "query" else pair.depth
        own = pair.candidate.image_id if request.pair == "positive" else pair.query.image_id
        return tuple(i for i in pair.shortlist.image_ids[:n] if i in baseline and i != own)

    def _unscored(
        self,
        request: SweepRequest,
        pair: SweepPair,
        levels: Sequence[_Level],
        baseline: Mapping[str, float],
        hard: HardNegatives,
    ) -> frozenset[str]:
        """Return the keys of the levels of which a score is not stored yet."""
        keys = frozenset(level.key for level in levels)
        if request.side == "candidate":
            stored = self._scores.get(self._scorer.fingerprint, pair.query.sha256, list(keys))
            return keys - stored.keys()
        others = {*self._rivals(request, pair, baseline), *hard.image_ids}
        needed = {pair.candidate.sha256, *(self._database[i].sha256 for i in others)}
        return frozenset(
            key
            for key in keys
            if needed - self._scores.get(self._scorer.fingerprint, key, list(needed)).keys()
        )

    def _encode(
        self, request: SweepRequest, levels: Sequence[_Level], unscored: Set[str]
    ) -> dict[str, VisualTokens]:
        """Encode in one batch the levels without a score or a vector; equal pixels once."""
        unique = {
            level.key: level.perturbed.image
            for level in levels
            if level.key in unscored or level.key not in self._vectors
        }
        if not unique:
            return {}
        keys, images = list(unique), list(unique.values())
        tokens = self._encoder.encode(images)
        missing = [i for i, key in enumerate(unique) if key not in self._vectors]
        if missing:
            vectors = self._descriptor.describe_encoded(
                [images[i] for i in missing], [tokens[i] for i in missing]
            )
            self._vectors.append([keys[i] for i in missing], vectors)
        side = self._tokens.queries if request.side == "query" else self._tokens.candidates
        return dict(zip(keys, side.encode(images, tokens), strict=True))

    def _cosines(
        self, request: SweepRequest, pair: SweepPair, levels: Sequence[_Level]
    ) -> list[float]:
        other = pair.candidate if request.side == "query" else pair.query
        if request.pair == "self":
            other = pair.query
        fixed = self._vector(other)
        moved = self._vectors.get([level.key for level in levels])
        return [float(cosine) for cosine in moved @ fixed]

    def _vector(self, record: ImageRecord) -> NDArray[np.float32]:
        if record.sha256 not in self._vectors:
            vector = self._descriptor.describe([self._images.load(record)])
            self._vectors.append([record.sha256], vector)
        return self._vectors.get([record.sha256])[0]

    def _point(
        self,
        request: SweepRequest,
        pair: SweepPair,
        level: _Level,
        tokens: VisualTokens | None,
        baseline: Mapping[str, float],
        hard: HardNegatives,
    ) -> ResponsePoint:
        rivals = self._rivals(request, pair, baseline)
        if request.side == "query":
            return self._query_point(pair, level, tokens, rivals, hard.image_ids)
        score = self._candidate_score(pair, level, tokens)
        rank = 1 + sum(baseline[i] > score.margin for i in rivals)
        return _point(level, score, rank, None)

    def _query_point(
        self,
        pair: SweepPair,
        level: _Level,
        tokens: VisualTokens | None,
        rivals: Sequence[str],
        hard_ids: Sequence[str],
    ) -> ResponsePoint:
        others = list(dict.fromkeys([*rivals, *hard_ids]))
        records = [pair.candidate, *(self._database[i] for i in others)]
        scores = self._score(level.key, tokens, records)
        own = scores[pair.candidate.sha256]
        margins = {i: scores[self._database[i].sha256].margin for i in others}
        rank = 1 + sum(margins[i] > own.margin for i in rivals)
        hard = [margins[i] for i in hard_ids]
        return _point(level, own, rank, statistics.fmean(hard) if hard else None)

    def _candidate_score(
        self, pair: SweepPair, level: _Level, tokens: VisualTokens | None
    ) -> PairScore:
        fingerprint, key = self._scorer.fingerprint, pair.query.sha256
        stored = self._scores.get(fingerprint, key, [level.key])
        if level.key not in stored:
            assert tokens is not None, "a level without a score was encoded"
            query = self._tokens.queries.tokens(pair.query)
            (logits,) = [one for batch in self._scorer.score(query, [tokens], 0) for one in batch]
            self._scores.put(fingerprint, key, {level.key: as_stored(logits)})
            stored = {level.key: as_stored(logits)}
        return as_pair_score(key, level.key, stored[level.key], fingerprint)

    def _score(
        self, query_key: str, query: VisualTokens | None, records: Sequence[ImageRecord]
    ) -> dict[str, PairScore]:
        """Return scores by image SHA-256 against a perturbed query, from the cache where stored."""
        fingerprint = self._scorer.fingerprint
        keys = {record.sha256: record for record in records}
        stored = self._scores.get(fingerprint, query_key, list(keys))
        missing = [key for key in keys if key not in stored]
        if missing:
            assert query is not None, "a level without all scores was encoded"
            candidates = [self._tokens.candidates.tokens(keys[key]) for key in missing]
            waiting = iter(missing)
            for batch in self._scorer.score(query, candidates, 0):
                new = {next(waiting): as_stored(logits) for logits in batch}
                self._scores.put(fingerprint, query_key, new)
                stored |= new
        return {
            key: as_pair_score(query_key, key, score, fingerprint) for key, score in stored.items()
        }


def pixel_key(image: NDArray[np.uint8]) -> str:
    """Return the SHA-256 hex of an image's size and pixels: the address of a perturbed image."""
    shape = ",".join(str(n) for n in image.shape)
    return hashlib.sha256(f"pixels {shape} ".encode() + image.tobytes()).hexdigest()


def check_request(request: SweepRequest) -> None:
    """Refuse levels that are no numbers or lack the neutral one.

    Raises:
        SettingsError: One sentence that names them.
    """
    spec = SPECS[request.name]
    if request.levels is None:
        return
    if not request.levels or not all(math.isfinite(level) for level in request.levels):
        raise SettingsError(
            f"The levels of {request.name} must be numbers; leave them out instead."
        )
    if spec.neutral not in request.levels:
        raise SettingsError(
            f"The levels of {request.name} must hold the neutral one, {spec.neutral:g} {spec.unit}."
        )


def _point(
    level: _Level, score: PairScore, rank: int, perturbed_negative_margin: float | None
) -> ResponsePoint:
    return ResponsePoint(
        strength=level.strength,
        margin=score.margin,
        probability=score.probability,
        cosine=None,
        rank=rank,
        perturbed_negative_margin=perturbed_negative_margin,
        pasted=level.perturbed.pasted,
    )
