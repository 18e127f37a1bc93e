"""The prompt of a pair as token ids and positions, cut at the places of the two images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ModelError
from core.mllm.answers import token_ids
from core.mllm.model import Mllm
from core.mllm.prompts import Prompt, messages
from core.mllm.tokens import to_layers
from core.types.scores import VisualTokens

_SIDE_PX = 224  # of the image with which a prompt is rendered


@dataclass(frozen=True, slots=True)
class PairPrompt:
    """A rendered prompt: `head`, query image, `middle`, candidate image, `tail` (token ids).

    What the processor writes around an image belongs to the parts, not to the image.
    """

    text: str
    head: tuple[int, ...]
    middle: tuple[int, ...]
    tail: tuple[int, ...]
    image_id: int


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A run of the prompt with one image in it.

    Token ids (S,), positions (A, S) with one row per axis, and visual tokens (1 + L, T, C) with
    the extra layers after the tokens themselves.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    image: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SuffixBatch:
    """Right-padded suffixes: ids and mask (B, S), tokens (1 + L, T_i, C) per candidate.

    Positions are as the model takes them: (3, B, S), or (B, S) where there is one axis.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor
    images: list[torch.Tensor]


def without_special_tokens(loaded: Mllm, text: str) -> str:
    """Return a text in which the tokenizer finds no special token: a blank parts each of them.

    So `<|im_end|>` becomes `< |im_end|>`, which is read letter by letter: what a query says cannot
    end the question, open another turn, or stand for an image.
    """
    special = [str(one) for one in loaded.tokenizer.all_special_tokens]
    special += [
        str(one)
        for one in getattr(loaded.tokenizer, "added_tokens_decoder", {}).values()
        if getattr(one, "special", True)
    ]
    marks = sorted({one for one in special if one.strip()}, key=len, reverse=True)
    return parted(text, marks)


def parted(text: str, marks: Sequence[str]) -> str:
    """Return a text without any of the marks: each is parted by a blank after its first letter."""
    found = True
    while found:
        found = False
        for mark in marks:
            if len(mark) > 1 and mark in text:
                text, found = text.replace(mark, f"{mark[0]} {mark[1:]}"), True
    return text


def chat_text(loaded: Mllm, prompt: Prompt) -> str:
    """Return the prompt in the model's chat template, with one placeholder per image."""
    text: str = loaded.processor.apply_chat_template(
        messages(prompt), add_generation_prompt=True, **loaded.family.template
    )
    return text


def render(loaded: Mllm, prompt: Prompt, query_text: str = "") -> PairPrompt:
    """Let the processor write the prompt of two images and cut it around their tokens.

    Args:
        loaded: The model.
        prompt: The question.
        query_text: What a composed query says, for the prompt's place of it.

    Raises:
        ModelError: The template does not show two images, or not in the prompt's layout; or the
            query has a text and the prompt no place for it.
    """
    prompt = prompt.asked(without_special_tokens(loaded, query_text))
    text = chat_text(loaded, prompt)
    image_id = int(loaded.model.config.image_token_id)
    _refuse_template(loaded, prompt, text, image_id)
    image = np.zeros((_SIDE_PX, _SIDE_PX, 3), np.uint8)
    ids: list[int] = loaded.processor(
        text=[text], images=[[image, image]], return_tensors="pt", add_special_tokens=False
    )["input_ids"][0].tolist()
    places = [place for place, one in enumerate(ids) if one == image_id]
    n = len(places) // 2  # tokens of one image
    query, candidate = places[:n], places[n:]
    assert query[-1] - query[0] == candidate[-1] - candidate[0] == n - 1, "an image in one piece"
    return PairPrompt(
        text,
        tuple(ids[: query[0]]),
        tuple(ids[query[-1] + 1 : candidate[0]]),
        tuple(ids[candidate[-1] + 1 :]),
        image_id,
    )


