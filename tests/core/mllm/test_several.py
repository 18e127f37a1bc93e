"""Several candidates in one prompt: stored tokens answer as the plain processor path does."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.mllm.answers import variants
from core.mllm.compression.grammar import Part
from core.mllm.compression.keeping import keep
from core.mllm.engine import MllmEncoder
from core.mllm.loading import load_mllm
from core.mllm.set_prompt import lay_out, render_set, set_messages
from core.mllm.several import BEST, CHOOSE, SeveralAsker
from tests.core.mllm.conftest import mosaic
from tests.tiny_families import save_tiny

TOLERANCE = 1e-4  # nats, float32
FAMILIES = ("qwen3_vl", "internvl", "idefics3")
N = 4


@pytest.fixture(scope="module", params=FAMILIES)
def loaded(request, tmp_path_factory):
    folder = save_tiny(request.param, tmp_path_factory.mktemp(request.param))
    return load_mllm(str(folder), "cpu", "float32", max_pixels=112 * 112)


@pytest.fixture(scope="module")
def images():
    return [mosaic(seed, 84, 84 + 28 * (seed % 2)) for seed in range(N + 1)]


def plain(loaded, images: Sequence[np.ndarray]) -> torch.Tensor:
    """Log-probabilities of the labels by the processor and the whole model, (N,)."""
    n = len(images) - 1
    text = loaded.processor.apply_chat_template(
        set_messages(CHOOSE.format(n=n), n), add_generation_prompt=True, **loaded.family.template
    )
    inputs = loaded.processor(text=[text], images=[list(images)], return_tensors="pt")
    with torch.inference_mode():
        logits = loaded.model(**inputs, use_cache=False).logits[0, -1].float()
    ids = [one.token_id for one in labels(loaded, text, n)]
    return logits.log_softmax(-1)[ids]


def labels(loaded, text, n):
    return variants(loaded, text, [str(number) for number in range(1, n + 1)]).values()


@pytest.fixture(autouse=True)
def digits_are_tokens(loaded, monkeypatch):
    """The tiny vocabularies hold no digits: their own words stand for the numbers."""
    text = render_set(loaded, CHOOSE.format(n=N), N).text
    words = ("yes", "no", "Yes", "No", "object", "landmark", "product", "artwork")
    known = list(variants(loaded, text, words).values())
    names = {str(i + 1): one for i, one in enumerate({v.token_id: v for v in known}.values())}

    def found(_loaded, _text, numbers):
        return {number: names[number] for number in numbers if number in names}

    monkeypatch.setattr("core.mllm.several.variants", found)
    monkeypatch.setitem(globals(), "variants", found)


def test_stored_tokens_equal_the_processor_path(loaded, images):
    tokens = MllmEncoder(loaded).encode(images)
    ours = SeveralAsker(loaded, dict).choose(tokens[0], tokens[1:])
    expected = plain(loaded, images)
    assert ours.log_probabilities == pytest.approx(expected.tolist(), abs=TOLERANCE)
    assert ours.mass == pytest.approx(float(expected.exp().sum()), abs=1e-5)


def test_other_images_and_another_order_give_other_answers(loaded, images):
    asker, tokens = SeveralAsker(loaded, dict), MllmEncoder(loaded).encode(images)
    ours = np.array(asker.choose(tokens[0], tokens[1:]).log_probabilities)
    turned = np.array(asker.choose(tokens[0], tokens[:0:-1]).log_probabilities)
    other = np.array(asker.choose(tokens[1], tokens[1:]).log_probabilities)
    assert np.abs(turned - ours).max() > 10 * TOLERANCE
    assert np.abs(other - ours).max() > 10 * TOLERANCE


def test_pruned_tokens_keep_their_places(loaded, images):
    tokens = MllmEncoder(loaded).encode(images)
    few = [keep(Part("divprune", 4), one) for one in tokens]
    prompt = render_set(loaded, CHOOSE.format(n=N), N)
    given, whole = lay_out(loaded, prompt, few), lay_out(loaded, prompt, tokens)
    assert given.ids.shape == given.positions.shape[1:]
    assert given.positions[:, -1].tolist() == whole.positions[:, -1].tolist()
    n_left_out = sum(len(a.positions) - len(b.positions) for a, b in zip(tokens, few, strict=True))
    assert len(whole.ids) - len(given.ids) == n_left_out > 0


def test_what_is_written_is_the_models_greedy_text(loaded, images):
    tokens = MllmEncoder(loaded).encode(images[:3])
    text = SeveralAsker(loaded, dict).say(BEST, tokens[0], tokens[1:])
    prompt = loaded.processor.apply_chat_template(
        set_messages(BEST.format(n=2), 2), add_generation_prompt=True, **loaded.family.template
    )
    inputs = loaded.processor(text=[prompt], images=[images[:3]], return_tensors="pt")
    with torch.inference_mode():
        ids = loaded.model.generate(**inputs, max_new_tokens=20, do_sample=False)
    plain_text = loaded.tokenizer.decode(
        ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True
    )
    assert text == plain_text.strip()


def test_numbers_of_several_tokens_are_refused(loaded, images, monkeypatch):
    monkeypatch.setattr("core.mllm.several.variants", lambda *_: {})
    tokens = MllmEncoder(loaded).encode(images[:3])
    with pytest.raises(ModelError, match="cannot answer the numbers 1 to 2 in one token each"):
        SeveralAsker(loaded, dict).choose(tokens[0], tokens[1:])
