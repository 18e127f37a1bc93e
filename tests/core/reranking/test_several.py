"""Blocks of candidates: asked once, kept as answered, counted, resumed, tested before use."""

import numpy as np
import pytest

from core.assembly.several import several_stage
from core.bench.self_test_gate import several_self_test
from core.errors import ModelError, SettingsError
from core.reranking.chosen import check_stages
from core.reranking.several import REPEATS
from core.settings import load_settings
from core.storage.rankings import AnswerStore, BlockAnswer
from core.types.orders import AnswerTally, Fusion
from tests.core.stand_ins import ColourAsker, make_workbench

QUERY = "images/disc_q.png"
FUSION = Fusion(6, 0.0, 1.0)


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    made = make_workbench(tiny_corpus_root, tmp_path / "w", **{"ranking.pipeline": "listwise:3@6"})
    list(made.runs.build_index())
    yield made
    made.close()


def asked(bench, method, n=3, says=None):
    """Return a re-ranker of the bench's images with an asker of its own, and the asker."""
    session = bench.runs._session
    running = session.models().cascade.last
    asker = ColourAsker({"says": says or "the order"}, says)
    places = type("Places", (), {})()
    places.corpus, places.answers = session.corpus, session.answers
    places.images = session.images
    stage = several_stage(method, n, asker, running.reranker.tokens, places)
    return stage.reranker, asker


def run(bench, reranker, steps=None):
    session = bench.runs._session
    query = session.queries[QUERY]
    shortlist = session.shortlist(query)
    work = reranker.rerank(query, shortlist, 6)
    for place, _ in enumerate(work):
        if steps is not None and place + 1 == steps:
            work.close()
            break
    return query, shortlist.image_ids[:6]


def apart(bench, ids):
    session = bench.runs._session
    tokens = session.models().cascade.last.reranker.tokens
    own = tokens.queries.tokens(session.queries[QUERY]).tokens
    return [
        float(np.mean((own - tokens.candidates.tokens(session.database[i]).tokens) ** 2))
        for i in ids
    ]


@pytest.mark.parametrize("method", ["set", "listwise", "setwise"])
def test_a_consistent_model_puts_the_nearest_first(bench, method):
    reranker, _ = asked(bench, method)
    query, ids = run(bench, reranker)
    scores = reranker.cached(query, ids)
    assert list(scores) == list(ids)
    best = max(scores, key=lambda i: scores[i].margin)
    assert best == ids[int(np.argmin(apart(bench, ids)))]


@pytest.mark.parametrize("method", ["set", "listwise", "setwise"])
def test_nothing_is_asked_twice_and_what_was_stopped_goes_on(bench, method):
    reranker, asker = asked(bench, method)
    run(bench, reranker, steps=2)
    assert asker.n_asked == 2
    query, ids = run(bench, reranker)
    n = asker.n_asked
    again, other = asked(bench, method)
    run(bench, again)
    assert other.n_asked == 0
    assert reranker.tally(query, ids).answers == n
    if method == "set":
        assert n == REPEATS * 2


def test_blocks_joined_by_rank_put_the_nearest_first_under_an_address_of_their_own(bench):
    reranker, _ = asked(bench, "set")
    by_rank = type(reranker)(
        type(reranker.scorer)(reranker.scorer.asker, "set", 3, "?", by_rank=True),
        reranker.tokens,
        reranker.answers,
        reranker.database,
    )
    assert by_rank.scorer.fingerprint != reranker.scorer.fingerprint
    query, ids = run(bench, by_rank)
    shares = [one.margin for one in by_rank.cached(query, ids).values()]
    assert abs(sum(shares) - 1.0) < 1e-6
    assert int(np.argmax(shares)) == int(np.argmin(apart(bench, ids)))


def test_another_order_is_another_question(bench):
    reranker, asker = asked(bench, "listwise")
    query, ids = run(bench, reranker)
    assert reranker.cached(query, ids[::-1]) == {}
    assert reranker.cached(query, ids[:2]) == {}
    assert asker.n_asked


