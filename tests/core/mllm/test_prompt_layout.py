from collections.abc import Sequence

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prompt_layout import PairAssembler, pad_right, render
from core.mllm.prompts import PRESETS, Prompt, messages
from core.types.scores import VisualTokens

PROMPTS = (PRESETS["object"], Prompt("object", PRESETS["object"].question, "question_first"))


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda one: one.layout)
def test_assembled_ids_and_positions_are_those_of_the_processor(tiny: Mllm, images, prompt):
    text = tiny.processor.apply_chat_template(messages(prompt), add_generation_prompt=True)
    query, *candidates = MllmEncoder(tiny).encode(images)
    assembler = PairAssembler(tiny, render(tiny, prompt), query)
    start = assembler.prefix()
    for image, tokens in zip(images[1:], candidates, strict=True):
        plain = tiny.processor(text=[text], images=[images[0], image], return_tensors="pt")
        positions, _ = tiny.base.get_rope_index(
            plain["input_ids"], plain["mm_token_type_ids"], plain["image_grid_thw"]
        )
        end = assembler.suffix(tokens)
        assert torch.equal(torch.cat([start.ids, end.ids]), plain["input_ids"][0])
        assert torch.equal(torch.cat([start.positions, end.positions], dim=1), positions[:, 0])


def keep(tokens: VisualTokens, rows: Sequence[int]) -> VisualTokens:
    chosen = np.array(rows)
    return VisualTokens(
        tokens.tokens[chosen],
        tokens.dtype,
        tokens.positions[chosen],
        tokens.grid,
        tokens.full_count,
    )


def test_dropped_tokens_leave_the_positions_of_the_others_alone(tiny, images):
    query, candidate = MllmEncoder(tiny).encode(images[:2])
    prompt = render(tiny, PRESETS["object"])
    whole = PairAssembler(tiny, prompt, query)
    part = PairAssembler(tiny, prompt, keep(query, [0, 5, 15]))
    start, n_head = whole.prefix(), len(prompt.head)
    columns = [*range(n_head), n_head, n_head + 5, n_head + 15, *range(n_head + 16, len(start.ids))]
    assert torch.equal(part.prefix().positions, start.positions[:, columns])
    end, cut = whole.suffix(candidate), part.suffix(keep(candidate, [1, 4]))
    assert torch.equal(cut.positions, end.positions[:, [1, 4, *range(6, len(end.ids))]])


def test_candidates_of_one_size_are_laid_out_by_the_places_that_each_keeps(tiny, images):
    query, candidate = MllmEncoder(tiny).encode(images[:2])
    prompt = render(tiny, PRESETS["object"])
    shared = PairAssembler(tiny, prompt, query)
    for rows in (range(6), [1, 4], [1, 4], [2, 4], range(6)):
        kept = keep(candidate, rows)
        expected, actual = PairAssembler(tiny, prompt, query).suffix(kept), shared.suffix(kept)
        assert torch.equal(actual.ids, expected.ids)
        assert torch.equal(actual.positions, expected.positions)
        assert torch.equal(actual.image, expected.image)


def test_pruned_pairs_are_scored(tiny, images):
    query, candidate = MllmEncoder(tiny).encode(images[:2])
    scorer = MllmScorer(tiny, PRESETS["object"])
    ((whole, part),) = scorer.score(query, [candidate, keep(candidate, [0, 3])])
    assert whole.margin != pytest.approx(part.margin, abs=1e-3)


def test_padding_repeats_the_last_token_under_a_zero_mask(tiny, images):
    query, long, short = MllmEncoder(tiny).encode([images[0], images[3], images[5]])
    assembler = PairAssembler(tiny, render(tiny, PRESETS["object"]), query)
    batch = pad_right([assembler.suffix(long), assembler.suffix(short)], tiny.device)
    n_tail = batch.ids.shape[1] - 12
    assert batch.mask.sum(dim=1).tolist() == [12 + n_tail, 4 + n_tail]
    assert (batch.ids[1, 4 + n_tail :] == batch.ids[1, 4 + n_tail - 1]).all()
    placeholders = (batch.ids == tiny.model.config.image_token_id).sum(dim=1)
    assert placeholders.tolist() == [12, 4]


def test_template_that_shows_no_images_is_refused(tiny_folder):
    blind = load_mllm(str(tiny_folder), device="cpu")
    blind.processor.chat_template = "{{ messages[0]['role'] }}"
    with pytest.raises(ModelError, match="shows 0 images instead of two"):
        render(blind, PRESETS["object"])


def test_system_line_replaces_the_templates_own(tiny):
    own = render(tiny, PRESETS["object"]).text
    other = render(tiny, Prompt("object", PRESETS["object"].question, system="You show.")).text
    assert "You are a helpful assistant." in own
    assert "You are a helpful assistant." not in other
    assert "You show." in other
