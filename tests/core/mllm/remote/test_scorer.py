"""Scoring over HTTP: values, order, concurrency, cancel, and every fault in one sentence."""

import json
import logging
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from core.mllm.prompts import PRESETS
from core.mllm.remote.chat import ChatProtocol
from core.mllm.remote.client import Backoff
from core.mllm.remote.rerank import RerankProtocol
from core.types.scores import Unscored
from tests.core.mllm.remote.fake_server import NO_ID, YES_ID, FakeServer, Reply

PROMPT = PRESETS["object"]
PROTOCOLS = {
    "chat": ChatProtocol("tiny-vl", PROMPT),
    "chat by ids": ChatProtocol("tiny-vl", PROMPT, [YES_ID, 7], [NO_ID]),
    "vllm rerank": RerankProtocol("tiny-vl", PROMPT, "vllm rerank"),
    "vllm rerank, logits": RerankProtocol("tiny-vl", PROMPT, "vllm rerank", "logit"),
    "vllm score": RerankProtocol("tiny-vl", PROMPT, "vllm score"),
    "vllm score, logits": RerankProtocol("tiny-vl", PROMPT, "vllm score", "logit"),
    "sglang rerank": RerankProtocol("tiny-vl", PROMPT, "sglang rerank"),
}


def answers(scorer, pictures):
    return [one for batch in scorer.score(pictures[0], pictures) for one in batch]


def margins(scorer, pictures):
    return [None if isinstance(one, Unscored) else one.margin for one in answers(scorer, pictures)]


def reasons(scorer, pictures):
    return [one.reason for one in answers(scorer, pictures) if isinstance(one, Unscored)]


def wait_for_requests_to_end():
    for thread in threading.enumerate():
        if thread.name.startswith("server_"):
            thread.join(10.0)
            assert not thread.is_alive()


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_gives_the_servers_margins_in_the_candidates_order(
    make_scorer, pictures, name
):
    # plain grey pictures 24 / 255 apart: 4 - 40 * 24 i / 255 (fake_server.margin_of)
    expected = [4.0 - 40.0 * 24 * i / 255 for i in range(10)]
    assert margins(make_scorer(PROTOCOLS[name]), pictures) == pytest.approx(expected, abs=1e-6)


def test_neither_order_nor_values_depend_on_concurrency(make_scorer, pictures, server):
    one = margins(make_scorer(concurrency=1), pictures)
    server.always = lambda answer: Reply(answer, delay_s=0.03 * (len(server.requests) % 3))
    assert margins(make_scorer(concurrency=7), pictures) == one


