"""The slow, plain way to score a pair: the real processor and the whole model, pair by pair."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from core.mllm.model import Mllm
from core.mllm.prompts import Prompt, messages

Pixels = NDArray[np.uint8]


def score_plain(
    loaded: Mllm,
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
    inputs = plain_inputs(loaded, prompt, query, candidate)
    given = {name: value for name, value in inputs.items() if name not in leave_out}
    with torch.inference_mode():
        output = loaded.model(**given, logits_to_keep=logits_to_keep, use_cache=False)
    return output.logits[0, -1].float()


def plain_inputs(loaded: Mllm, prompt: Prompt, query: Pixels, candidate: Pixels):
    """Return what the processor gives the model for one pair."""
    text = loaded.processor.apply_chat_template(
        messages(prompt), add_generation_prompt=True, **loaded.family.template
    )
    return loaded.processor(text=[text], images=[[query, candidate]], return_tensors="pt")


def score_pruned(
    loaded: Mllm,
    prompt: Prompt,
    images: tuple[Pixels, Pixels],
    kept: tuple[Sequence[int], Sequence[int]],
    *,
    renumber: bool = False,
) -> torch.Tensor:
    """Return the last position's logits of a pair's prompt with columns dropped by hand, (V,).

    `kept` are the tokens of each image that stay, in the order of the image. The columns that
    stay keep the positions of the whole prompt, unless `renumber` counts them anew.
    """
    inputs = plain_inputs(loaded, prompt, *images)
    ids = inputs["input_ids"]
    places = (ids[0] == loaded.model.config.image_token_id).nonzero()[:, 0]
    stay = torch.ones(ids.shape[1], dtype=torch.bool)
    stay[places] = False
    family = loaded.family
    with torch.inference_mode():
        output = loaded.model.get_image_features(
            **{name: inputs[name] for name in family.encoder_inputs}, return_dict=True
        )
        tokens = _two(output.pooler_output)
        rows = torch.tensor([*kept[0], *[len(tokens[0]) + row for row in kept[1]]])
        stay[places[rows]] = True
        output.pooler_output = _as_given(torch.cat(tokens)[rows], output.pooler_output)
        if family.deepstack:
            output.deepstack_features = [
                [torch.cat(_two(layer))[rows]] for layer in output.deepstack_features
            ]
        position_ids = _positions(loaded, inputs)[..., stay]
        ids = ids[:, stay]
        if renumber:
            position_ids = torch.arange(ids.shape[1]).expand(position_ids.shape)
        logits = loaded.model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            position_ids=position_ids,
            mm_encoder_outputs={"image": output},
            use_cache=False,
        ).logits
    return logits[0, -1].float()


def _two(tokens) -> list[torch.Tensor]:
    """Return the tokens of both images, which some families answer in one piece."""
    parts = list(tokens)
    return parts if len(parts) == 2 else list(parts[0].chunk(2))


def _as_given(tokens: torch.Tensor, given):
    return tokens if isinstance(given, torch.Tensor) else [tokens]


def _positions(loaded: Mllm, inputs) -> torch.Tensor:
    ids = inputs["input_ids"]
    if loaded.family.grid_input is None:
        return torch.arange(ids.shape[1])[None]
    positions, _ = loaded.base.get_rope_index(
        ids, inputs["mm_token_type_ids"], inputs[loaded.family.grid_input]
    )
    return positions
