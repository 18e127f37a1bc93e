"""Push one image of a pair level by level and read margin, probability, cosine and rank."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.analysis.outcomes import hard_negatives
from core.interfaces import LevelScorer, Reranker, Shown
from core.robustness.breaking import with_breaking
from core.robustness.damaged import DamagedImages, Level, Make, SweepPair
from core.robustness.levels import SPECS
from core.robustness.perturbations import perturb
from core.robustness.term_falls import term_falls
from core.types.corpus import ImageRecord, Relation
from core.types.robustness import Damage, ResponseCurve, ResponsePoint, Rival
from core.types.scores import MARGIN, PairScore, ScoreKind
from core.types.sweeps import SweepRequest


@dataclass(frozen=True, slots=True)
class HardNegatives:
    """The dashed lines of a sweep, undamaged; everything is missing where no negative is known.

    `image_ids` are the scorer's hard negatives, `margin` and `cosine` the mean scores of both
    stages' own.
    """

    image_ids: tuple[str, ...] = ()
    margin: float | None = None
    cosine: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What is known before the first level: the undamaged scores, the lines, who is ranked.

    `rivals` are the other images of the undamaged shortlist that a rank is counted over, `rival`
    is the one that is followed level by level.
    """

    baseline: Mapping[str, float]
    hard: HardNegatives
    rivals: tuple[str, ...]
    rival: Rival | None = None

    @property
    def followed(self) -> tuple[str, ...]:
        """The images that are scored at every level, ranked or not."""
        return (*self.hard.image_ids, *(() if self.rival is None else (self.rival.image_id,)))


@dataclass(frozen=True, slots=True, eq=False)
class Sweeper:
    """Runs sweeps with the same models, stores and cache as the re-ranker.

    Args:
        damaged: Makes and describes damaged images.
        scores: The scorer's scores of them.
        reranker: Scores the unperturbed query's shortlist.
        database: Database images by id.
        kind: What the scorer's scores are called.
    """

    damaged: DamagedImages
    scores: LevelScorer
    reranker: Reranker
    database: Mapping[str, ImageRecord]
    kind: ScoreKind = MARGIN

    def sweep(self, request: SweepRequest, pair: SweepPair) -> Iterator[ResponseCurve]:
        """Yield the curve after every level, the last one with its breaking strengths.

        Cost: one encoding per level that is not stored; on the query side one prefix per level and
        a pass over the ranked candidates' stored tokens, on the candidate side one prefix in all.
        The rival is one of the hard negatives, which are passed over already; a positive rival
        beyond the ranked candidates is one more pair per level, on the query side.

        Raises:
            ImageError: An image cannot be decoded.
            ModelError: The model failed.
        """
        strengths = request.levels or SPECS[request.name].levels
        makers: dict[tuple[float, ...], Make] = {
            (strength,): partial(
                perturb,
                name=request.name,
                strength=strength,
                box=pair.box,
                seed=request.damage.seed,
                cutouts=pair.cutouts,
            )
            for strength in strengths
        }
        ground = self.ground(request.damage, pair)
        curve = empty_curve(request, pair, ground, self.kind)
        for point in self.points(request.damage, pair, makers, ground):
            curve = replace(curve, points=(*curve.points, point))
            if len(curve.points) < len(makers):
                yield curve
        finished = with_breaking(curve)
        yield replace(finished, term_falls=term_falls(finished))

    def ground(self, damage: Damage, pair: SweepPair) -> Ground:
        """Score the unperturbed query's first `depth` where missing, and draw the lines."""
        return ground_of(self.reranker, damage, pair)

    def points(
        self,
        damage: Damage,
        pair: SweepPair,
        makers: Mapping[tuple[float, ...], Make],
        ground: Ground,
    ) -> Iterator[ResponsePoint]:
        """Yield one point per damaged image, in order; its strength is the first of the maker's.

        Raises:
            ImageError: An image cannot be decoded.
            ModelError: The model failed.
        """
        levels = self.damaged.levels(pair.damaged(damage), makers)
        needed = frozenset(
            level.key for level in levels if not self._is_scored(damage, pair, level, ground)
        )
        is_query = damage.side == "query"
        readers = self.scores.query_readers if is_query else self.scores.candidate_readers
        shown = self.damaged.shown(levels, needed, readers)
        cosines = self._cosines(damage, pair, levels)
        for level, cosine in zip(levels, cosines, strict=True):
            point = self._point(damage, pair, level, shown.get(level.key, {}), ground)
            yield replace(point, cosine=cosine)

    def _is_scored(self, damage: Damage, pair: SweepPair, level: Level, ground: Ground) -> bool:
        if damage.side == "candidate":
            return self.scores.is_stored(pair.query.asked_key, [level.key])
        if damage.retrieve_again and not self.damaged.is_described(level.key):
            return False
        others = {*self._ranked(damage, pair, level, ground), *ground.followed}
        keys = [pair.candidate.sha256, *(self.database[i].sha256 for i in others)]
        return self.scores.is_stored(level.key, keys)

    def _ranked(
        self, damage: Damage, pair: SweepPair, level: Level, ground: Ground
    ) -> Sequence[str]:
        """Return the images that the rank of a damaged query's pair is counted over."""
        if not damage.retrieve_again:
            return ground.rivals
        n, own = len(ground.rivals), own_id(damage, pair)
        (vector,) = self.damaged.vectors([level])
        return [i for i in pair.retrieve(vector, n + 1) if i != own][:n]

    def _cosines(self, damage: Damage, pair: SweepPair, levels: Sequence[Level]) -> list[float]:
        is_query = damage.side == "query" and damage.pair == "positive"
        fixed = self.damaged.vector(pair.candidate if is_query else pair.query)
        return [float(cosine) for cosine in self.damaged.vectors(levels) @ fixed]

    def _point(
        self,
        damage: Damage,
        pair: SweepPair,
        level: Level,
        shown: Shown,
        ground: Ground,
    ) -> ResponsePoint:
        if damage.side == "candidate":
            score = self.scores.of_candidate(pair.query, level.key, pair.candidate, shown)
            point = _point(level, score, rank_of(score.margin, ground), None)
            return replace(point, rival_margin=_rival_margin(ground, ground.baseline))
        rivals, hard_ids = self._ranked(damage, pair, level, ground), ground.hard.image_ids
        others = list(dict.fromkeys([*rivals, *ground.followed]))
        records = [pair.candidate, *(self.database[i] for i in others)]
        scores = self.scores.of_query(level.key, shown, records)
        own = scores[pair.candidate.sha256]
        margins = {i: scores[self.database[i].sha256].margin for i in others}
        rank = 1 + sum(margins[i] > own.margin for i in rivals)
        point = _point(level, own, rank, _mean(margins, hard_ids))
        return replace(point, rival_margin=_rival_margin(ground, margins))


