"""The recipe's fast paths equal transformers' own; its losses and scores are what they say."""

import math

import numpy as np
import pytest
import torch

from assets.recipes.pocket_vl import losses
from assets.recipes.pocket_vl.architecture import build_model
from assets.recipes.pocket_vl.pairs import answer_logits, answers_and_places, keep_tokens, pack
from assets.recipes.pocket_vl.scoring import auc, average_precision
from assets.recipes.pocket_vl.shake import _clutter
from assets.recipes.pocket_vl.squeeze import LEAST, draw_squeeze, round_int8
from assets.recipes.pocket_vl.state import PREFETCH, Curriculum
from assets.recipes.pocket_vl.tokenizer import train_tokenizer
from assets.recipes.pocket_vl.tower import encode
from assets.recipes.pocket_vl.wordings import all_templates

LAYOUTS = ("images_then_question", "question_first")


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer):
    return build_model(tokenizer, seed=3).eval().requires_grad_(False)


def patches_of(pixels):
    """Cut (B, 3, H, W) as the published image processor does: by token, then 2 x 2 inside it."""
    n, _, height, width = pixels.shape
    rows, columns = height // 28, width // 28
    cut = pixels.reshape(n, 3, rows, 2, 14, columns, 2, 14).permute(0, 2, 5, 3, 6, 1, 4, 7)
    flat = cut.reshape(n * rows * columns * 4, 3, 1, 14, 14)
    return flat.expand(-1, -1, 2, -1, -1).reshape(len(flat), -1)


