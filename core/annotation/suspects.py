"""Rank the labels that the scores of all queries together contradict.

Whether one margin is high says little, since margins are not calibrated across queries and
images; what counts is who claims an image most. claim of a group of queries (those of one
instance) on an image = mean over its queries of what speaks for it - the query's median of that;
an image outside a query's first `depth` counts as the least of those in it, and a query says
nothing of itself and of its junk. What speaks for an image is its margin and, where the geometric
scorer has counted all of a query's candidates, spread x log(1 + matching keypoints): a second
opinion that fails in other places. To a claim comes, where there are descriptors, spread x the
image's likeness to the group's other positives in standard deviations (`core.annotation.likeness`):
the queries have seen an image from few sides, the positives from all. The spread is that of the
margins about their query's median, so that a scorer's temperature does not decide which
labels come first. All are in the margins' unit. The suspicion of a label:

- positive: the largest claim of a group to which the image is no positive (at least 0, that of
  nobody) - the own group's claim;
- unclaimed, a negative that is positive to nobody: the group's claim - half its mean claim on its
  own positives (at least 0): midway between them and nobody's;
- swap, a negative that is positive to others: the group's claim - the largest claim of those.

Suspicions above 0 are listed: positives and unclaimed ones by turns, since what their suspicions
are held against differs, and swaps after all others, since two look-alikes confuse a scorer far
more often than a label is wrong. Per group and image the pair of the query whose own claim speaks
against the label most stands for all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from math import log1p

import numpy as np

from core.annotation.likeness import Likeness
from core.types.annotation import QueueItem, SuspectKind
from core.types.corpus import Relevance


@dataclass(frozen=True, slots=True)
class ScoredQuery:
    """One evaluated query: what it may claim.

    `group` names the queries that look for the same thing (the instance, else the query itself).
    `head` are the candidates of its first `depth`, `margins` those of them with a score,
    `matches` how many keypoints of a candidate agree with the query's, where that was counted.
    """

    query_id: str
    group: str
    relevance: Relevance
    head: tuple[str, ...]
    margins: Mapping[str, float]
    matches: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def is_verified(self) -> bool:
        """Whether the matching keypoints of all candidates with a margin were counted."""
        return self.margins.keys() <= self.matches.keys()

    def evidence(self, spread: float) -> dict[str, float]:
        """Return what speaks for each candidate, `spread` for each log."""
        if not self.is_verified:
            return dict(self.margins)
        return {i: m + spread * log1p(self.matches[i]) for i, m in self.margins.items()}


def margin_spread(queries: Sequence[ScoredQuery]) -> float:
    """Return the root mean square of all margins about their query's median, 0 for none."""
    margins = [np.array(list(query.margins.values())) for query in queries if query.margins]
    if not margins:
        return 0.0
    return float(np.sqrt(np.mean(np.concatenate([m - np.median(m) for m in margins]) ** 2)))


def rank_suspects(
    queries: Sequence[ScoredQuery], likeness: Likeness | None = None
) -> tuple[QueueItem, ...]:
    """Return the suspect labels, most suspicious first, swaps last; see the module's text."""
    claims = _Claims(queries, likeness)
    found = [item for group in claims.groups for item in claims.suspects(group)]
    return by_turns(found)


def by_turns(items: Iterable[QueueItem]) -> tuple[QueueItem, ...]:
    """Return suspect labels in their order: the kinds by turns, swaps last, then the ids."""
    kinds: dict[SuspectKind | None, list[QueueItem]] = {}
    for item in sorted(items, key=lambda i: (-(i.suspicion or 0.0), i.query_id, i.image_id)):
        kinds.setdefault(item.suspect, []).append(item)
    swaps = kinds.pop("swap", [])
    turns = zip_longest(kinds.get("positive", ()), kinds.get("unclaimed", ()))
    return tuple(item for turn in turns for item in turn if item is not None) + tuple(swaps)


@dataclass(frozen=True, slots=True)
class _Claim:
    value: float
    strongest: tuple[float, str]
    weakest: tuple[float, str]


