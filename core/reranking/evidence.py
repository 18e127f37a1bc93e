"""Joined evidence: several stages' scores of a pair as one log-odds, with each term's share.

log-odds = offset + sum of weight * feature over the terms, in nats. The terms' scores are read
from their own caches and computed where they are missing; nothing else is stored.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.errors import SettingsError
from core.interfaces import LevelReader, LevelScorer, Reranker, Scorer, Shown
from core.reranking.built import BuiltStage, RunningStage
from core.types.corpus import ImageRecord
from core.types.evidence import EvidenceFit
from core.types.scores import OFFSET, FailedPair, PairScore, Shortlist, sigmoid

_OF_THE_MACHINE = frozenset(
    ("tower dtype", "image processor", "attention kernel", "dtype", "opencv")
)
"""Fields of a receipt that may differ between the machine that fitted and the one that uses."""
_OF_THE_CORPUS = frozenset(("database", "descriptor"))
"""Fields that name images, or a descriptor together with the number type it ran in."""


@dataclass(frozen=True, slots=True)
class Term:
    """A stage that a fit names, ready to score: its name there, weight, scorer and re-ranker.

    `levels` scores damaged images; None where the stage cannot.
    """

    stage: str
    weight: float
    scorer: Scorer
    reranker: Reranker
    levels: LevelScorer | None


def feature(stage: str, score: float) -> float:
    """Return what a weight is multiplied with: log(1 + inliers) for `geometric`, else the score."""
    return math.log1p(score) if stage.partition(":")[0] == "geometric" else score


def identity(scorer: Scorer) -> dict[str, str]:
    """Return what of a scorer must be the same for a fitted weight to hold."""
    left_out = _OF_THE_MACHINE | _OF_THE_CORPUS
    return {name: text for name, text in scorer.receipt_fields.items() if name not in left_out}


def require_fitted_for(fit: EvidenceFit, terms: Sequence[Term]) -> None:
    """Refuse a fit whose weights are for other scorers than the bench's.

    Raises:
        SettingsError: One sentence that names the term and what differs.
    """
    for kept, term in zip(fit.terms, terms, strict=True):
        own = identity(term.scorer)
        differing = sorted(
            name
            for name in kept.scored_by.keys() | own.keys()
            if kept.scored_by.get(name) != own.get(name)
        )
        if differing:
            raise SettingsError(
                f"Evidence '{fit.name}' was fitted with another model, prompt or setting than this "
                f"bench has ('{differing[0]}' of its term '{term.stage}' differs); fit again with "
                f"`fit {fit.name}`."
            )


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceScorer(Scorer):
    """Says what makes a log-odds another one: weights, offset, and the terms' scorers.

    Args:
        fit: The weights.
        terms: In the order of the fit.
    """

    fit: EvidenceFit
    terms: tuple[Term, ...]

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        weights = " + ".join(f"{term.weight:.6g} {term.stage}" for term in self.terms)
        return {
            "score": f"evidence '{self.fit.name}': log-odds joined from its terms",
            "weights": f"{weights} {self.fit.offset:+.6g}",
            "fitted on": f"{self.fit.fitted_on.corpus}, {self.fit.fitted_on.labels}",
            "fit": self.fit.fingerprint,
            **{f"term {term.stage}": term.scorer.fingerprint for term in self.terms},
        }

    def joined(self, by_term: Mapping[str, Mapping[str, PairScore]]) -> dict[str, PairScore]:
        """Return the log-odds of every pair that all terms have scored, with the terms' shares.

        Args:
            by_term: Each term's scores of one query, by what names the candidates.
        """
        receipt_id = self.fingerprint[:12]  # hashes every term's: once, not per pair
        first, *others = by_term.values()
        return {
            key: self._joined({name: known[key] for name, known in by_term.items()}, receipt_id)
            for key in first
            if all(key in known for known in others)
        }

    def _joined(self, scores: Mapping[str, PairScore], receipt_id: str) -> PairScore:
        shares = {
            term.stage: term.weight * feature(term.stage, scores[term.stage].margin)
            for term in self.terms
        }
        shares[OFFSET] = self.fit.offset
        log_odds = math.fsum(shares.values())
        one = next(iter(scores.values()))
        told = [score.seconds for score in scores.values()]
        seconds = [spent for spent in told if spent is not None]
        return PairScore(
            query_id=one.query_id,
            image_id=one.image_id,
            logit_yes=None,
            logit_no=None,
            margin=log_odds,
            probability=sigmoid(log_odds),
            answer_mass=None,
            receipt_id=receipt_id,
            seconds=sum(seconds) if len(seconds) == len(told) else None,
            shares=shares,
        )


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceReranker:
    """Asks every term for what it lacks, then joins; see `core.interfaces.Reranker`.

    Args:
        scorer: The fit and its terms.
    """

    scorer: EvidenceScorer

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the log-odds of the candidates that every term has scored, by image_id."""
        return self.scorer.joined(
            {term.stage: term.reranker.cached(query, image_ids) for term in self.scorer.terms}
        )

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield an empty batch after each batch of a term, then all log-odds and failures.

        A candidate that one term could not score is failed, with that term's reason.
        """
        head = shortlist.image_ids[:depth]
        reasons: dict[str, str] = {}
        for term in self.scorer.terms:
            for batch in term.reranker.rerank(query, shortlist, depth):
                for one in batch:
                    if isinstance(one, FailedPair):
                        reasons.setdefault(one.image_id, f"{term.stage}: {one.reason}")
                yield []
        failed = [FailedPair(query.image_id, image_id, why) for image_id, why in reasons.items()]
        yield [*self.cached(query, head).values(), *failed]


class EvidenceLevels:
    """Joins the terms' scores of damaged images; see `core.interfaces.LevelScorer`.

    Args:
        scorer: The fit and its terms, each of which can score damaged images.
    """

    def __init__(self, scorer: EvidenceScorer) -> None:
        self._scorer = scorer
        self._levels = {term.stage: term.levels for term in scorer.terms if term.levels is not None}

    @property
    def query_readers(self) -> Mapping[str, LevelReader]:
        """What every term is shown of a damaged query."""
        return self._readers(lambda one: one.query_readers)

    @property
    def candidate_readers(self) -> Mapping[str, LevelReader]:
        """What every term is shown of a damaged candidate."""
        return self._readers(lambda one: one.candidate_readers)

    def is_stored(self, query_key: str, image_keys: Sequence[str]) -> bool:
        """Return whether every term has scored all of these images against a query."""
        return all(one.is_stored(query_key, image_keys) for one in self._levels.values())

    def of_candidate(
        self, query: ImageRecord, key: str, original: ImageRecord, shown: Shown
    ) -> PairScore:
        """Return the log-odds of a damaged candidate."""
        found = {
            name: {key: one.of_candidate(query, key, original, _shown_to(name, shown))}
            for name, one in self._levels.items()
        }
        return self._scorer.joined(found)[key]

    def of_query(
        self, key: str, shown: Shown, records: Sequence[ImageRecord]
    ) -> dict[str, PairScore]:
        """Return log-odds by image SHA-256 against a damaged query."""
        return self._scorer.joined(
            {
                name: one.of_query(key, _shown_to(name, shown), records)
                for name, one in self._levels.items()
            }
        )

    def _readers(
        self, side: Callable[[LevelScorer], Mapping[str, LevelReader]]
    ) -> dict[str, LevelReader]:
        return {
            _join(stage, name): reader
            for stage, one in self._levels.items()
            for name, reader in side(one).items()
        }


def _join(stage: str, name: str) -> str:
    return f"{stage} {name}"


def _shown_to(stage: str, shown: Shown) -> Shown:
    start = _join(stage, "")
    return {name.removeprefix(start): one for name, one in shown.items() if name.startswith(start)}


def joined_stages(fit: EvidenceFit, stages: Sequence[RunningStage]) -> BuiltStage:
    """Return a fit and its terms as one stage.

    Args:
        fit: The weights.
        stages: The fit's terms in its order, ready to score.

    Raises:
        SettingsError: The fit is for other scorers than these.
    """
    terms = tuple(
        Term(one.stage, one.weight.value, stage.scorer, stage.reranker, stage.levels)
        for one, stage in zip(fit.terms, stages, strict=True)
    )
    require_fitted_for(fit, terms)
    scorer = EvidenceScorer(fit, terms)
    can_sweep = all(term.levels is not None for term in terms)
    asked = next((stage for stage in stages if stage.calls_model), stages[0])
    return BuiltStage(
        scorer,
        reranker=EvidenceReranker(scorer),
        facts=asked.built.facts,
        levels=EvidenceLevels(scorer) if can_sweep else None,
        store=asked.built.store,
        terms=tuple(stages),
    )
