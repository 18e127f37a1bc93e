"""Find pairs worth a look across queries: scorers that disagree, look-alikes, same backgrounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.types.annotation import QueueItem
from core.types.corpus import ImageRecord, Relation, Relevance

PER_QUERY = 5
"""Most pairs that one query puts into a queue."""
LEAST_DISAGREEMENT = 0.25
"""Smallest disagreement that is listed."""
MIN_COMMON = 5
"""Fewest candidates that both scorers must have scored for ranks among them to say something."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One query's candidates and what is known of them.

    `image_ids` are in shortlist order, `cosines` by id; `after` is their order after re-ranking,
    `margins` the second stage's scores of those that have one.
    """

    query: ImageRecord
    relevance: Relevance | None
    image_ids: tuple[str, ...]
    cosines: Mapping[str, float]
    after: tuple[str, ...]
    margins: Mapping[str, float]

    def item(self, image_id: str, reason: str) -> QueueItem:
        """Return the pair of the query and one of its candidates."""
        relation: Relation = "unlabelled"
        if self.relevance is not None:
            relation = self.relevance.relation(image_id)
        return QueueItem(
            self.query.image_id,
            image_id,
            relation,
            reason,
            self.image_ids.index(image_id) + 1,
            self.after.index(image_id) + 1,
            self.margins.get(image_id),
        )

    def is_silent(self, image_id: str) -> bool:
        """Return whether an image says nothing of this query: itself, or its junk."""
        junk = self.relevance.junk if self.relevance is not None else frozenset[str]()
        return image_id == self.query.image_id or image_id in junk


Found = tuple[float, QueueItem]
"""A pair and what it is sorted by, largest first."""
_Candidate = tuple[float, str, str]
"""What it is sorted by, the image, and why."""


def disagreements(
    listed: Listed,
    first: Mapping[str, float],
    second: Mapping[str, float],
    names: tuple[str, str],
) -> list[Found]:
    """Return the candidates that two scorers rank most differently.

    disagreement = |rank by one - rank by the other| / (n - 1) among the n candidates that both
    scored, in [0, 1]; 1 = the first of one is the last of the other. Ties by shortlist rank. The
    query itself and its junk are not ranked.

    Args:
        listed: The query's candidates.
        first: Scores by image id, higher is better.
        second: The same of the other scorer.
        names: What the two are called.
    """
    both = [i for i in listed.image_ids if i in first and i in second and not listed.is_silent(i)]
    if len(both) < MIN_COMMON:
        return []
    ranks = [_ranks(both, scores) for scores in (first, second)]
    found: list[_Candidate] = []
    for image_id in both:
        one, two = (table[image_id] for table in ranks)
        share = abs(one - two) / (len(both) - 1)
        if share >= LEAST_DISAGREEMENT:
            reason = f"rank {one} by {names[0]}, {two} by {names[1]} of {len(both)}: {share:.2f}"
            found.append((share, image_id, reason))
    return _best(listed, found)


def look_alikes(listed: Listed, database: Mapping[str, ImageRecord], least: float) -> list[Found]:
    """Return candidates labelled as another instance whose cosine to the query is `least` or more.

    Args:
        listed: The query's candidates.
        database: Records by id, for the instances.
        least: Smallest cosine that is listed.
    """
    found: list[_Candidate] = []
    for image_id in listed.image_ids:
        cosine, other = listed.cosines[image_id], database[image_id]
        if cosine < least or len(found) == PER_QUERY:
            break  # the shortlist falls
        if listed.is_silent(image_id) or not _is_other(listed, other):
            continue
        same = ", the very same file" if other.sha256 == listed.query.sha256 else ""
        reason = f"cosine {cosine:.4f} to an image of '{other.instance_id}'{same}"
        found.append((cosine, image_id, reason))
    return _best(listed, found)


def same_background(
    listed: Listed, database: Mapping[str, ImageRecord], column: str, depth: int
) -> list[Found]:
    """Return the best negatives whose `column` says the same as the query's.

    Those with the query's own instance label are left out. Sorted by rank after re-ranking.

    Args:
        listed: The query's candidates.
        database: Records by id.
        column: The manifest's column.
        depth: How many candidates from the top are looked at.
    """
    wanted = listed.query.tags.get(column, "")
    if not wanted or listed.relevance is None:
        return []
    found: list[_Candidate] = []
    for rank, image_id in enumerate(listed.after[:depth], start=1):
        other = database[image_id]
        is_negative = listed.relevance.relation(image_id) == "negative"
        own = other.instance_id is not None and other.instance_id == listed.query.instance_id
        if is_negative and not own and other.tags.get(column, "") == wanted:
            reason = f"{column} '{wanted}' on both, rank {rank} after re-ranking"
            found.append((1 / rank, image_id, reason))
    return _best(listed, found)


def merged(found: Sequence[Found]) -> tuple[QueueItem, ...]:
    """Return the pairs of all queries, largest first, ties by ids; one of each two-way pair."""
    kept: dict[frozenset[str], QueueItem] = {}
    for _, item in sorted(found, key=lambda f: (-f[0], f[1].query_id, f[1].image_id)):
        kept.setdefault(frozenset((item.query_id, item.image_id)), item)
    return tuple(kept.values())


def _best(listed: Listed, found: Sequence[_Candidate]) -> list[Found]:
    best = sorted(found, key=lambda f: (-f[0], f[1]))[:PER_QUERY]
    return [(value, listed.item(image_id, reason)) for value, image_id, reason in best]


def _ranks(image_ids: Sequence[str], scores: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(image_ids, key=lambda i: -scores[i])  # stable: ties stay in shortlist order
    return {image_id: rank for rank, image_id in enumerate(ordered, start=1)}


def _is_other(listed: Listed, other: ImageRecord) -> bool:
    """Return whether both have an instance, and not the same, and no label says positive."""
    mine, theirs = listed.query.instance_id, other.instance_id
    if mine is None or theirs is None or mine == theirs:
        return False
    return listed.relevance is None or other.image_id not in listed.relevance.positives
