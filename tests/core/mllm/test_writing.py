"""What the model writes is what its own greedy decoding writes."""

import torch

from core.mllm.engine import MllmEncoder
from core.mllm.prompts import PRESETS
from core.mllm.writing import write
from tests.oracle import plain_inputs

N = 8


def test_greedy_decoding_from_stored_tokens_equals_generate(tiny, images):
    pair = (images[0], images[3])
    query, candidate = MllmEncoder(tiny).encode(pair)
    *_, text = write(tiny, PRESETS["object"], query, candidate, most_tokens=N)
    inputs = plain_inputs(tiny, PRESETS["object"], *pair)
    with torch.inference_mode():
        ids = tiny.model.generate(**inputs, max_new_tokens=N, do_sample=False)
    plain = tiny.tokenizer.decode(ids[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    assert text == plain.strip()
    assert len(set(ids[0, -N:].tolist())) > 1, "a single repeated token would prove little"


def test_text_grows_and_stops_at_the_limit(tiny, images):
    query, candidate = MllmEncoder(tiny).encode([images[0], images[3]])
    texts = list(write(tiny, PRESETS["object"], query, candidate, most_tokens=5))
    assert 1 <= len(texts) <= 5
