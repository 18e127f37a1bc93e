"""Queues that look across all evaluated queries for hard cases, each with its rule in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.annotation.mining import (
    LEAST_DISAGREEMENT,
    PER_QUERY,
    Found,
    Listed,
    disagreements,
    look_alikes,
    merged,
    same_background,
)
from core.bench.orders import Orders
from core.bench.session import Session
from core.errors import AnnotationError
from core.reranking.chosen import imports_of
from core.reranking.imported import ImportedReranker, ImportedScorer
from core.reranking.pipelines import parse_stage
from core.reranking.stages import import_call
from core.sampling import even_rows
from core.storage.imports import Imports
from core.types.annotation import MINED_KINDS, QueueItem, QueueSpec
from core.types.orders import Fusion
from core.types.scorers import DESCRIPTOR_ID

MAX_QUERIES = 2_000
"""Most queries that are looked through; above, they are chosen evenly by their ids."""
MAX_PAIRS = 100_000
"""Most (query, positive) pairs that the look-alikes' least cosine is the median of."""
BACKGROUND = "background"
"""The manifest column that names what an object stands on or in front of."""
_ROUNDING = 1e-6
"""FAISS and numpy sum the products of a float32 cosine in another order."""
VERSUS = " vs "
OWN = "own"
"""The bench's own second stage; others are named as stages are."""
_OLDER = {"scorer": OWN, "cosine": DESCRIPTOR_ID}
"""How older addresses name the bench's own second stage and the descriptor."""

