"""What a middle stage may do to an order, and what it may not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.corpus.images import ImageOpener
from core.corpus.manifest import open_corpus
from core.interfaces import PairTokens
from core.mllm.compression.packing import TokenPacker
from core.mllm.token_source import TokenSource
from core.reranking.fusion import rank_after
from core.reranking.pointwise import PointwiseReranker
from core.reranking.thinning import ThinnedReranker, thin
from core.storage.scores import ScoreStore
from core.storage.tokens import TokenStore
from core.types.scores import FailedPair, Shortlist
from tests.core.stand_ins import ColourScorer, ColourTower


def shortlist(n: int) -> Shortlist:
    return Shortlist("q", tuple("abcdefghij"[:n]), np.linspace(0.9, 0.1, n, dtype=np.float32))


def test_the_best_lead_in_shortlist_order_and_the_rest_follow_by_middle_score():
    middle = {"a": 0.1, "b": 0.7, "c": 0.2, "d": 0.9, "e": 0.4}
    chosen = thin(shortlist(7), middle, 5, 2)
    assert chosen.image_ids == ("b", "d")
    assert chosen.shortlist.image_ids == ("b", "d", "e", "c", "a", "f", "g")
    assert chosen.depth == 2


def test_ties_of_the_middle_score_go_to_the_better_shortlist_rank():
    chosen = thin(shortlist(4), dict.fromkeys("abcd", 0.5), 4, 2)
    assert chosen.image_ids == ("a", "b")
    assert chosen.shortlist.image_ids == tuple("abcd")


def test_ties_of_the_last_score_go_to_the_better_shortlist_rank():
    chosen = thin(shortlist(4), {"a": 0.1, "b": 0.7, "c": 0.8, "d": 0.9}, 4, 3)
    after = rank_after(chosen.shortlist, {"b": 1.0, "c": 1.0, "d": 1.0}, chosen.depth, 0, 1)
    assert after.image_ids == ("b", "c", "d", "a")


def test_a_candidate_without_a_middle_score_keeps_its_place():
    chosen = thin(shortlist(5), {"a": 0.1, "c": 0.3, "d": 0.9, "e": 0.2}, 5, 2)
    assert chosen.shortlist.image_ids == ("c", "b", "d", "e", "a")
    assert (chosen.image_ids, chosen.missing, chosen.depth) == (("c", "d"), ("b",), 3)
    after = rank_after(chosen.shortlist, {"c": 0.0, "d": 1.0}, chosen.depth, 0, 1)
    assert after.image_ids == ("d", "b", "c", "e", "a")


def test_cosines_stay_with_their_images():
    listed = shortlist(5)
    chosen = thin(listed, {"a": 0.1, "b": 0.7, "c": 0.2, "d": 0.9}, 4, 1)
    before = dict(zip(listed.image_ids, listed.cosines.tolist(), strict=True))
    after = dict(zip(chosen.shortlist.image_ids, chosen.shortlist.cosines.tolist(), strict=True))
    assert after == before


def test_nothing_is_chosen_before_the_middle_stage_has_run():
    chosen = thin(shortlist(3), {}, 3, 2)
    assert (chosen.image_ids, chosen.missing, chosen.depth) == ((), ("a", "b", "c"), 0)
    assert chosen.shortlist.image_ids == ("a", "b", "c")


@given(
    st.lists(st.one_of(st.none(), st.sampled_from([0.1, 0.2, 0.3])), min_size=1, max_size=10),
    st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=10, max_size=10),
    st.integers(1, 12),
    st.integers(1, 12),
    st.sampled_from([0.0, 0.3]),
)
def test_the_order_rule_holds_whatever_was_scored(middle, margins, depth, n, lam):
    listed = shortlist(len(middle))
    head = listed.image_ids[:depth]
    first = {i: m for i, m in zip(listed.image_ids, middle, strict=True) if m is not None}
    first = {i: m for i, m in first.items() if i in head}
    chosen = thin(listed, first, depth, n)
    last = dict(zip(chosen.image_ids, margins, strict=False))
    last = {i: m for i, m in last.items() if m is not None}
    after = rank_after(chosen.shortlist, last, chosen.depth, lam, 1.0).image_ids
    assert len(chosen.image_ids) == min(n, len(first))
    assert sorted(after[:depth]) == sorted(head)  # a permutation of the depth
    assert after[depth:] == listed.image_ids[depth:]  # and nothing else
    for place, image_id in enumerate(head):
        if image_id not in first:
            assert after[place] == image_id  # without a middle score: its own place
    left = [i for i in after if i in first and i not in chosen.image_ids]
    lowest = max((after.index(i) for i in chosen.image_ids), default=-1)
    assert all(after.index(i) > lowest for i in left)  # left out: below all that were chosen
    assert left == sorted(left, key=lambda i: (-first[i], head.index(i)))
    assert all(
        first[i] >= first[j] for i in chosen.image_ids for j in left
    )  # and none of them was better


@pytest.fixture
def parts(tiny_corpus_root, tmp_path):
    corpus = open_corpus(tiny_corpus_root)
    source = TokenSource(
        ImageOpener(tiny_corpus_root),
        TokenPacker(ColourTower()),
        TokenStore(tmp_path / "tokens", "f"),
    )
    pair = PairTokens(source, source)
    scores = ScoreStore(tmp_path / "s.sqlite")
    database = {record.image_id: record for record in corpus.database}
    cheap, dear = ColourScorer(name="cheap"), ColourScorer(name="dear")
    reranker = ThinnedReranker(
        PointwiseReranker(cheap, pair, scores, database),
        PointwiseReranker(dear, pair, scores, database),
        2,
    )
    query = next(q for q in corpus.queries if q.image_id == "images/disc_q.png")
    ids = tuple(sorted(database))
    listed = Shortlist(query.image_id, ids, np.linspace(1, 0, len(ids), dtype=np.float32))
    return reranker, query, listed, cheap, dear, scores


def test_only_the_best_reach_the_last_scorer(parts):
    reranker, query, listed, cheap, dear, _ = parts
    pairs = [pair for batch in reranker.rerank(query, listed, 5) for pair in batch]
    assert (cheap.n_scored, dear.n_scored, len(pairs)) == (5, 2, 2)
    chosen = reranker.selection(query, listed, 5)
    assert {pair.image_id for pair in pairs} == set(chosen.image_ids)
    assert reranker.cached(query, chosen.image_ids).keys() == set(chosen.image_ids)
    list(reranker.rerank(query, listed, 5))
    assert (cheap.n_scored, dear.n_scored) == (5, 2)


def test_it_can_be_stopped_within_a_batch_of_the_middle_stage(parts):
    reranker, query, listed, cheap, dear, scores = parts
    steps = reranker.rerank(query, listed, 5)
    assert next(steps) == []
    steps.close()
    assert (scores.count(cheap.fingerprint), scores.count(dear.fingerprint)) == (2, 0)


def test_a_candidate_that_cannot_be_read_is_told_by_the_middle_stage(parts, tiny_corpus_root):
    reranker, query, listed, _, dear, _ = parts
    (tiny_corpus_root / "images/disc_1.png").write_bytes(b"")
    pairs = [pair for batch in reranker.rerank(query, listed, 6) for pair in batch]
    failed = [pair for pair in pairs if isinstance(pair, FailedPair)]
    assert [pair.image_id for pair in failed] == ["images/disc_1.png"]
    assert reranker.selection(query, listed, 6).missing == ("images/disc_1.png",)
    assert dear.n_scored == 2