def test_no_more_requests_are_under_way_than_allowed(make_scorer, pictures, server):
    server.always = lambda answer: Reply(answer, delay_s=0.03)
    scorer = make_scorer(concurrency=3)
    both = [threading.Thread(target=answers, args=(scorer, pictures)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert 1 < server.most_at_once <= 3


def test_closing_the_generator_sends_no_further_request(make_scorer, pictures, server):
    server.always = lambda answer: Reply(answer, delay_s=0.05)
    steps = make_scorer(concurrency=2).score(pictures[0], pictures)
    next(steps)
    steps.close()
    wait_for_requests_to_end()
    assert len(server.requests) <= 2


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._guard = threading.Lock()

    def __call__(self) -> float:
        return self.now_s

    def passes(self, seconds: float) -> None:
        with self._guard:
            self.now_s += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr("core.mllm.remote.scorer.time", SimpleNamespace(perf_counter=made))
    return made


def test_the_seconds_of_a_pair_are_those_its_answer_was_waited_for(
    make_scorer, pictures, server, clock
):
    server.always = lambda answer: clock.passes(2.0) or Reply(answer)
    found = []
    for batch in make_scorer(concurrency=1).score(pictures[0], pictures):
        found += [one.seconds for one in batch]
        clock.passes(100.0)  # of whoever asked for the scores
    assert found == [2.0] * 10


def test_seconds_of_requests_under_way_at_once_are_counted_once(
    make_scorer, pictures, server, clock
):
    all_there = threading.Barrier(5)

    def answered(answer):
        if len(server.requests) <= 5:  # waits of 2, 4, 6, 8, 10 s are 10 s and not 30
            all_there.wait(60)
        clock.passes(2.0)
        return Reply(answer)

    server.always = answered
    found = answers(make_scorer(concurrency=5), pictures)
    assert 2.0 <= sum(one.seconds for one in found) <= 10 * 2.0


def test_a_refused_connection_is_one_sentence_and_asked_once_per_further_query(
    make_scorer, pictures, monkeypatch
):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scorer = make_scorer(url=f"http://127.0.0.1:{port}/v1")
    expected = f"No server answers at http://127.0.0.1:{port}/v1; start it, or correct server.url."
    assert reasons(scorer, pictures) == [expected] * 10
    asked = []
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda *a, **k: asked.append(a[0]) or connect(*a, **k)
    )
    assert reasons(scorer, pictures) == [expected] * 10
    assert asked == [("127.0.0.1", port)]


def test_a_server_that_comes_back_is_used_again(make_scorer, pictures, server):
    scorer = make_scorer()
    server.script.extend([Reply(status=401)] * 8)
    assert None in margins(scorer, pictures)
    server.script.clear()
    assert None not in margins(scorer, pictures)


def test_a_slow_answer_leaves_its_pair_unscored_and_keeps_the_others(make_scorer, pictures, server):
    server.script.extend([None, Reply({}, delay_s=6.0)])
    found = answers(make_scorer(concurrency=1, timeout_seconds=2.0), pictures)
    assert [isinstance(one, Unscored) for one in found] == [i == 1 for i in range(10)]
    assert "was silent for 2 s" in found[1].reason
    assert len(server.requests) == 10  # a silent server is not asked the same again


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(b'{"choices": [{"logp'), "text that is no whole JSON"),
        (Reply(b"[" * 100_000), "text that is no whole JSON"),
        (Reply({"choices": [{"message": {"content": "yes"}}]}), "holds no log-probabilities"),
        (Reply([]), "holds no log-probabilities"),
        (
            Reply({"error": {"message": "too many images"}}, status=400),
            "refuses the request (status 400: too many images)",
        ),
    ],
)
def test_a_useless_answer_is_one_sentence_for_its_pair_alone(
    make_scorer, pictures, server, reply, sentence
):
    server.script.append(reply)
    found = answers(make_scorer(concurrency=1), pictures)
    assert [isinstance(one, Unscored) for one in found] == [True] + [False] * 9
    assert sentence in found[0].reason
    assert len(server.requests) == 10  # no second attempt


def test_a_connection_that_breaks_off_is_tried_again(make_scorer, pictures, server):
    server.script.append(Reply({"choices": []}, cut=3))
    assert None not in margins(make_scorer(concurrency=1), pictures)
    assert len(server.requests) == 11


def test_429_is_asked_again(make_scorer, pictures, server):
    server.script.append(Reply(status=429, headers={"Retry-After": "0"}))
    assert None not in margins(make_scorer(concurrency=1), pictures)
    assert len(server.requests) == 11


def test_500_for_ever_is_tried_again_then_given_up(make_scorer, pictures, server):
    server.always = lambda answer: Reply({"error": {"message": "boom"}}, status=500)
    found = reasons(make_scorer(concurrency=1), pictures)
    assert len(found) == 10
    assert set(found) == {
        f"The server at {server.url} is overloaded or failing (status 500: boom); try again later, "
        "or lower server.concurrency."
    }
    # eight pairs in a row with three attempts each, then no more for this query
    assert len(server.requests) == 8 * 3


