"""/rerank and /score: the documented requests, and answers in any order."""

import math

import pytest

from core.mllm.prompts import PRESETS
from core.mllm.remote.protocol import Answer, ServerFaultError
from core.mllm.remote.rerank import RerankProtocol
from core.types.scores import Unscored

PROMPT = PRESETS["object"]
QUERY = {"type": "image_url", "image_url": {"url": "data:q"}}
ONE = {"type": "image_url", "image_url": {"url": "data:a"}}
TWO = {"type": "image_url", "image_url": {"url": "data:b"}}


def asked(dialect, scores="probability"):
    return RerankProtocol("m", PROMPT, dialect, scores).body("data:q", ["data:a", "data:b"])


def rerank(*rows):
    return {"results": [{"index": i, "relevance_score": score} for i, score in rows]}


def read(answer, n=2, dialect="vllm rerank", scores="probability"):
    return RerankProtocol("m", PROMPT, dialect, scores).read(answer, n)


def test_the_requests_are_the_documented_ones():
    documents = [{"content": [ONE]}, {"content": [TWO]}]
    common = {"model": "m", "documents": documents, "instruction": PROMPT.question}
    assert asked("vllm rerank") == {"query": {"content": [QUERY]}, **common}
    assert asked("vllm score") == {"queries": {"content": [QUERY]}, **common}
    assert asked("sglang rerank") == {
        "model": "m",
        "query": [QUERY],
        "documents": [[ONE], [TWO]],
        "instruct": PROMPT.question,
        "return_documents": False,
    }


def test_vllm_leaves_out_the_sigmoid_where_logits_are_wanted():
    assert asked("vllm score", "logit")["use_activation"] is False
    assert "use_activation" not in asked("vllm score")


def test_scores_are_put_back_into_the_requests_order():
    answer = rerank((1, 0.9), (0, 0.2))
    assert read(answer) == [
        Answer(math.log(0.2), pytest.approx(math.log(0.8)), None),
        Answer(math.log(0.9), pytest.approx(math.log(0.1)), None),
    ]


def test_a_bare_list_is_read_from_sglang_and_data_from_score():
    rows = [{"index": 1, "score": 0.7}, {"index": 0, "score": 0.6}]
    for answer, dialect in ((rows, "sglang rerank"), ({"data": rows}, "vllm score")):
        found = read(answer, dialect=dialect)
        assert [round(math.exp(one.logit_yes), 9) for one in found] == [0.6, 0.7]


def test_a_logit_is_the_margin_itself():
    assert read(rerank((0, 31.5), (1, -2.0)), scores="logit") == [
        Answer(31.5, 0.0, None),
        Answer(-2.0, 0.0, None),
    ]


@pytest.mark.parametrize(
    ("score", "named"),
    [
        (1.0, "exactly 1"),
        (0, "exactly 0"),
        (1.2, "no probability; set server.scores to logit"),
        (-0.1, "no probability"),
        (math.nan, "not a finite number"),
        (10**400, "not a finite number"),
        (None, "not a finite number"),
        (True, "not a finite number"),
        ([0.3], "not a finite number"),
    ],
)
def test_a_score_that_is_no_probability_leaves_its_pair_unscored(score, named):
    bad, good = read(rerank((0, score), (1, 0.5)))
    assert isinstance(bad, Unscored)
    assert named in bad.reason
    assert good == Answer(math.log(0.5), math.log(0.5), None)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (rerank((0, 0.5)), "1 scores for 2 images"),
        (rerank((0, 0.5), (1, 0.5), (2, 0.5)), "3 scores for 2 images"),
        (rerank((0, 0.5), (2, 0.5)), "or for others than were sent"),
        (rerank((0, 0.5), (-1, 0.5)), "or for others than were sent"),
        (rerank((1, 0.5), (1, 0.5)), "scored image 1 of a request twice"),
        (rerank(("0", 0.5), (1, 0.5)), "no list of scores"),
        ({"results": [{"index": 0}, {"index": 1}]}, "no list of scores"),
        ({"results": [None, None]}, "no list of scores"),
        ({"data": []}, "no list of scores"),
        ([], "no list of scores"),
        (None, "no list of scores"),
    ],
)
def test_anything_but_one_score_for_each_image_is_the_servers_fault(answer, named):
    with pytest.raises(ServerFaultError, match=named):
        read(answer)