def _refuse_template(loaded: Mllm, prompt: Prompt, text: str, image_id: int) -> None:
    n_shown = token_ids(loaded, text).count(image_id)
    if n_shown != 2:
        raise ModelError(
            f"The chat template of model {loaded.name} shows {n_shown} images instead of two; "
            "choose an instruction-tuned model of the family."
        )
    placeholder = str(loaded.tokenizer.convert_ids_to_tokens(image_id))
    late = text.find(prompt.question) > text.find(placeholder)
    if prompt.layout == "question_first" and late:
        raise ModelError(
            f"The chat template of model {loaded.name} always shows the images first; choose a "
            "prompt of the layout images_then_question."
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """A suffix without its image; candidates of one grid that keep the same tokens share it.

    Rows and columns of the kept tokens (T, 2), token ids (S,), positions (A, S) as in a Segment.
    """

    kept: NDArray[np.int16]
    ids: torch.Tensor
    positions: torch.Tensor


class PairAssembler:
    """Lays out the pairs of one query: where each token stands in the full, unpruned prompt.

    The model's own position ids are computed once per size of candidate, and the layout of the last
    candidate of each size serves the next.
    """

    def __init__(self, loaded: Mllm, prompt: PairPrompt, query: VisualTokens) -> None:
        self._loaded = loaded
        self._prompt = prompt
        self._query = query
        self._positions: dict[tuple[int, int], torch.Tensor] = {}
        self._layouts: dict[tuple[int, int], _Layout] = {}

    def prefix(self) -> Segment:
        """Return everything before the candidate's first token."""
        prompt, query = self._prompt, self._query
        start = len(prompt.head)
        columns = [
            torch.arange(start),
            start + kept_places(query),
            start + query.full_count + torch.arange(len(prompt.middle)),
        ]
        ids = [*prompt.head, *[prompt.image_id] * len(query.positions), *prompt.middle]
        # Nothing before the candidate depends on the candidate, so any size of it will do.
        positions = self._full_positions(query)[:, torch.cat(columns)]
        return Segment(torch.tensor(ids), positions, to_layers(query))

    def suffix(self, candidate: VisualTokens) -> Segment:
        """Return the candidate's image and the end of the prompt."""
        layout = self._layouts.get(candidate.grid)
        if layout is None or not np.array_equal(layout.kept, candidate.positions):
            layout = self._layouts[candidate.grid] = self._lay_out(candidate)
        return Segment(layout.ids, layout.positions, to_layers(candidate))

    def _lay_out(self, candidate: VisualTokens) -> _Layout:
        prompt = self._prompt
        start = len(prompt.head) + self._query.full_count + len(prompt.middle)
        columns = [
            start + kept_places(candidate),
            start + candidate.full_count + torch.arange(len(prompt.tail)),
        ]
        ids = [*[prompt.image_id] * len(candidate.positions), *prompt.tail]
        positions = self._full_positions(candidate)[:, torch.cat(columns)]
        return _Layout(candidate.positions, torch.tensor(ids), positions)

    def _full_positions(self, candidate: VisualTokens) -> torch.Tensor:
        if candidate.grid not in self._positions:
            self._positions[candidate.grid] = full_positions(
                self._loaded, self._prompt, self._query, candidate
            )
        return self._positions[candidate.grid]


def full_positions(
    loaded: Mllm, prompt: PairPrompt, query: VisualTokens, candidate: VisualTokens
) -> torch.Tensor:
    """Return the model's position ids (A, S) of the pair's full, unpruned prompt."""
    image_id = prompt.image_id
    ids = torch.tensor(
        [
            *prompt.head,
            *[image_id] * query.full_count,
            *prompt.middle,
            *[image_id] * candidate.full_count,
            *prompt.tail,
        ]
    )[None]
    if loaded.family.grid_input is None:
        return torch.arange(ids.shape[1])[None]
    merge = loaded.merge_size
    positions, _ = loaded.base.get_rope_index(
        ids,
        mm_token_type_ids=(ids == image_id).int(),
        image_grid_thw=torch.tensor(
            [(1, one.grid[0] * merge, one.grid[1] * merge) for one in (query, candidate)]
        ),
    )
    full: torch.Tensor = positions[:, 0]
    return full


def pad_right(segments: Sequence[Segment], device: torch.device) -> SuffixBatch:
    """Stack suffixes on the device, padded by their last token under a zero mask."""
    n, width = len(segments), max(len(one.ids) for one in segments)
    ids = torch.stack([_widen(one.ids, width) for one in segments])
    positions = torch.stack([_widen(one.positions, width) for one in segments], dim=1)
    positions = positions[0] if len(positions) == 1 else positions
    mask = torch.zeros(n, width, dtype=torch.int64)
    for row, one in enumerate(segments):
        mask[row, : len(one.ids)] = 1
    images = [one.image.to(device) for one in segments]
    return SuffixBatch(ids.to(device), mask.to(device), positions.to(device), images)


def _widen(values: torch.Tensor, width: int) -> torch.Tensor:
    last = values[..., -1:]
    return torch.cat([values, last.expand(*values.shape[:-1], width - values.shape[-1])], dim=-1)


def kept_places(tokens: VisualTokens) -> torch.Tensor:
    """Return the places of the kept tokens in the full grid, row by row."""
    rows, columns = tokens.positions[:, 0].astype("int64"), tokens.positions[:, 1].astype("int64")
    return torch.from_numpy(rows * tokens.grid[1] + columns)
