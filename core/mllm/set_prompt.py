"""A prompt of a query and several candidates, from stored visual tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.errors import ModelError
from core.mllm.answers import token_ids
from core.mllm.model import Mllm
from core.mllm.prompt_layout import kept_places
from core.mllm.tokens import to_layers
from core.types.scores import VisualTokens

_SIDE_PX = 224  # of the image with which a prompt is rendered
_IMAGE: dict[str, Any] = {"type": "image"}


@dataclass(frozen=True, slots=True)
class SetPrompt:
    """Token ids around the images: one piece more than there are images, the query's first.

    What the processor writes around an image belongs to the pieces, not to the image.
    """

    text: str
    pieces: tuple[tuple[int, ...], ...]
    image_id: int


@dataclass(frozen=True, slots=True, eq=False)
class SetInput:
    """A prompt as the model takes it: ids (S,), positions (A, S), images (1 + L, T_i, C)."""

    ids: torch.Tensor
    positions: torch.Tensor
    images: list[torch.Tensor]


def set_messages(question: str, n: int) -> list[dict[str, Any]]:
    """Return chat messages with the query's image place, then n candidates after their labels."""
    content: list[dict[str, Any]] = [{"type": "text", "text": "Query:"}, _IMAGE]
    for number in range(1, n + 1):
        content += [{"type": "text", "text": f"Candidate {number}:"}, _IMAGE]
    return [{"role": "user", "content": [*content, {"type": "text", "text": question}]}]


def render_set(loaded: Mllm, question: str, n: int) -> SetPrompt:
    """Let the processor write the prompt of a query and n candidates, cut around their tokens.

    Raises:
        ModelError: The template does not show as many images.
    """
    text: str = loaded.processor.apply_chat_template(
        set_messages(question, n), add_generation_prompt=True, **loaded.family.template
    )
    image_id = int(loaded.model.config.image_token_id)
    n_shown = token_ids(loaded, text).count(image_id)
    if n_shown != n + 1:
        raise ModelError(
            f"The chat template of model {loaded.name} shows {n_shown} images instead of {n + 1}; "
            "choose a model that takes several images."
        )
    image = np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8)
    ids: list[int] = loaded.processor(
        text=[text], images=[[image] * (n + 1)], return_tensors="pt", add_special_tokens=False
    )["input_ids"][0].tolist()
    places = [place for place, one in enumerate(ids) if one == image_id]
    size = len(places) // (n + 1)  # tokens of one image
    starts = [0, *(places[end - 1] + 1 for end in range(size, len(places) + 1, size))]
    ends = [*places[::size], len(ids)]
    pieces = tuple(tuple(ids[start:end]) for start, end in zip(starts, ends, strict=True))
    assert sum(map(len, pieces)) + len(places) == len(ids), "an image in one piece"
    return SetPrompt(text, pieces, image_id)


def lay_out(loaded: Mllm, prompt: SetPrompt, images: Sequence[VisualTokens]) -> SetInput:
    """Return a prompt with its images; pruned tokens keep the places of the full prompt.

    Args:
        loaded: The model.
        prompt: Of as many images.
        images: The query, then the candidates in order.
    """
    ids, columns, start = list[int](), list[torch.Tensor](), 0
    for piece, image in zip(prompt.pieces, (*images, None), strict=True):
        ids += piece
        columns.append(start + torch.arange(len(piece)))
        start += len(piece)
        if image is not None:
            ids += [prompt.image_id] * len(image.positions)
            columns.append(start + kept_places(image))
            start += image.full_count
    positions = _full_positions(loaded, prompt, images)[:, torch.cat(columns)]
    return SetInput(torch.tensor(ids), positions, [to_layers(image) for image in images])


def _full_positions(
    loaded: Mllm, prompt: SetPrompt, images: Sequence[VisualTokens]
) -> torch.Tensor:
    """Return the model's position ids (A, S) of the full, unpruned prompt."""
    counts = [*(image.full_count for image in images), 0]
    full: list[int] = []
    for piece, count in zip(prompt.pieces, counts, strict=True):
        full += [*piece, *[prompt.image_id] * count]
    ids = torch.tensor(full)[None]
    if loaded.family.grid_input is None:
        return torch.arange(ids.shape[1])[None]
    merge = loaded.merge_size
    grids = [(1, one.grid[0] * merge, one.grid[1] * merge) for one in images]
    positions, _ = loaded.base.get_rope_index(
        ids,
        mm_token_type_ids=(ids == prompt.image_id).int(),
        image_grid_thw=torch.tensor(grids),
    )
    found: torch.Tensor = positions[:, 0]
    return found
