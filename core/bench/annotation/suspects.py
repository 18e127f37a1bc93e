"""The queue of suspect labels, from stored scores, descriptors and matching keypoints."""

from collections.abc import Mapping, Sequence

from core.annotation.likeness import Likeness
from core.annotation.suspects import ScoredQuery, rank_suspects
from core.bench.annotation.mined import Mined
from core.bench.session import Session
from core.reranking.geometric import GeometricScorer
from core.types.corpus import ImageRecord
from core.types.orders import Order
from core.types.scores import GEOMETRIC, PlainScore

COUNTED = GeometricScorer().fingerprint
"""Under which the matching keypoints are stored."""


def mine_suspects(session: Session, orders: Mapping[str, Order]) -> Mined:
    """Return the suspect labels, most suspicious first, and the rule they were chosen by.

    Args:
        session: The corpus and its stores; no pair is scored.
        orders: The order of every evaluated query; its first candidates are looked at.
    """
    found: list[ScoredQuery] = []
    is_counted = COUNTED in session.scores.scorers()  # else thousands of look-ups find nothing
    for query_id, order in orders.items():
        query = session.queries[query_id]
        relevance = session.relevance(query_id)
        if relevance is None:
            continue
        head = order.head
        known = {i: order.last.scores[i] for i in head if i in order.last.scores}
        group = query.instance_id or query_id
        matches = stored_matches(session, query, tuple(known)) if is_counted else {}
        found.append(ScoredQuery(query_id, group, relevance, head, known, matches))
    return Mined(rank_suspects(found, _likeness(session)), _rule(session, found))


def stored_matches(
    session: Session, query: ImageRecord, image_ids: Sequence[str]
) -> dict[str, float]:
    """Return the matching keypoints of those candidates that the geometric scorer has counted.

    None of them where they are the bench's own scores: they would be no second opinion.
    """
    if not _is_second(session):
        return {}
    keys = {i: session.database[i].sha256 for i in image_ids}
    stored = session.scores.get(COUNTED, query.asked_key, list(keys.values()))
    found = {i: stored.get(key) for i, key in keys.items()}
    return {i: one.score for i, one in found.items() if isinstance(one, PlainScore)}


def _is_second(session: Session) -> bool:
    return session.kind != GEOMETRIC


def _likeness(session: Session) -> Likeness | None:
    index = session.index
    if index is None or len(index.image_ids) < 2:
        return None
    return Likeness(index.image_ids, index.vectors)


def _rule(session: Session, queries: Sequence[ScoredQuery]) -> str:
    rule = "Labels that the scores of all queries, and the descriptors, contradict."
    if not _is_second(session) or not queries:
        return rule
    n = sum(query.is_verified for query in queries)
    if n == len(queries):
        return f"{rule} Matching keypoints of all {n:,} queries are part of it."
    return (
        f"{rule} Matching keypoints, a second opinion, are known of {n:,} of {len(queries):,} "
        "queries; `python app.py evaluate --scorer geometric` counts them."
    )