_Scores = Callable[[Listed], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Mined:
    """A queue's pairs in order, and the rule they were chosen by."""

    items: tuple[QueueItem, ...]
    rule: str


class MinedQueues:
    """Makes the queues of `MINED_KINDS` from what is stored; no pair is scored."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders

    def choices(self) -> tuple[tuple[QueueSpec, int], ...]:
        """Return the queues that can be made, with the queries that are looked through.

        Which have pairs is known only when one is made.
        """
        n = min(MAX_QUERIES, len(self._orders.evaluated()))
        pairs = [QueueSpec("disagreement", VERSUS.join(p)) for p in combinations(self._names(), 2)]
        others = [QueueSpec("duplicates"), QueueSpec("background")]
        labelled = others if self._session.corpus.relevance is not None else []
        return tuple((spec, n) for spec in pairs + labelled)

    def make(self, spec: QueueSpec, fusion: Fusion) -> Mined:
        """Return a queue's pairs and rule.

        Raises:
            AnnotationError: There is no such pair of scorers, or the manifest has no background.
        """
        assert spec.kind in MINED_KINDS, "the caller's choice"
        if spec.kind == "disagreement":
            return self._disagreement(spec.name, fusion)
        return self._duplicates(fusion) if spec.kind == "duplicates" else self._same(fusion)

    def _disagreement(self, name: str, fusion: Fusion) -> Mined:
        chosen = [_OLDER.get(one, one) for one in name.split(VERSUS)]
        known = self._names()
        if len(chosen) != 2 or len(set(chosen)) != 2 or not set(chosen) <= set(known):
            raise AnnotationError(
                f"There are no two scorers '{name[:80]}' here; choose two of: {', '.join(known)}, "
                f"joined by '{VERSUS.strip()}'."
            )
        first, second = (self._scores(one, fusion.depth) for one in chosen)
        words = (_words(chosen[0]), _words(chosen[1]))
        found: list[Found] = []
        for listed in self._listed(fusion):
            found += disagreements(listed, first(listed), second(listed), words)
        return Mined(
            merged(found),
            f"Pairs that {words[0]} and {words[1]} rank most differently: |difference of ranks| / "
            f"(n - 1) among the n of the first {fusion.depth} candidates that both scored, at "
            f"least {LEAST_DISAGREEMENT:g}, at most {PER_QUERY} per query{self._limit()}.",
        )

    def _duplicates(self, fusion: Fusion) -> Mined:
        least = self._typical_cosine(self._listed(fusion))
        found: list[Found] = []
        if least is not None:
            for listed in self._listed(fusion):  # made again: all at once would not fit
                found += look_alikes(listed, self._session.database, least - _ROUNDING)
        value = "not known: no positive has a descriptor" if least is None else f"{least:.4f}"
        return Mined(
            merged(found),
            "A query and a database image labelled as different instances whose descriptors are at "
            f"least as alike as the median query and its positive (cosine {value}), most alike "
            f"first, at most {PER_QUERY} per query, from the shortlists{self._limit()}.",
        )

    def _same(self, fusion: Fusion) -> Mined:
        queries = self._session.corpus.queries
        if not any(query.tags.get(BACKGROUND) for query in queries):
            raise AnnotationError(
                "The same background with another object cannot be looked for: the manifest has no "
                f"column '{BACKGROUND}' with a value for a query; add one."
            )
        found: list[Found] = []
        for listed in self._listed(fusion):
            found += same_background(listed, self._session.database, BACKGROUND, fusion.depth)
        return Mined(
            merged(found),
            f"Negatives of another instance whose manifest column '{BACKGROUND}' says the same as "
            f"the query's, among the first {fusion.depth} after re-ranking, best ranks first, at "
            f"most {PER_QUERY} per query{self._limit()}.",
        )

    def _typical_cosine(self, listed: Iterator[Listed]) -> float | None:
        """Return the median cosine of queries and their positives, from the stored descriptors."""
        vectors = self._session.models().vectors
        pairs = [
            (one.query.sha256, self._session.database[i].sha256)
            for one in listed
            if one.relevance is not None
            for i in sorted(one.relevance.positives - one.relevance.junk)
            if i in self._session.database and i != one.query.image_id
        ]
        pairs = [pairs[row] for row in even_rows(len(pairs), MAX_PAIRS)]
        pairs = [pair for pair in pairs if all(key in vectors for key in pair)]
        if not pairs:
            return None
        keys = sorted({key for pair in pairs for key in pair})
        rows = {key: row for row, key in enumerate(keys)}
        table = vectors.get(keys)
        own = table[[rows[query] for query, _ in pairs]]
        theirs = table[[rows[image] for _, image in pairs]]
        return float(np.median(np.einsum("nd,nd->n", own, theirs)))

    def _listed(self, fusion: Fusion) -> Iterator[Listed]:
        """Yield the evaluated queries, at most `MAX_QUERIES`, in the order of their ids."""
        known = sorted(self._orders.evaluated())
        for row in even_rows(len(known), MAX_QUERIES):
            order = self._orders.noted(known[row], fusion)
            if order is None:
                continue
            before = order.before
            cosines = dict(zip(before.image_ids, before.cosines.tolist(), strict=True))
            query = self._session.queries[known[row]]
            relevance = self._session.relevance(query.image_id)
            scores = order.last.scores
            yield Listed(query, relevance, before.image_ids, cosines, order.after, scores)

    def _scores(self, name: str, depth: int) -> _Scores:
        """Return what looks up one scorer's scores of a query's first `depth` candidates."""
        if name == OWN:
            return lambda listed: listed.margins
        if name == DESCRIPTOR_ID:
            return lambda listed: {i: listed.cosines[i] for i in listed.image_ids[:depth]}
        record = Imports(self._session.workspace.imports).get(parse_stage(name).option)
        session = self._session
        reranker = ImportedReranker(ImportedScorer(record), session.scores, session.database)

        def stored(listed: Listed) -> Mapping[str, float]:
            scores = reranker.cached(listed.query, listed.image_ids[:depth])
            return {image_id: score.margin for image_id, score in scores.items()}

        return stored

    def _names(self) -> tuple[str, ...]:
        """Return the scorers that can be compared; the import that is a stage is not offered."""
        used = imports_of(self._session.settings)
        imports = Imports(self._session.workspace.imports).names()
        others = [str(import_call(name)) for name in imports if name not in used]
        return (OWN, DESCRIPTOR_ID, *others)

    def _limit(self) -> str:
        total = len(self._orders.evaluated())
        if total <= MAX_QUERIES:
            return ""
        return f", from {MAX_QUERIES:,} of {total:,} evaluated queries, evenly chosen by their ids"


def _words(name: str) -> str:
    """Return what a scorer of a disagreement is called."""
    if name == OWN:
        return "the second stage"
    return "the descriptor" if name == DESCRIPTOR_ID else f"'{parse_stage(name).option}'"
