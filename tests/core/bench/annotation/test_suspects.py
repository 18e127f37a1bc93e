"""Suspect labels of a workspace: stored keypoint matches count, and the rule says of how many."""

import pytest

from core.bench.annotation.suspects import stored_matches
from core.reranking.geometric import GeometricScorer
from core.types.annotation import QueueSpec
from core.types.orders import Fusion
from core.types.scores import PlainScore

SETTING = Fusion(4, 0.0, 1.0)


def count_keypoints(bench, queries, count=3.0):
    session = bench._session
    for query in queries:
        head = session.shortlist(query).image_ids
        keys = {session.database[i].sha256: PlainScore(count, 0.0) for i in head}
        session.scores.put(GeometricScorer().fingerprint, query.sha256, keys)


def rule(bench):
    return bench.annotations.queue(QueueSpec("suspect"), SETTING).rule


def test_the_rule_says_of_how_many_queries_keypoints_are_known(bench):
    queries = bench._session.corpus.queries
    assert "known of 0 of 4 queries; `python app.py evaluate --scorer geometric`" in rule(bench)
    count_keypoints(bench, queries[:1])
    assert "known of 1 of 4 queries" in rule(bench)
    count_keypoints(bench, queries)
    assert "Matching keypoints of all 4 queries are part of it." in rule(bench)


def test_stored_counts_come_back_by_image(bench):
    session = bench._session
    query = session.corpus.queries[0]
    head = session.shortlist(query).image_ids
    assert stored_matches(session, query, head) == {}
    count_keypoints(bench, [query], 7.0)
    assert stored_matches(session, query, head) == dict.fromkeys(head, 7.0)


@pytest.mark.parametrize(("scorer", "n"), [("maxsim", 4), ("geometric", 0)])
def test_counts_speak_beside_any_scorer_but_themselves(bench, scorer, n):
    session = bench._session
    query = session.corpus.queries[0]
    head = session.shortlist(query).image_ids[:4]
    count_keypoints(bench, [query])
    ranking = session.settings.ranking.model_copy(update={"scorer": scorer})
    other = session.variant(session.settings.model_copy(update={"ranking": ranking}))
    assert len(stored_matches(other, query, head)) == n