def ground_of(reranker: Reranker, damage: Damage, pair: SweepPair) -> Ground:
    """Score the unperturbed query's first `depth` where missing, and draw the lines."""
    baseline: dict[str, float] = {}
    for batch in reranker.rerank(pair.query, pair.shortlist, pair.depth):
        baseline |= {one.image_id: one.margin for one in batch if isinstance(one, PairScore)}
    hard, rivals = _hard_negatives(pair, baseline), _rivals(damage, pair, baseline)
    return Ground(baseline, hard, rivals, _rival(damage, pair, baseline))


def _hard_negatives(pair: SweepPair, baseline: Mapping[str, float]) -> HardNegatives:
    if pair.relevance is None:
        return HardNegatives()
    listed = pair.shortlist.image_ids
    cosines = dict(zip(listed, pair.shortlist.cosines.tolist(), strict=True))
    own = hard_negatives(listed, pair.relevance, baseline)
    by_cosine = hard_negatives(listed, pair.relevance, cosines)
    return HardNegatives(own, _mean(baseline, own), _mean(cosines, by_cosine))


def _rival(damage: Damage, pair: SweepPair, baseline: Mapping[str, float]) -> Rival | None:
    """Return the image that is followed beside the pair; None where none of its kind is known."""
    if pair.relevance is None:
        return None
    wanted: Relation = "positive" if _relation(damage, pair) == "negative" else "negative"
    own = own_id(damage, pair)
    known = [
        i
        for i in pair.shortlist.image_ids
        if i in baseline and i != own and pair.relevance.relation(i) == wanted
    ]
    best = max(known, key=lambda i: baseline[i], default=None)
    return None if best is None else Rival(best, wanted)


def _relation(damage: Damage, pair: SweepPair) -> Relation | None:
    if damage.pair == "self" or pair.relevance is None:
        return None
    return pair.relevance.relation(pair.candidate.image_id)


def _rival_margin(ground: Ground, margins: Mapping[str, float]) -> float | None:
    return None if ground.rival is None else margins[ground.rival.image_id]


def _mean(scores: Mapping[str, float], image_ids: Sequence[str]) -> float | None:
    return statistics.fmean(scores[i] for i in image_ids) if image_ids else None


def rank_of(margin: float, ground: Ground) -> int:
    """Return 1 + the number of ranked images whose undamaged score is above this one."""
    return 1 + sum(ground.baseline[i] > margin for i in ground.rivals)


def empty_curve(
    request: SweepRequest, pair: SweepPair, ground: Ground, kind: ScoreKind
) -> ResponseCurve:
    """Return a curve before its first point."""
    spec = SPECS[request.name]
    return ResponseCurve(
        query_id=pair.query.image_id,
        candidate_id=pair.candidate.image_id,
        spec=replace(spec, levels=tuple(request.levels or spec.levels)),
        damage=request.damage,
        box=pair.box,
        points=(),
        hard_negative_margin=ground.hard.margin,
        hard_negative_cosine=ground.hard.cosine,
        n_ranked=len(ground.rivals),
        breaking_margin=None,
        breaking_cosine=None,
        kind=kind,
        relation=_relation(request.damage, pair),
        rival=ground.rival,
    )


def _rivals(damage: Damage, pair: SweepPair, baseline: Mapping[str, float]) -> tuple[str, ...]:
    """Return the images that a rank is counted over, without the pair's own candidate."""
    is_all = damage.side == "candidate" or damage.full_depth
    listed = pair.shortlist.image_ids[: None if is_all else damage.n_ranked]
    own = own_id(damage, pair)
    return tuple(i for i in listed if i in baseline and i != own)


def own_id(damage: Damage, pair: SweepPair) -> str:
    """Return the image whose rank is counted."""
    return pair.candidate.image_id if damage.pair == "positive" else pair.query.image_id


def _point(
    level: Level, score: PairScore, rank: int, perturbed_negative_margin: float | None
) -> ResponsePoint:
    return ResponsePoint(
        strength=level.strengths[0],
        margin=score.margin,
        probability=score.probability,
        shares=score.shares,
        cosine=None,
        rank=rank,
        perturbed_negative_margin=perturbed_negative_margin,
        pasted=level.perturbed.pasted,
    )
