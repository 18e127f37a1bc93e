import pytest

from core.errors import ModelError
from core.mllm.answers import answer_mass, find_answers, logits_of
from core.mllm.engine import MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prompt_layout import render
from core.mllm.prompts import PRESETS
from tests.tiny_models import WORDS, save_tiny_qwen

PROMPT = PRESETS["object"]


def text_of(loaded) -> str:
    return render(loaded, PROMPT).text


def test_words_outside_the_vocabulary_are_not_answers(tiny):
    answers = MllmScorer(tiny, PROMPT).answers
    words = {"yes", "Yes", "no", "No"}  # "YES" and "NO" would be <|unk|>
    assert set(tiny.tokenizer.convert_ids_to_tokens(list(answers.all_ids))) == words


def test_the_spelling_with_the_larger_mean_logit_is_scored(tiny):
    ids = {word: tiny.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "Yes", "no", "No")}
    liked = {ids["yes"]: 1.0, ids["Yes"]: 2.0, ids["no"]: 5.0, ids["No"]: 4.0}
    answers = find_answers(tiny, PROMPT, text_of(tiny), lambda asked: [liked[one] for one in asked])
    assert (answers.yes.word, answers.no.word) == ("Yes", "no")


def test_equal_logits_choose_the_first_spelling(tiny):
    answers = find_answers(tiny, PROMPT, text_of(tiny), lambda asked: [0.0] * len(asked))
    assert (answers.yes.word, answers.no.word) == ("yes", "no")


def test_a_side_without_a_single_token_is_refused(tmp_path):
    words = tuple(word for word in WORDS if word not in ("no", "No"))
    mute = load_mllm(str(save_tiny_qwen(tmp_path, words=words)), device="cpu")
    with pytest.raises(ModelError, match="cannot answer no in one token"):
        MllmScorer(mute, PROMPT)


def test_the_choice_is_the_same_every_time(tiny):
    assert MllmScorer(tiny, PROMPT).answers == MllmScorer(tiny, PROMPT).answers


def test_mass_of_the_whole_vocabulary_is_one(tiny):
    import torch

    hidden = torch.randn(3, tiny.dimension, generator=torch.Generator().manual_seed(0))
    everything = range(tiny.model.get_output_embeddings().weight.shape[0])
    assert answer_mass(tiny, hidden, everything).tolist() == pytest.approx([1.0] * 3)
    full = tiny.model.get_output_embeddings()(hidden)
    assert torch.allclose(logits_of(tiny, hidden, everything), full, atol=1e-5)
