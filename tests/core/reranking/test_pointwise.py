"""The re-ranker's edges: a candidate that cannot be had, and stores before it yields."""

from pathlib import Path

import numpy as np
import pytest

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.interfaces import PairTokens
from core.mllm.compression.packing import TokenPacker
from core.mllm.token_source import TokenSource
from core.reranking.pointwise import PointwiseReranker
from core.storage.scores import ScoreStore
from core.storage.tokens import TokenStore
from core.types.scores import FailedPair, PairLogits, PairScore, Shortlist, Unscored
from tests.core.stand_ins import ColourScorer, ColourTower


@pytest.fixture
def parts(tiny_corpus_root: Path, tmp_path: Path):
    corpus = open_corpus(tiny_corpus_root)
    tower, scorer = ColourTower(), ColourScorer()
    store = TokenStore(tmp_path / "tokens", "f")
    source = TokenSource(ImageOpener(tiny_corpus_root), TokenPacker(tower), store)
    scores = ScoreStore(tmp_path / "s.sqlite")
    database = {record.image_id: record for record in corpus.database}
    reranker = PointwiseReranker(scorer, PairTokens(source, source), scores, database)
    query = next(q for q in corpus.queries if q.image_id == "images/disc_q.png")
    ids = tuple(sorted(database))
    shortlist = Shortlist(query.image_id, ids, np.linspace(1, 0, len(ids), dtype=np.float32))
    return reranker, query, shortlist, scorer, scores


def test_a_batch_is_stored_before_it_is_yielded(parts):
    reranker, query, shortlist, scorer, scores = parts
    steps = reranker.rerank(query, shortlist, 6)
    next(steps)
    steps.close()
    assert scores.count(scorer.fingerprint) == 2
    assert len(list(reranker.rerank(query, shortlist, 6))) == 3  # the cached two, then 2 + 2
    assert scorer.n_scored == 6


def test_of_two_that_score_a_pair_at_once_both_yield_the_first_one_s_score(parts):
    reranker, query, shortlist, scorer, scores = parts
    slow = reranker.rerank(query, shortlist, 3)
    next(slow)
    third = reranker.database[shortlist.image_ids[2]].sha256
    scores.put(scorer.fingerprint, query.sha256, {third: PairLogits(5.0, 1.0, None, 0.1)})
    (late,) = [pair for batch in slow for pair in batch]
    assert late.margin == 4.0
    assert [p.margin for batch in reranker.rerank(query, shortlist, 3) for p in batch][2] == 4.0


def test_a_candidate_that_cannot_be_read_fails_alone(parts, tiny_corpus_root):
    reranker, query, shortlist, _, _ = parts
    (tiny_corpus_root / "images/disc_1.png").write_bytes(b"")
    pairs = [pair for batch in reranker.rerank(query, shortlist, 6) for pair in batch]
    failed = [pair for pair in pairs if isinstance(pair, FailedPair)]
    assert [pair.image_id for pair in failed] == ["images/disc_1.png"]
    assert "disc_1.png" in failed[0].reason
    assert sum(isinstance(pair, PairScore) for pair in pairs) == 5


def test_probability_is_the_sigmoid_of_the_margin(parts):
    reranker, query, shortlist, _, _ = parts
    pairs = [pair for batch in reranker.rerank(query, shortlist, 6) for pair in batch]
    for pair in pairs:
        assert isinstance(pair, PairScore)
        assert pair.margin == pair.logit_yes - pair.logit_no
        assert pair.probability == pytest.approx(1 / (1 + np.exp(-pair.margin)))


def test_a_pair_that_the_scorer_cannot_score_fails_alone_and_is_not_stored(parts):
    reranker, query, shortlist, scorer, scores = parts
    whole = scorer.score

    def score(query_tokens, candidates, mass_first=8):
        for batch in whole(query_tokens, candidates, mass_first):
            yield [batch[0], Unscored("The server was silent.")]

    scorer.score = score
    pairs = [pair for batch in reranker.rerank(query, shortlist, 6) for pair in batch]
    assert [pair.image_id for pair in pairs] == list(shortlist.image_ids)
    assert [isinstance(pair, FailedPair) for pair in pairs] == [False, True] * 3
    assert pairs[1].reason == "The server was silent."
    assert scores.count(scorer.fingerprint) == 3
