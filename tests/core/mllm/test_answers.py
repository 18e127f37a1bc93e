import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.mllm.answers import AnswerTokens, answer_mass, find_answers, logits_of, token_ids
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompt_layout import render
from core.mllm.prompts import LAYOUTS, NO_WORDS, PRESETS, YES_WORDS, Prompt
from core.mllm.selftest import drawn_images
from tests.oracle import score_plain
from tests.real_vocabularies import qwen3_tokenizer
from tests.tiny_families import save_tiny
from tests.tiny_models import WORDS, save_tiny_qwen

PROMPT = PRESETS["object"]


def text_of(loaded) -> str:
    return render(loaded, PROMPT).text


def test_words_outside_the_vocabulary_are_not_answers(tiny):
    answers = MllmScorer(tiny, PROMPT).answers
    known = {"yes", "Yes", "no", "No"}  # "YES" and "NO" would be <|unk|>
    assert set(tiny.tokenizer.convert_ids_to_tokens(list(answers.all_ids))) == known


def choose(loaded, probabilities: Sequence[float]) -> AnswerTokens:
    """Return what is chosen if the accepted tokens, yes first, have these mean probabilities."""
    return find_answers(
        loaded, PROMPT, text_of(loaded), lambda _: [math.log(one) for one in probabilities]
    )


def words(answers: AnswerTokens) -> tuple[str, str]:
    return answers.yes.word, answers.no.word


def test_the_form_with_the_largest_summed_probability_is_scored(tiny):
    # In the order of the prompt: yes, Yes, no, No. By itself "Yes" is likelier than "yes", and
    # "no" than "No".
    assert words(choose(tiny, (0.10, 0.20, 0.30, 0.25))) == ("Yes", "No")
    assert words(choose(tiny, (0.10, 0.20, 0.40, 0.25))) == ("yes", "no")


def test_forms_of_equal_probability_choose_the_first(tiny):
    assert words(choose(tiny, (0.1, 0.2, 0.2, 0.1))) == ("yes", "no")


def test_probabilities_too_small_for_a_float_are_told_apart(tiny):
    logs = (-2000.0, -1000.0, -1500.0, -1001.0)
    answers = find_answers(tiny, PROMPT, text_of(tiny), lambda _: logs)
    assert words(answers) == ("Yes", "No")


def test_a_form_of_which_one_side_is_no_token_is_not_a_candidate(tmp_path):
    loaded = load_without(tmp_path, "No")
    answers = choose(loaded, (0.01, 0.90, 0.01))  # yes, Yes, no
    assert words(answers) == ("yes", "no")
    assert len(answers.all_ids) == 3, "Yes still counts in the answer mass"


def test_sides_without_a_common_form_are_refused(tmp_path):
    loaded = load_without(tmp_path, "Yes", "no")
    with pytest.raises(ModelError, match="cannot answer no in one token"):
        choose(loaded, (0.5, 0.5))


def load_without(folder: Path, *left_out: str) -> Mllm:
    known = tuple(word for word in WORDS if word not in left_out)
    return load_mllm(str(save_tiny_qwen(folder, words=known)), device="cpu")


@pytest.fixture(scope="module")
def spaced(tmp_path_factory) -> Mllm:
    """A model whose tokenizer tells " yes" from "yes", as those of published models do."""
    return load_mllm(str(save_tiny("qwen3_5", tmp_path_factory.mktemp("spaced"))), device="cpu")


def form(word: str) -> tuple[bool, bool, bool]:
    return word.startswith(" "), word.strip().isupper(), word.strip().istitle()


LOGS = st.floats(-1e4, 0.0) | st.just(-math.inf)


@given(logs=st.lists(LOGS, min_size=8, max_size=8))
def test_both_answers_have_the_same_space_and_case_whatever_the_logits(spaced, logs):
    answers = find_answers(spaced, PROMPT, text_of(spaced), lambda _: logs)
    assert form(answers.yes.word) == form(answers.no.word)
    assert answers.side_of(answers.yes.token_id) == "yes"
    assert answers.side_of(answers.no.token_id) == "no"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_form_is_the_most_probable_one_of_the_processor_path(spaced, layout):
    prompt = replace(PROMPT, layout=layout)
    summed = summed_probabilities(spaced, prompt)
    assert len(summed) == 4, "the tokenizer has no token for YES and NO"
    assert words(MllmScorer(spaced, prompt).answers) == max(summed, key=lambda one: summed[one])


