"""The prompt of a pair as token ids and positions, cut at the places of the two images."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from core.errors import ModelError
from core.mllm.answers import token_ids
from core.mllm.loading import LoadedMllm
from core.mllm.prompts import Prompt, messages
from core.mllm.tokens import to_tensor
from core.types import VisualTokens


@dataclass(frozen=True, slots=True)
class PairPrompt:
    """A rendered prompt: `head`, query image, `middle`, candidate image, `tail` (token ids)."""

    text: str
    head: tuple[int, ...]
    middle: tuple[int, ...]
    tail: tuple[int, ...]
    image_id: int


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A run of the prompt with one image in it: ids (S,), positions (3, S), tokens (T, C)."""

    ids: torch.Tensor
    positions: torch.Tensor
    image: torch.Tensor


@dataclass(frozen=True, slots=True, eq=False)
class SuffixBatch:
    """Right-padded suffixes: ids and mask (B, S), positions (3, B, S), tokens per candidate."""

    ids: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor
    images: list[torch.Tensor]


def render(loaded: LoadedMllm, prompt: Prompt) -> PairPrompt:
    """Render the chat template with two images and cut it at their placeholders.

    Raises:
        ModelError: The template does not show two images.
    """
    text: str = loaded.processor.apply_chat_template(messages(prompt), add_generation_prompt=True)
    image_id = int(loaded.model.config.image_token_id)
    ids = token_ids(loaded, text)
    places = [place for place, one in enumerate(ids) if one == image_id]
    if len(places) != 2:
        raise ModelError(
            f"The chat template of model {loaded.name} shows {len(places)} images instead of two; "
            "choose an instruction-tuned model of the family."
        )
    first, second = places
    return PairPrompt(
        text, tuple(ids[:first]), tuple(ids[first + 1 : second]), tuple(ids[second + 1 :]), image_id
    )


class PairAssembler:
    """Lays out the pairs of one query: where each token stands in the full, unpruned prompt.

    The model's own position ids are computed once per size of candidate.
    """

    def __init__(self, loaded: LoadedMllm, prompt: PairPrompt, query: VisualTokens) -> None:
        self._loaded = loaded
        self._prompt = prompt
        self._query = query
        self._positions: dict[tuple[int, int], torch.Tensor] = {}

    def prefix(self) -> Segment:
        """Return everything before the candidate's first token."""
        prompt, query = self._prompt, self._query
        start = len(prompt.head)
        columns = [
            torch.arange(start),
            start + _kept(query),
            start + query.full_count + torch.arange(len(prompt.middle)),
        ]
        ids = [*prompt.head, *[prompt.image_id] * len(query.positions), *prompt.middle]
        # Nothing before the candidate depends on the candidate, so any size of it will do.
        return self._segment(ids, columns, query.grid, query)

    def suffix(self, candidate: VisualTokens) -> Segment:
        """Return the candidate's image and the end of the prompt."""
        prompt = self._prompt
        start = len(prompt.head) + self._query.full_count + len(prompt.middle)
        columns = [
            start + _kept(candidate),
            start + candidate.full_count + torch.arange(len(prompt.tail)),
        ]
        ids = [*[prompt.image_id] * len(candidate.positions), *prompt.tail]
        return self._segment(ids, columns, candidate.grid, candidate)

    def _segment(
        self,
        ids: list[int],
        columns: list[torch.Tensor],
        grid: tuple[int, int],
        tokens: VisualTokens,
    ) -> Segment:
        positions = self._full_positions(grid)[:, torch.cat(columns)]
        return Segment(torch.tensor(ids), positions, to_tensor(tokens))

    def _full_positions(self, grid: tuple[int, int]) -> torch.Tensor:
        if grid not in self._positions:
            self._positions[grid] = full_positions(
                self._loaded, self._prompt, self._query.grid, grid
            )
        return self._positions[grid]


def full_positions(
    loaded: LoadedMllm, prompt: PairPrompt, query: tuple[int, int], candidate: tuple[int, int]
) -> torch.Tensor:
    """Return the model's position ids (3, S) of the pair's full prompt; grids are in tokens."""
    merge, image_id = loaded.merge_size, prompt.image_id
    ids = torch.tensor(
        [
            *prompt.head,
            *[image_id] * (query[0] * query[1]),
            *prompt.middle,
            *[image_id] * (candidate[0] * candidate[1]),
            *prompt.tail,
        ]
    )[None]
    positions, _ = loaded.base.get_rope_index(
        ids,
        mm_token_type_ids=(ids == image_id).int(),
        image_grid_thw=torch.tensor([(1, h * merge, w * merge) for h, w in (query, candidate)]),
    )
    full: torch.Tensor = positions[:, 0]
    return full


def pad_right(segments: Sequence[Segment], device: torch.device) -> SuffixBatch:
    """Stack suffixes on the device, padded by their last token under a zero mask."""
    n, width = len(segments), max(len(one.ids) for one in segments)
    ids = torch.stack([_widen(one.ids, width) for one in segments])
    positions = torch.stack([_widen(one.positions, width) for one in segments], dim=1)
    mask = torch.zeros(n, width, dtype=torch.int64)
    for row, one in enumerate(segments):
        mask[row, : len(one.ids)] = 1
    images = [one.image.to(device) for one in segments]
    return SuffixBatch(ids.to(device), mask.to(device), positions.to(device), images)


def _widen(values: torch.Tensor, width: int) -> torch.Tensor:
    last = values[..., -1:]
    return torch.cat([values, last.expand(*values.shape[:-1], width - values.shape[-1])], dim=-1)


def _kept(tokens: VisualTokens) -> torch.Tensor:
    """Return the places of the kept tokens in the full grid, row by row."""
    rows, columns = tokens.positions[:, 0].astype("int64"), tokens.positions[:, 1].astype("int64")
    return torch.from_numpy(rows * tokens.grid[1] + columns)