def test_a_wrong_key_names_the_environment_variable_and_not_the_key(
    make_scorer, pictures, server, caplog
):
    server.always = lambda answer: Reply({"error": "no"}, status=401)
    scorer = make_scorer(key="s3cret", key_env="MY_KEY", concurrency=1)
    with caplog.at_level(logging.DEBUG):
        found = reasons(scorer, pictures)
    assert (
        found
        == [
            f"The server at {server.url} refuses the key (status 401); put a valid one into the "
            "environment variable MY_KEY."
        ]
        * 10
    )
    assert len(server.requests) == 1
    assert server.requests[0][1]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in caplog.text + json.dumps(dict(scorer.receipt_fields))


def test_a_missing_key_is_asked_for(make_scorer, pictures, server):
    server.always = lambda answer: Reply(status=401)
    (reason,) = set(reasons(make_scorer(key_env="MY_KEY"), pictures))
    assert "wants a key (status 401); put it into the environment variable MY_KEY" in reason


def test_the_addresss_password_is_sent_and_never_shown(make_scorer, pictures, server, caplog):
    scorer = make_scorer(credentials=("me", "pa55"))
    with caplog.at_level(logging.DEBUG):
        assert None not in margins(scorer, pictures)
    assert server.requests[0][1]["Authorization"] == "Basic bWU6cGE1NQ=="
    assert "pa55" not in caplog.text + json.dumps(dict(scorer.receipt_fields))


def test_a_redirect_to_another_host_is_not_followed(make_scorer, pictures, server):
    other = FakeServer()
    try:
        target = {"Location": f"{other.url}/chat/completions"}
        server.always = lambda answer: Reply(status=307, headers=target)
        (reason,) = set(reasons(make_scorer(key="k"), pictures))
        assert (
            f"redirects to {other.url}/chat/completions, and redirects are not followed" in reason
        )
        assert other.requests == []
    finally:
        other.close()


def test_a_path_that_is_not_there_names_model_and_settings(make_scorer, pictures, server):
    server.always = lambda answer: Reply({"message": "no such model"}, status=404)
    (reason,) = set(reasons(make_scorer(), pictures))
    assert "'tiny-vl' (status 404: no such model)" in reason
    assert "server.protocol" in reason


def test_each_sentence_is_logged_once(make_scorer, pictures, server, caplog):
    server.always = lambda answer: Reply({"choices": []})
    reasons(make_scorer(), pictures)
    assert len([one for one in caplog.records if one.name.startswith("core.")]) == 1


def test_the_fingerprint_changes_with_what_changes_a_score_and_with_nothing_else(make_scorer):
    base = make_scorer().fingerprint
    assert make_scorer(key="k", concurrency=2, retries=0).fingerprint == base
    others = [
        make_scorer(url="http://elsewhere/v1"),
        make_scorer(engine="sglang"),
        make_scorer(ChatProtocol("tiny-vl", PRESETS["landmark"])),
        make_scorer(ChatProtocol("tiny-vl", PROMPT, [1], [2])),
        make_scorer(PROTOCOLS["vllm rerank"]),
        make_scorer(PROTOCOLS["vllm rerank, logits"]),
    ]
    assert len({base, *(one.fingerprint for one in others)}) == 7


def test_a_server_that_was_given_up_is_asked_once_per_query_until_it_answers(
    make_scorer, pictures, server
):
    scorer = make_scorer()
    server.always = lambda answer: Reply(status=503)
    assert len(reasons(scorer, pictures)) == 10
    sent = len(server.requests)
    assert len(reasons(scorer, pictures)) == 10
    assert len(server.requests) == sent + 1
    server.always = None
    assert None not in margins(scorer, pictures)


def test_closing_the_generator_ends_the_waiting_for_another_attempt(make_scorer, pictures, server):
    def only_the_same(answer):
        logprob = answer["choices"][0]["logprobs"]["content"][0]["logprob"]
        return Reply(answer) if logprob > -0.02 else Reply(status=503)

    server.always = only_the_same
    steps = make_scorer(concurrency=2, backoff=Backoff(30.0, 30.0)).score(pictures[0], pictures)
    next(steps)
    while len(server.requests) < 2:
        time.sleep(0.01)
    steps.close()
    wait_for_requests_to_end()