def test_probabilities_are_averaged_and_not_logits(tiny):
    prompt = Prompt("custom", "Is it the same bridge?")  # by mean logits this would be Yes/No
    summed = summed_probabilities(tiny, prompt)
    assert summed["yes", "no"] > summed["Yes", "No"]
    assert words(MllmScorer(tiny, prompt).answers) == ("yes", "no")


def summed_probabilities(loaded: Mllm, prompt: Prompt) -> dict[tuple[str, str], float]:
    """Return the mean probability of each form of known tokens, by transformers' own path."""
    first, second = drawn_images(2)
    pairs = [(first, first), (first, second), (second, first), (second, second)]
    logits = torch.stack([score_plain(loaded, prompt, *pair) for pair in pairs])
    mean = logits.double().softmax(dim=1).mean(dim=0)
    text = render(loaded, prompt).text
    n = len(token_ids(loaded, text))
    ids = {word: token_ids(loaded, text + word)[n:] for word in (*YES_WORDS, *NO_WORDS)}
    return {
        (yes, no): float(mean[ids[yes] + ids[no]].sum())
        for yes, no in zip(YES_WORDS, NO_WORDS, strict=True)
        if len(ids[yes]) == len(ids[no]) == 1 and loaded.tokenizer.unk_token_id not in ids[yes]
    }


# A published vocabulary


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Mllm:
    """A random small model with the vocabulary of Qwen3; its head has a bias to be filled."""
    folder = tmp_path_factory.mktemp("published")
    tokenizer = qwen3_tokenizer()
    save_tiny_qwen(folder, weight_scale=1.0, layers=2, tokenizer=tokenizer)
    loaded = load_mllm(str(folder), device="cpu")
    head = loaded.model.get_output_embeddings()
    head.bias = torch.nn.Parameter(torch.zeros(len(head.weight)), requires_grad=False)
    return loaded


# Biases in nats under which each side by itself prefers the spellings that it preferred on models
# with published vocabularies; everything else has about 0.
UNLIKE = {
    (" Yes", "No"): ({" Yes": 14.0, "Yes": 13.5, "No": 15.0, " No": 8.0}, ("Yes", "No")),
    (" yes", "No"): ({" yes": 15.0, "Yes": 9.0, "No": 13.0, " no": 12.0}, (" yes", " no")),
    (" YES", " no"): ({" YES": 13.0, " yes": 12.5, " NO": 9.0, " no": 14.0}, (" yes", " no")),
    (" Yes", " NO"): ({" Yes": 14.0, " YES": 9.0, " NO": 13.0, " No": 12.9}, (" Yes", " No")),
}


@pytest.mark.parametrize("preferred", UNLIKE, ids=str)
def test_a_published_vocabulary_is_asked_in_one_form(published, preferred):
    biases, expected = UNLIKE[preferred]
    prefer(published, biases)
    scorer = MllmScorer(published, PROMPT)
    assert len(scorer.answers.all_ids) == 12, "every accepted spelling is one token"
    assert words(scorer.answers) == expected
    query, candidate = drawn_images(2)
    shown, other = MllmEncoder(published).encode([query, candidate])
    ((pair,),) = scorer.score(shown, [other])
    logits = score_plain(published, PROMPT, query, candidate, logits_to_keep=1)
    yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
    assert pair.margin == pytest.approx(float(logits[yes] - logits[no]), abs=1e-4)
    assert pair.margin != pytest.approx(biases[expected[0]] - biases[expected[1]], abs=1e-4)


def prefer(loaded: Mllm, biases: Mapping[str, float]) -> None:
    bias = loaded.model.get_output_embeddings().bias
    bias.zero_()
    for word, nats in biases.items():
        (token,) = token_ids(loaded, word)
        bias[token] = nats


def test_a_side_without_a_single_token_is_refused(tmp_path):
    mute = load_without(tmp_path, "no", "No")
    with pytest.raises(ModelError, match="cannot answer no in one token"):
        MllmScorer(mute, PROMPT)


def test_the_choice_is_the_same_every_time(tiny):
    assert MllmScorer(tiny, PROMPT).answers == MllmScorer(tiny, PROMPT).answers


def test_mass_of_the_whole_vocabulary_is_one(tiny):
    hidden = torch.randn(3, tiny.dimension, generator=torch.Generator().manual_seed(0))
    everything = range(tiny.model.get_output_embeddings().weight.shape[0])
    assert answer_mass(tiny, hidden, everything).tolist() == pytest.approx([1.0] * 3)
    full = tiny.model.get_output_embeddings()(hidden)
    assert torch.allclose(logits_of(tiny, hidden, everything), full, atol=1e-5)
