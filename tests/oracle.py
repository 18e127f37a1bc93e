"""The slow, plain way to score a pair: the real processor and the whole model, pair by pair."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from core.mllm.loading import LoadedMllm
from core.mllm.prompts import Prompt, messages

Pixels = NDArray[np.uint8]


def score_plain(
    loaded: LoadedMllm,
    prompt: Prompt,
    query: Pixels,
    candidate: Pixels,
    *,
    leave_out: Sequence[str] = (),
    logits_to_keep: int = 0,
) -> torch.Tensor:
    """Return the last position's logits over the whole vocabulary, (V,) float32.

    `leave_out` names inputs of the processor that the model is not given; `logits_to_keep` is
    transformers' own argument: 0 computes the logits of every position of the prompt.
    """
    text = loaded.processor.apply_chat_template(messages(prompt), add_generation_prompt=True)
    inputs = loaded.processor(text=[text], images=[query, candidate], return_tensors="pt")
    given = {name: value for name, value in inputs.items() if name not in leave_out}
    with torch.inference_mode():
        output = loaded.model(**given, logits_to_keep=logits_to_keep, use_cache=False)
    return output.logits[0, -1].float()
