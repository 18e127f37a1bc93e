import pytest

from core.errors import ModelError, SettingsError
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prompt_layout import render
from core.mllm.prompts import (
    NO_WORDS,
    PRESETS,
    RERANKER_PRESETS,
    YES_WORDS,
    Prompt,
    answer_forms,
    parse_prompt,
    prompt_setting,
)
from tests.core.mllm.conftest import SIZES, mosaic
from tests.oracle import score_plain
from tests.tiny_families import save_tiny
from tests.tiny_models import WORDS, save_tiny_qwen

IMAGE = "<|vision_start|><|image_pad|><|vision_end|>"
ANSWERS = {"qwen3-vl-reranker": ("yes", "no"), "lamra": ("Yes", "No")}


@pytest.fixture(scope="module")
def qwen3(tmp_path_factory):
    return load_mllm(str(save_tiny("qwen3_vl", tmp_path_factory.mktemp("qwen3"))), device="cpu")


def test_qwen3_vl_reranker_is_asked_in_the_words_of_its_training(qwen3):
    assert render(qwen3, RERANKER_PRESETS["qwen3-vl-reranker"]).text == (
        "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query "
        'and the Instruct provided. Note that the answer can only be "yes" or "no".<|im_end|>\n'
        "<|im_start|>user\n<Instruct>: Retrieve images that show the same object as the query."
        f"<Query>:{IMAGE}\n<Document>:{IMAGE}<|im_end|>\n<|im_start|>assistant\n"
    )


def test_lamra_is_asked_between_query_and_candidate(qwen3):
    text = render(qwen3, RERANKER_PRESETS["lamra"]).text
    assert text.endswith(
        f"with 'No'.Query:{IMAGE}Candidate:{IMAGE}<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("name", ANSWERS)
def test_reranker_presets_score_their_own_answer_words_as_the_processor_path_does(name, qwen3):
    prompt = parse_prompt(name)
    scorer = MllmScorer(qwen3, prompt)
    assert (scorer.answers.yes.word, scorer.answers.no.word) == ANSWERS[name]
    images = [mosaic(seed, *size) for seed, size in enumerate(SIZES)]
    query, *candidates = MllmEncoder(qwen3).encode(images)
    (batch,) = scorer.score(query, candidates)
    yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
    plain = [score_plain(qwen3, prompt, images[0], one) for one in images[1:]]
    assert [pair.margin for pair in batch] == pytest.approx(
        [float(one[yes] - one[no]) for one in plain], abs=1e-4
    )


def test_an_answer_word_that_is_no_single_token_is_refused(tmp_path):
    words = tuple(word for word in WORDS if word != "Yes")
    mute = load_mllm(str(save_tiny_qwen(tmp_path, words=words)), device="cpu")
    with pytest.raises(ModelError, match="cannot answer yes in one token"):
        MllmScorer(mute, RERANKER_PRESETS["lamra"])


@pytest.mark.parametrize("name", [*PRESETS, *RERANKER_PRESETS])
def test_presets_are_read_by_name_and_take_a_layout(name):
    prompt = parse_prompt(name)
    assert prompt.name == name
    turned = parse_prompt(f"{name}:images_then_question")
    assert turned.layout == "images_then_question"
    assert (turned.question, turned.labels, turned.yes) == (
        prompt.question,
        prompt.labels,
        prompt.yes,
    )


def test_a_question_of_ones_own_accepts_every_spelling():
    prompt = parse_prompt("Is it the same bridge?")
    assert (prompt.name, prompt.question) == ("custom", "Is it the same bridge?")
    assert (prompt.yes, prompt.no) == (YES_WORDS, NO_WORDS)


def test_spellings_are_paired_by_leading_space_and_case():
    assert answer_forms(Prompt("custom", "Same?")) == [
        ("yes", "no"),
        ("Yes", "No"),
        (" yes", " no"),
        (" Yes", " No"),
        ("YES", "NO"),
        (" YES", " NO"),
    ]
    unlike = Prompt("custom", "Same?", yes=("yes", " Yes", "Y"), no=(" No", "No", "N", " no"))
    assert answer_forms(unlike) == [(" Yes", " No"), ("Y", "N")]


@pytest.mark.parametrize(
    ("text", "said"), [(" ", "The prompt is empty"), ("object:sideways", "layout 'sideways'")]
)
def test_prompts_that_say_nothing_are_refused(text, said):
    with pytest.raises(SettingsError, match=said):
        parse_prompt(text)


@pytest.mark.parametrize(
    "text",
    [
        "object",
        "landmark:question_first",
        "qwen3-vl-reranker",
        "lamra:images_then_question",
        "Is it the same bridge?",
        "question_first:Is it the same bridge?",
        "images_then_question:object: is it the same?",
        "images_then_question:question_first: or not?",
    ],
)
def test_every_prompt_can_be_written_as_a_setting_and_read_again(text):
    prompt = parse_prompt(text)
    assert prompt_setting(prompt) == text
    assert parse_prompt(prompt_setting(prompt)) == prompt


def test_a_layout_may_stand_before_a_question_of_ones_own():
    prompt = parse_prompt("question_first: Is it the same bridge?")
    assert (prompt.name, prompt.layout) == ("custom", "question_first")
    assert prompt.question == "Is it the same bridge?"