class _Claims:
    """The claims of all groups on all images that stand in some head or are some positive."""

    def __init__(self, queries: Sequence[ScoredQuery], likeness: Likeness | None) -> None:
        self._likeness = likeness
        self._spread = margin_spread(queries)
        members: dict[str, list[ScoredQuery]] = {}
        for query in sorted(queries, key=lambda q: q.query_id):
            if query.margins:
                members.setdefault(query.group, []).append(query)
        self._members = members
        self._positives = {
            group: frozenset(i for q in found for i in q.relevance.positives - q.relevance.junk)
            for group, found in members.items()
        }
        self._claims = {group: self._of(group) for group in members}
        self._owners: dict[str, list[str]] = {}
        for group, images in self._positives.items():
            for image_id in images:
                self._owners.setdefault(image_id, []).append(group)
        self._claimants: dict[str, list[tuple[float, str]]] = {}
        for group, claims in self._claims.items():
            for image_id, claim in claims.items():
                self._claimants.setdefault(image_id, []).append((claim.value, group))

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self._members)

    def suspects(self, group: str) -> list[QueueItem]:
        positives = self._positives[group]
        own = [self._claims[group][i].value for i in sorted(positives) if i in self._claims[group]]
        typical = sum(own) / len(own) if own else None
        items: list[QueueItem] = []
        for image_id, claim in self._claims[group].items():
            if image_id in positives:
                items += self._positive(group, image_id, claim)
            elif typical is not None:
                items += self._negative(group, image_id, claim, typical)
        return items

    def _positive(self, group: str, image_id: str, claim: _Claim) -> list[QueueItem]:
        others = [
            (value, name)
            for value, name in self._claimants[image_id]
            if image_id not in self._positives[name]
        ]
        other, name = max([*others, (0.0, "")])
        suspicion = other - claim.value
        whose = f"'{name}' claims it" if name else "its own queries rank it below their median, by"
        reason = f"labelled positive, but {whose} {suspicion:.2f}"
        reason += f" more than '{group}'" if name else ""
        return self._item(group, image_id, "positive", suspicion, claim.weakest[1], reason)

    def _negative(
        self, group: str, image_id: str, claim: _Claim, typical: float
    ) -> list[QueueItem]:
        owners = self._owners.get(image_id, [])
        if not owners:
            suspicion = claim.value - max(0.0, typical) / 2
            reason = (
                f"labelled negative and positive to no query, but '{group}' claims it "
                f"{suspicion:.2f} more than half its mean positive"
            )
            kind: SuspectKind = "unclaimed"
        else:
            own = {
                n: self._claims[n][image_id].value for n in owners if image_id in self._claims[n]
            }
            if not own:  # no pair of theirs has a score, so nothing says how much they claim it
                return []
            best, owner = max((value, name) for name, value in own.items())
            suspicion = claim.value - best
            reason = f"positive of '{owner}', but '{group}' claims it {suspicion:.2f} more"
            kind = "swap"
        return self._item(group, image_id, kind, suspicion, claim.strongest[1], reason)

    def _item(
        self,
        group: str,
        image_id: str,
        kind: SuspectKind,
        suspicion: float,
        query_id: str,
        reason: str,
    ) -> list[QueueItem]:
        if suspicion <= 0:
            return []
        query = next(q for q in self._members[group] if q.query_id == query_id)
        relation = query.relevance.relation(image_id)
        margin = query.margins.get(image_id)
        return [
            QueueItem(
                query_id,
                image_id,
                relation,
                reason,
                margin=margin,
                suspicion=suspicion,
                suspect=kind,
            )
        ]

    def _of(self, group: str) -> dict[str, _Claim]:
        """Return the group's claim on every image of its heads and on all of its positives."""
        found: dict[str, list[tuple[float, str]]] = {}
        wanted = {i for q in self._members[group] for i in q.head} | self._positives[group]
        for query in self._members[group]:
            evidence = query.evidence(self._spread)
            known = np.array(list(evidence.values()))
            middle, lowest = float(np.median(known)), float(known.min())
            failed = set(query.head) - query.margins.keys()
            silent = failed | query.relevance.junk | {query.query_id}
            for image_id in sorted(wanted - silent):
                value = evidence.get(image_id, lowest) - middle
                found.setdefault(image_id, []).append((value, query.query_id))
        bonus = self._likely(group, tuple(found))
        return {
            image_id: _Claim(sum(v for v, _ in said) / len(said) + more, max(said), min(said))
            for (image_id, said), more in zip(found.items(), bonus, strict=True)
        }

    def _likely(self, group: str, images: Sequence[str]) -> Sequence[float]:
        """Return what likeness to the group's positives adds to each image's claim, in nats."""
        if self._likeness is None:
            return [0.0] * len(images)
        found = self._likeness.of(images, sorted(self._positives[group]))
        return (self._spread * found).tolist()