@pytest.mark.parametrize("size", [(112, 112), (84, 140)])
@torch.no_grad()
def test_batched_tower_equals_the_models_own(model, size):
    pixels = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    grid = torch.tensor([[1, size[0] // 14, size[1] // 14]] * 2)
    expected = model.model.visual(patches_of(pixels), grid_thw=grid).pooler_output
    actual = encode(model.model.visual, pixels).flatten(0, 1)
    assert torch.allclose(actual, expected, atol=1e-4)  # float32, other order of sums


@pytest.mark.parametrize("layout", LAYOUTS)
@torch.no_grad()
def test_packed_pairs_equal_single_pairs(model, tokenizer, layout):
    template = all_templates(tokenizer)[layout][1]
    grids = ((3, 5), (4, 3))
    generator = torch.Generator().manual_seed(1)
    query = torch.randn(2, 15, 192, generator=generator)
    candidates = torch.randn(2, 3, 12, 192, generator=generator)
    actual = answer_logits(model, pack(template, *grids, 3), query, candidates)
    image = model.config.image_token_id
    ids = [*template.before, *[image] * 15, *template.between, *[image] * 12, *template.after]
    ids = torch.tensor([ids])
    positions, _ = model.model.get_rope_index(
        ids,
        mm_token_type_ids=(ids == image).int(),
        image_grid_thw=torch.tensor([[1, 6, 10], [1, 8, 6]]),
    )
    for row in range(2):
        for k in range(3):
            embedded = model.get_input_embeddings()(ids)
            embedded[ids == image] = torch.cat([query[row], candidates[row, k]])
            out = model.model.language_model(
                inputs_embeds=embedded,
                position_ids=positions,
                attention_mask=torch.ones_like(ids),
                use_cache=False,
            )
            expected = model.lm_head(out.last_hidden_state[0, -1])
            assert torch.allclose(actual[row, k], expected, atol=1e-4)


@torch.no_grad()
def test_dropped_tokens_leave_the_others_at_their_positions(model, tokenizer):
    """Against transformers' own forward over the kept ids and their own position ids."""
    template = all_templates(tokenizer)["images_then_question"][0]
    packing = pack(template, (3, 4), (3, 3), 2)
    kept = (torch.tensor([0, 4, 5, 11]), torch.tensor([1, 2, 8]))
    small = keep_tokens(packing, *kept)
    generator = torch.Generator().manual_seed(1)
    query, candidates = (torch.randn(*n, 192, generator=generator) for n in ((1, 4), (1, 2, 3)))
    actual = answer_logits(model, small, query, candidates)
    part = slice(small.prefix_length + 3 + len(template.after), None)
    alone = torch.ones(len(small.ids), dtype=torch.bool)
    alone[part] = False
    embedded = model.get_input_embeddings()(small.ids)
    embedded[small.query_at] = query[0]
    embedded[small.candidates_at[0]] = candidates[0, 0]
    hidden = model.model.language_model(
        inputs_embeds=embedded[alone][None], position_ids=small.positions[..., alone],
        attention_mask=torch.ones(1, int(alone.sum()), dtype=torch.long), use_cache=False,
    )  # fmt: skip
    expected = model.lm_head(hidden.last_hidden_state[0, -1])
    assert torch.allclose(actual[0, 0], expected, atol=1e-4)
    image_positions = packing.positions[:, 0, packing.query_at][:, kept[0]]
    assert torch.equal(small.positions[:, 0, small.query_at], image_positions)
    assert len(small.ids) == len(packing.ids) - 8 - 2 * 6


def test_int8_rounding_keeps_255_levels_and_lets_gradients_pass():
    tokens = torch.randn(2, 5, 16, requires_grad=True)
    rounded = round_int8(tokens)
    levels = rounded / tokens.detach().abs().amax(-1, keepdim=True) * 127
    assert torch.allclose(levels, levels.round(), atol=1e-3)
    assert not torch.equal(rounded, tokens)
    rounded.sum().backward()
    assert torch.equal(tokens.grad, torch.ones_like(tokens))


def test_a_squeeze_keeps_a_share_of_distinct_tokens_in_order():
    generator = torch.Generator().manual_seed(3)
    drawn = [draw_squeeze(36, 35, generator) for _ in range(300)]
    pruned = [s for s in drawn if len(s.candidates) < 35]
    assert 0.2 < len(pruned) / len(drawn) < 0.5
    assert 0.15 < np.mean([s.rounded for s in drawn]) < 0.35
    for squeeze in pruned:
        assert len(squeeze.candidates) >= round(35 * LEAST)
        assert (squeeze.candidates.diff() > 0).all()


def test_untrained_attention_prefers_the_other_image(model):
    """Bias of the repelling plane: weaker within an image, stronger six positions away."""
    attention = model.model.language_model.layers[0].self_attn
    bias = float((attention.q_proj.bias * attention.k_proj.bias).sum()) / 6 * attention.scaling
    assert bias == pytest.approx(-4.0)
    angle = 6 * 1_000_000 ** (-1 / 16)
    assert bias * math.cos(angle) > 3


def test_token_loss_is_low_when_corresponding_tokens_agree():
    eye = torch.eye(6)
    owner = torch.arange(6)
    good = losses.token_loss(eye, eye, owner, eye, owner)
    bad = losses.token_loss(eye, eye.roll(1, 0), owner, eye, owner)
    assert good < 0.01 < 1 < bad


def test_image_loss_of_perfect_descriptors_by_hand():
    """Two instances, two views each, orthogonal: -log(e^12.5 / (e^12.5 + 2))."""
    vectors = torch.eye(2).repeat_interleave(2, 0)
    value = losses.image_loss(vectors, torch.tensor([0, 0, 1, 1]), torch.ones(4))
    assert float(value) == pytest.approx(math.log1p(2 * math.exp(-1 / 0.08)), abs=1e-6)


def test_pairs_in_which_the_object_is_small_weigh_less_in_the_image_loss():
    """The first instance's views agree (loss ~0), the second's do not; weights 1 and 0.2."""
    vectors = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    owner, shown = torch.tensor([0, 0, 1, 1]), torch.tensor([0.5, 0.3, 0.9, 0.03])
    perfect, apart = math.log1p(2 * math.exp(-12.5)), math.log(3)
    value = losses.image_loss(vectors, owner, shown)
    assert float(value) == pytest.approx((perfect + 0.2 * apart) / 1.2, abs=1e-6)


def test_answer_loss_weighs_both_answers_alike():
    logits = torch.zeros(1, 5, 4)
    positive = torch.tensor([[True, False, False, False, False]])
    assert float(losses.answer_loss(logits, positive, 1, 2)) == pytest.approx(math.log(4))


def test_order_loss_by_hand():
    margins = torch.tensor([[1.0, 0.0, 0.0]])
    positive = torch.tensor([[True, False, False]])
    expected = -math.log(math.e / (math.e + 2))
    assert float(losses.order_loss(margins, positive)) == pytest.approx(expected)


def test_max_similarity_finds_the_shared_token_wherever_it_is():
    query = torch.tensor([[[1.0, 0.0]]])
    candidates = torch.tensor([[[[0.0, 1.0], [2.0, 0.0]], [[0.0, 1.0], [0.0, 3.0]]]])
    assert losses.max_similarity(query, candidates).tolist() == [[1.0, 0.0]]


def test_alone_loss_looks_at_tokens_that_are_mostly_the_object():
    tokens = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]], requires_grad=True)
    alone = torch.tensor([[[3.0, 0.0], [0.0, 1.0], [0.0, 1.0]]], requires_grad=True)
    value = losses.alone_loss(tokens, alone, torch.tensor([[1.0, 0.6, 0.5]]))
    assert value.item() == pytest.approx((0 + 1) / 2)
    value.backward()
    assert alone.grad is None
    assert losses.alone_loss(tokens, alone, torch.zeros(1, 3)).item() == 0.0


