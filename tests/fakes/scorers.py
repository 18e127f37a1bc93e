"""Other scorers over the fake workbench: one more with stored scores, some of them missing."""

from dataclasses import replace

from core.analysis.metrics import negatives_before
from core.bench.rank_changes import largest_changes
from core.errors import SettingsError
from core.types.corpus import Relevance
from core.types.rankings import Candidate, QueryChange, QueryView
from core.types.runs import StageMean
from core.types.scorers import DESCRIPTOR, DESCRIPTOR_ID, MovedPositive, MovedPositives, ScorerEntry
from core.types.scores import MARGIN

OWN = "0123456789abcdef"
OTHER = "fedcba9876543210"
UNSCORED_EVERY = 7
"""Every seventh candidate of a shortlist has no score by the other scorer."""


class FakeScorers:
    """The descriptor, the bench's own scorer, and one that prefers what the descriptor does."""

    def __init__(self, state, queries) -> None:
        self._state = state
        self._queries = queries
        self.others = [
            ScorerEntry(OTHER, "fake-vl, int8", "compression: int8", MARGIN),
        ]

    def entries(self) -> tuple[ScorerEntry, ...]:
        info = self._state.info
        return (
            ScorerEntry(DESCRIPTOR_ID, "descriptor", "before re-ranking", DESCRIPTOR),
            ScorerEntry(OWN, info.model_name, "", info.scorer, is_own=True),
            *self.others,
        )

    def inspect(self, wanted, query_id, fusion, limit=100) -> QueryView | None:
        if wanted not in [entry.scorer_id for entry in self.others]:
            raise SettingsError(f"This workspace holds no scores of scorer '{wanted}' any more.")
        depth = fusion.depth
        view = self._queries.inspect(query_id, fusion, self._state.info.n_database)
        cards = _rescored(view.before, depth)
        after = tuple(sorted(cards, key=lambda card: card.rank_after))
        moved = tuple(card for card in cards if card.rank_before <= depth)
        return replace(
            view,
            before=cards[:limit],
            after=after[:limit],
            moved=moved,
            n_pending=0,
            n_unscored=sum(card.margin is None for card in moved),
            outcome=None,
        )


def _rescored(cards: tuple[Candidate, ...], depth: int) -> tuple[Candidate, ...]:
    head = [c for c in cards if c.rank_before <= depth and c.rank_before % UNSCORED_EVERY]
    scores = {c.image_id: (c.margin or 0.0) / 4 + 8 * c.cosine for c in head}
    order = sorted(head, key=lambda c: (-scores[c.image_id], c.rank_before))
    places = dict(zip((c.image_id for c in order), (c.rank_before for c in head), strict=True))
    return tuple(
        replace(
            c,
            rank_after=places.get(c.image_id, c.rank_before),
            margin=scores.get(c.image_id),
            probability=None,
            tie_size=1 if c.image_id in scores else 0,
            intruder=False,
        )
        for c in cards
    )


class FakeMoves:
    """What the real facet tells, counted from the fake's own rankings."""

    def __init__(self, state, queries, scorers: FakeScorers) -> None:
        self._state = state
        self._queries = queries
        self._scorers = scorers

    def queries(self, fusion, n, n_cards):
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        outcomes = [self._queries.outcome(q, depth, lam, gamma) for q in self._state.query_ids]
        found = largest_changes([outcome for outcome in outcomes if outcome is not None], n)
        return tuple(
            tuple(QueryChange(o, self._queries.inspect(o.query_id, fusion, n_cards)) for o in some)
            for some in found
        )

    def stages(self, fusion) -> tuple[StageMean, ...]:
        outcomes = [
            o
            for q in self._state.query_ids
            if (o := self._queries.outcome(q, fusion.depth, fusion.lam, fusion.gamma))
        ]
        n = len(outcomes)
        if not n:
            return ()
        means = [sum(o.ap_before for o in outcomes) / n, sum(o.ap_after for o in outcomes) / n]
        names = self._state.info.pipeline.split(" > ")
        steps = [means[0] + (means[1] - means[0]) * i / len(names) for i in range(len(names) + 1)]
        return tuple(
            StageMean(name, step, n) for name, step in zip(["before", *names], steps, strict=True)
        )

    def positives(self, a, b, fusion, n) -> MovedPositives | None:
        depth, lam, gamma = fusion.depth, fusion.lam, fusion.gamma
        entries = {entry.scorer_id: entry for entry in self._scorers.entries()}
        first, second = a or DESCRIPTOR_ID, b or OWN
        for wanted in (first, second):
            if wanted not in entries:
                raise SettingsError(
                    f"This workspace holds no scores of scorer '{wanted}' any more."
                )
        evaluated = [
            q for q in self._state.query_ids if self._queries.outcome(q, depth, lam, gamma)
        ]
        pairs = [
            MovedPositive(q, image_id, counts[0][image_id], counts[1][image_id])
            for q in evaluated
            for counts in [[self._counts(q, one, fusion) for one in (first, second)]]
            for image_id in counts[0].keys() & counts[1].keys()
        ]
        moved = sorted((p for p in pairs if p.change), key=lambda p: (-abs(p.change), p.query_id))
        return MovedPositives(
            a=entries[first],
            b=entries[second],
            pairs=tuple(moved[:n]),
            n_pairs=len(pairs),
            n_unscored=3 * len(evaluated) - len(pairs),
            n_partial=len(evaluated) if OTHER in (first, second) else 0,
            n_queries=len(evaluated),
            n_total=self._state.info.n_queries,
        )

    def _counts(self, query_id, scorer_id, fusion) -> dict[str, int]:
        n = self._state.info.n_database
        if scorer_id == OTHER:
            view = self._scorers.inspect(OTHER, query_id, fusion, n)
        else:
            view = self._queries.inspect(query_id, fusion, n)
        cards = view.before if scorer_id == DESCRIPTOR_ID else view.after
        known = {c.image_id: c for c in cards}
        relevance = Relevance(
            query_id,
            frozenset(i for i, c in known.items() if c.relation == "positive"),
            frozenset(i for i, c in known.items() if c.relation == "junk"),
        )
        counts = negatives_before([c.image_id for c in cards], relevance)
        head = {i: c for i, c in known.items() if c.rank_before <= fusion.depth}
        unscored = {i for i, c in head.items() if c.margin is None}
        return {i: n for i, n in counts.items() if i not in unscored}
