"""Chat completions: what is asked, and what follows from the log-probabilities returned."""

import math
from dataclasses import replace

import pytest

from core.mllm.prompts import PRESETS, RERANKER_PRESETS
from core.mllm.remote.chat import ChatProtocol
from core.mllm.remote.protocol import Answer, ServerFaultError
from core.types.scores import Unscored

PROMPT = PRESETS["landmark"]
CHAT = ChatProtocol("tiny-vl", PROMPT)
BY_ID = ChatProtocol("tiny-vl", PROMPT, [10, 11], [20])


def returned(**tokens: float):
    top = [{"token": token, "logprob": logp} for token, logp in tokens.items()]
    return returned_list(top)


def returned_list(top):
    first = {"token": "x", "logprob": -0.1, "top_logprobs": top}
    return {"choices": [{"logprobs": {"content": [first]}}]}


def kinds(chat: ChatProtocol) -> list[str]:
    (message,) = chat.body("data:q", ["data:c"])["messages"]
    return [
        part["image_url"]["url"] if part["type"] == "image_url" else part["text"]
        for part in message["content"]
    ]


def test_both_layouts_put_the_query_before_the_candidate():
    assert kinds(CHAT) == ["data:q", "data:c", PROMPT.question]
    first = ChatProtocol("tiny-vl", replace(PROMPT, layout="question_first"))
    assert kinds(first) == [PROMPT.question, "data:q", "data:c"]


def test_one_token_is_asked_for_with_the_20_most_probable():
    body = CHAT.body("data:q", ["data:c"])
    del body["messages"]
    assert body == {
        "model": "tiny-vl",
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": 20,
    }


def test_configured_tokens_are_asked_for_by_id():
    body = BY_ID.body("data:q", ["data:c"])
    assert body["logprob_token_ids"] == [10, 11, 20]
    assert body["return_tokens_as_token_ids"] is True


def test_both_sides_are_read_in_the_most_probable_form_and_all_add_to_the_mass():
    answer = returned(Yes=math.log(0.5), yes=math.log(0.2), No=math.log(0.05), no=math.log(0.15))
    assert CHAT.read(answer, 1) == [
        Answer(math.log(0.5), math.log(0.05), pytest.approx(0.9, abs=1e-12))
    ]


def test_a_form_of_which_one_side_was_not_returned_is_not_read():
    answer = returned(Yes=math.log(0.5), yes=math.log(0.2), no=math.log(0.1), maybe=math.log(0.15))
    assert CHAT.read(answer, 1) == [
        Answer(math.log(0.2), math.log(0.1), pytest.approx(0.8, abs=1e-12))
    ]


def test_forms_of_equal_probability_read_the_first():
    answer = returned(Yes=-2.0, No=-3.0, yes=-3.0, no=-2.0)
    mass = 2 * math.exp(-2.0) + 2 * math.exp(-3.0)
    assert CHAT.read(answer, 1) == [Answer(-3.0, -2.0, pytest.approx(mass))]


def test_only_the_spellings_that_the_prompt_accepts_count():
    lamra = ChatProtocol("tiny-vl", RERANKER_PRESETS["lamra"])
    answer = returned(Yes=-3.0, No=-2.0, yes=-0.5, no=-1.5)
    mass = math.exp(-3.0) + math.exp(-2.0)
    assert lamra.read(answer, 1) == [Answer(-3.0, -2.0, pytest.approx(mass))]


def test_a_space_in_front_is_read_however_the_tokenizer_writes_it():
    answer = returned(**{"\u2581Yes": -0.3, "\u0120No": -3.0, "No": -2.0})
    mass = math.exp(-0.3) + math.exp(-3.0) + math.exp(-2.0)
    assert CHAT.read(answer, 1) == [Answer(-0.3, -3.0, pytest.approx(mass))]


def test_tokens_are_matched_by_id_where_ids_were_asked_for():
    answer = returned(**{"token_id:11": -0.2, "token_id:20": -2.0, "token_id:99": -0.01})
    assert BY_ID.read(answer, 1) == [
        Answer(-0.2, -2.0, pytest.approx(math.exp(-0.2) + math.exp(-2.0)))
    ]


@pytest.mark.parametrize(
    ("chat", "answer", "named"),
    [
        (CHAT, returned(Yes=-0.1, Sure=-2.0), "no spelling of no"),
        (CHAT, returned(No=-0.1, Yes=-9999.0), "no spelling of yes"),  # the mark of not returned
        (CHAT, returned(), "no spelling of yes"),
        (CHAT, returned(Yes=-0.1, no=-2.0, NO=-3.0), "yes and no only in unlike forms"),
        (BY_ID, returned(**{"token_id:10": -0.1}), "server.no_token_ids"),
        (BY_ID, returned(yes=-0.1, no=-1.0), "server.yes_token_ids"),
        (CHAT, returned(yes=math.nan, no=-1.0), "not a number"),
        (CHAT, returned(yes=-0.5, no=-math.inf), "not a number"),
        (CHAT, returned_list([{"token": "yes", "logprob": "x"}]), "not a number"),
    ],
)
def test_a_pair_without_both_sides_is_unscored_with_its_reason(chat, answer, named):
    (one,) = chat.read(answer, 1)
    assert isinstance(one, Unscored)
    assert named in one.reason


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"choices": []},
        {"choices": [{"logprobs": None}]},
        {"choices": [{"logprobs": {"content": []}}]},
        {"choices": [{"logprobs": {"content": [{"top_logprobs": [3]}]}}]},
        {"choices": [{"logprobs": {"content": [{"top_logprobs": None}]}}]},
    ],
)
def test_an_answer_without_log_probabilities_is_the_servers_fault(answer):
    with pytest.raises(ServerFaultError, match="no log-probabilities"):
        CHAT.read(answer, 1)


def test_two_tokens_of_one_text_both_count_and_a_repeated_entry_once():
    top = [
        {"token": "yes", "logprob": -1.0},
        {"token": "yes", "logprob": -1.0},
        {"token": "yes", "logprob": -4.0},
        {"token": "no", "logprob": -2.0},
    ]
    mass = math.exp(-1.0) + math.exp(-4.0) + math.exp(-2.0)
    assert CHAT.read(returned_list(top), 1) == [Answer(-1.0, -2.0, pytest.approx(mass))]