@pytest.mark.parametrize(
    ("says", "tally"),
    [
        ("no idea", AnswerTally(4, 4, 0, 0, 0)),
        ("[9] > [2]", AnswerTally(4, 0, 4, 4, 0)),
        ("[2] > [2] > [1] > [3]", AnswerTally(4, 0, 0, 0, 4)),
    ],
)
def test_malformed_answers_are_counted_and_kept_and_leave_a_permutation(bench, says, tally):
    reranker, _ = asked(bench, "listwise", says=says)
    query, ids = run(bench, reranker)
    assert reranker.tally(query, ids) == tally
    margins = [one.margin for one in reranker.cached(query, ids).values()]
    assert sorted(margins) == list(range(6))
    if says == "no idea":
        assert margins == list(range(5, -1, -1))


def test_answers_are_read_back_as_they_were(tmp_path):
    store = AnswerStore(tmp_path / "rankings.sqlite")
    answer, query, images = (
        BlockAnswer("[2] > [1]\u2009", (-0.5, 1e-9), 0.25),
        "ab" * 32,
        ["x", "y"],
    )
    store.put("f", query, images, answer)
    store.put("f", query, images, BlockAnswer("other", (), 0.0))
    assert store.get("f", query, images) == answer
    assert store.get("f", query, images[::-1]) is None
    store.forget(query)
    assert store.get("f", query, images) is None
    store.close()


class Stubborn(ColourAsker):
    """Always answers the first place, as a model that was not taught the prompt."""

    def say(self, question, query, candidates):
        return "[1]"


@pytest.mark.parametrize("method", ["set", "listwise", "setwise"])
def test_the_self_test_tells_a_model_that_looks_from_one_that_does_not(bench, method):
    reranker, _ = asked(bench, method)
    session = bench.runs._session
    of = (reranker.tokens, session.images, session.corpus)
    found = several_self_test(reranker.scorer, *of)
    assert (found.verdict, found.identical) == ("passed", (1.0,))
    if method != "set":
        stubborn = type(reranker.scorer)(Stubborn({}), method, 3, "?")
        refused = several_self_test(stubborn, *of)
        assert refused.verdict == "refused"
        assert refused.swapped[0] == 1.0
        assert "place 1 is named in 100% of the answers" in refused.reason


def test_without_a_model_of_this_machine_it_is_one_sentence(bench):
    tokens = bench.runs._session.models().cascade.last.reranker.tokens
    with pytest.raises(ModelError, match="asks a model on this machine about several images"):
        several_stage("set", 4, None, tokens, None)


def refusal(**named):
    with pytest.raises(SettingsError) as caught:
        check_stages(load_settings(None, {k.replace("__", "."): v for k, v in named.items()}))
    return str(caught.value)


def test_an_order_is_neither_fused_nor_swept_nor_asked_of_a_server(bench):
    said = refusal(ranking__pipeline="listwise:4@20", ranking__lam=0.2)
    assert "gives an order without scores, so the cosine cannot be fused" in said
    said = refusal(ranking__pipeline="set:4@20", model__name="http://127.0.0.1:1/v1#m")
    assert "asks a model on this machine, not a server" in said
    with pytest.raises(SettingsError, match="holds no score of a damaged image"):
        bench.robustness.require_sweeper()
    list(bench.runs.evaluate(6))
    with pytest.raises(SettingsError, match="gives an order without scores"):
        bench.runs.outcomes(Fusion(6, 0.5, 1.0))


def test_calls_are_those_of_blocks(bench):
    list(bench.runs.evaluate(6))
    (use,) = bench.runs.latest().summary.stages
    assert (use.n_pairs, use.n_calls) == (6.0, 4.0)
    assert use.n_unscored == 0
    assert bench.runs.answers(FUSION) == {"listwise:3": AnswerTally(answers=16)}