def test_place_loss_by_hand():
    """An object's token, one beside it, two of a stranger: 0.5 a + 0.25 b + 0.25 (c + d) / 2."""
    margins = torch.tensor([[[2.0, -1.0], [0.0, -3.0]]])
    shares = torch.tensor([[[1.0, 0.0], [0.0, 0.0]]])
    positive = torch.tensor([[True, False]])
    a, b, c, d = (math.log1p(math.exp(x)) for x in (-2.0, -1.0, 0.0, -3.0))
    expected = 0.5 * a + 0.25 * b + 0.25 * (c + d) / 2
    assert float(losses.place_loss(margins, shares, positive)) == pytest.approx(expected)


@torch.no_grad()
def test_places_are_read_where_the_answer_can_still_use_them(model, tokenizer):
    """Against transformers' own hidden states before the last layer."""
    template = all_templates(tokenizer)["images_then_question"][0]
    packing = pack(template, (3, 4), (3, 3), 1)
    generator = torch.Generator().manual_seed(1)
    query, candidates = (torch.randn(*n, 192, generator=generator) for n in ((1, 12), (1, 1, 9)))
    logits, places = answers_and_places(model, packing, query, candidates, (5, 6))
    assert torch.equal(logits, answer_logits(model, packing, query, candidates))
    embedded = model.get_input_embeddings()(packing.ids)
    embedded[packing.query_at], embedded[packing.candidates_at[0]] = query[0], candidates[0, 0]
    states = model.model.language_model(
        inputs_embeds=embedded[None], position_ids=packing.positions,
        attention_mask=torch.ones(1, len(packing.ids), dtype=torch.long), use_cache=False,
        output_hidden_states=True,
    ).hidden_states  # fmt: skip
    read = model.lm_head(model.model.language_model.norm(states[-2][0, packing.candidates_at[0]]))
    assert torch.allclose(places[0, 0], read[:, 5] - read[:, 6], atol=1e-4)


def test_foreign_tokens_do_not_show_the_object():
    generator = torch.Generator().manual_seed(0)
    candidates = torch.arange(4.0)[:, None, None, None].expand(4, 3, 5, 2)
    mixed, shares = _clutter(candidates, torch.ones(4, 3, 5), generator)
    assert torch.equal(shares == 0, (mixed != candidates).any(-1))
    assert 0 < shares.mean() < 1


def test_auc_counts_ties_half():
    """Pairs (2>1), (2>2 tie), (0<1), (0<2): 1.5 of 4."""
    assert auc(np.array([2.0, 0.0]), np.array([1.0, 2.0])) == 0.375


def test_average_precision_of_the_definitions_example():
    """DEFINITIONS 1 / STYLE 2: three positives at ranks 1, 3 and never, k = 2: 1 / min(2, 3)."""
    assert average_precision(np.array([True, False]), 3) == pytest.approx(0.5)


def test_a_level_ends_only_when_the_loss_has_been_low_for_long_enough():
    curriculum = Curriculum()
    for step in range(59):
        curriculum.learn(step, 0.0)
    assert curriculum.starts == [0]
    for step in range(59, 80):
        curriculum.learn(step, 0.0)
    assert curriculum.starts == [0, 61 + PREFETCH]
    assert curriculum.level_at(60 + PREFETCH) != curriculum.level_at(61 + PREFETCH)


def test_a_level_does_not_end_while_the_loss_is_high():
    curriculum = Curriculum()
    for step in range(500):
        curriculum.learn(step, 2.0)
    assert curriculum.starts == [0]
