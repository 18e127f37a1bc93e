"""Stored visual tokens give the margins of the plain processor path."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.mllm.batching import BatchLimits
from core.mllm.compression.grammar import Part
from core.mllm.compression.keeping import keep
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.model import Mllm
from core.mllm.prefix import encoder_outputs, run_prefix, run_suffixes
from core.mllm.prompt_layout import PairAssembler, pad_right, render
from core.mllm.prompts import PRESETS, Layout, Prompt
from core.types.scores import PairLogits, VisualTokens
from tests.oracle import Pixels, score_plain, score_pruned

TOLERANCE = 1e-4  # nats, float32
LAYOUTS: tuple[Layout, ...] = ("images_then_question", "question_first")


def prompt_of(layout: Layout) -> Prompt:
    return Prompt("object", PRESETS["object"].question, layout)


def flat(batches) -> list[PairLogits]:
    return [pair for batch in batches for pair in batch]


def margins(scorer: MllmScorer, query: VisualTokens, candidates: Sequence[VisualTokens]):
    return np.array([pair.margin for pair in flat(scorer.score(query, candidates))])


def plain_margins(loaded, scorer, prompt, images: Sequence[Pixels], leave_out=()):
    yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
    logits = [
        score_plain(loaded, prompt, images[0], one, leave_out=leave_out) for one in images[1:]
    ]
    return np.array([float(one[yes] - one[no]) for one in logits])


@pytest.fixture(params=LAYOUTS)
def case(request, tiny: Mllm, images):
    """(prompt, scorer, tokens of the query and of five candidates of five shapes)."""
    prompt = prompt_of(request.param)
    return prompt, MllmScorer(tiny, prompt), MllmEncoder(tiny).encode(images)


def test_stored_tokens_one_by_one_equal_the_processor_path(case, tiny, images):
    prompt, scorer, tokens = case
    ours = np.concatenate([margins(scorer, tokens[0], [one]) for one in tokens[1:]])
    assert ours == pytest.approx(plain_margins(tiny, scorer, prompt, images), abs=TOLERANCE)


def test_one_batch_of_five_shapes_equals_the_processor_path(case, tiny, images):
    prompt, scorer, tokens = case
    ours = margins(scorer, tokens[0], tokens[1:])
    assert ours == pytest.approx(plain_margins(tiny, scorer, prompt, images), abs=TOLERANCE)


def test_full_prompts_without_shared_prefix_equal_the_processor_path(case, tiny, images):
    prompt, scorer, tokens = case
    yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
    assembler = PairAssembler(tiny, render(tiny, prompt), tokens[0])
    start = assembler.prefix()
    ours = []
    for candidate in tokens[1:]:
        end = assembler.suffix(candidate)
        logits = tiny.model(
            input_ids=torch.cat([start.ids, end.ids])[None],
            attention_mask=torch.ones(1, len(start.ids) + len(end.ids), dtype=torch.int64),
            position_ids=torch.cat([start.positions, end.positions], dim=1)[:, None],
            mm_encoder_outputs=encoder_outputs(tiny.family, [start.image, end.image]),
        ).logits[0, -1]
        ours.append(float(logits[yes] - logits[no]))
    assert ours == pytest.approx(plain_margins(tiny, scorer, prompt, images), abs=TOLERANCE)


def pruned_by_hand(tiny, scorer, prompt, images, query, candidates, *, renumber=False):
    yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
    logits = [
        score_pruned(tiny, prompt, (images[0], image), (rows(query), rows(one)), renumber=renumber)
        for image, one in zip(images[1:], candidates, strict=True)
    ]
    return np.array([float(one[yes] - one[no]) for one in logits])


def rows(tokens: VisualTokens) -> list[int]:
    return (tokens.positions[:, 0] * tokens.grid[1] + tokens.positions[:, 1]).tolist()


@pytest.mark.parametrize("name", ["divprune", "random", "grid"])
def test_compressed_images_equal_a_prompt_pruned_by_hand(name, case, tiny, images):
    prompt, scorer, tokens = case
    query, *candidates = (keep(Part(name, 4), one) for one in tokens)
    ours = margins(scorer, query, candidates)
    by_hand = pruned_by_hand(tiny, scorer, prompt, images, query, candidates)
    assert ours == pytest.approx(by_hand, abs=TOLERANCE)
    renumbered = pruned_by_hand(tiny, scorer, prompt, images, query, candidates, renumber=True)
    assert np.abs(ours - renumbered).max() > 100 * TOLERANCE


def test_answer_mass_equals_the_plain_softmax(case, tiny, images):
    prompt, scorer, tokens = case
    ids = list(scorer.answers.all_ids)
    plain = [
        float(score_plain(tiny, prompt, images[0], one).softmax(-1)[ids].sum())
        for one in images[1:]
    ]
    ours = [pair.answer_mass for pair in flat(scorer.score(tokens[0], tokens[1:]))]
    assert ours == pytest.approx(plain, abs=1e-5)


# Negative controls: without them the equalities above could hold for the wrong reason.


def test_margins_of_five_candidates_differ_by_100_tolerances(case):
    _, scorer, tokens = case
    ours = margins(scorer, tokens[0], tokens[1:])
    assert min(abs(a - b) for a, b in combinations(ours, 2)) >= 100 * TOLERANCE


def test_swapping_two_candidates_swaps_their_margins(case):
    _, scorer, tokens = case
    query, *candidates = tokens
    ours = margins(scorer, query, candidates)
    swapped = [candidates[1], candidates[0], *candidates[2:]]
    assert margins(scorer, query, swapped) == pytest.approx(ours[[1, 0, 2, 3, 4]], abs=TOLERANCE)


def test_processor_path_without_mm_token_type_ids_differs(case, tiny, images):
    prompt, scorer, tokens = case
    wrong = plain_margins(tiny, scorer, prompt, images, leave_out=("mm_token_type_ids",))
    assert np.abs(margins(scorer, tokens[0], tokens[1:]) - wrong).min() > 100 * TOLERANCE


def test_stored_path_without_position_ids_differs(case, tiny_folder):
    prompt, scorer, tokens = case
    fresh = load_mllm(str(tiny_folder), device="cpu")  # transformers keeps old offsets otherwise
    assembler = PairAssembler(fresh, render(fresh, prompt), tokens[0])
    start = pad_right([assembler.prefix()], fresh.device)
    ends = pad_right([assembler.suffix(one) for one in tokens[1:]], fresh.device)
    with torch.inference_mode():
        prefix = run_prefix(fresh, start.ids, None, start.images[0])
        hidden = run_suffixes(fresh, prefix, ends.ids, ends.mask, None, ends.images)
        rows = fresh.model.get_output_embeddings().weight
        yes, no = scorer.answers.yes.token_id, scorer.answers.no.token_id
        wrong = (hidden @ (rows[yes] - rows[no])).numpy()
    assert np.abs(margins(scorer, tokens[0], tokens[1:]) - wrong).min() > 100 * TOLERANCE


# Batches, order, memory


@pytest.mark.parametrize("items", [1, 2, 3, 16])
def test_batch_size_changes_neither_order_nor_margins(items, tiny, case):
    prompt, scorer, tokens = case
    candidates = [tokens[index] for index in (1, 2, 3, 4, 5, 1, 0)]
    small = MllmScorer(tiny, prompt, BatchLimits(items=items, tokens=8192))
    batches = list(small.score(tokens[0], candidates))
    assert len(batches[0]) == min(items, 7)
    assert [pair.margin for pair in flat(batches)] == pytest.approx(
        margins(scorer, tokens[0], candidates), abs=TOLERANCE
    )


def test_the_last_feed_forward_runs_at_one_token_per_prompt(case, tiny):
    _, scorer, tokens = case
    first, *_, last = tiny.base.language_model.layers
    lengths: list[int] = []
    hooks = [
        layer.mlp.register_forward_hook(lambda _, given, __: lengths.append(given[0].shape[1]))
        for layer in (first, last)
    ]
    margins(scorer, tokens[0], tokens[1:])
    for hook in hooks:
        hook.remove()
    assert lengths[0] > 1
    assert lengths[1::2] == [1, 1], "the prefix and one batch"
    assert not last.mlp._forward_pre_hooks, "nothing is left on the model"


def test_no_candidates_yield_nothing(case):
    _, scorer, tokens = case
    assert list(scorer.score(tokens[0], [])) == []


def test_answer_mass_is_computed_for_the_first_candidates_only(case):
    _, scorer, tokens = case
    pairs = flat(scorer.score(tokens[0], tokens[1:], mass_first=2))
    assert [pair.answer_mass is not None for pair in pairs] == [True, True, False, False, False]


def test_out_of_memory_halves_the_batch_and_keeps_the_margins(tiny_folder, images, case):
    prompt, scorer, tokens = case
    small = load_mllm(str(tiny_folder), device="cpu")
    starved = MllmScorer(small, prompt)
    refuse_batches_above(small.base.language_model, 2)
    batches = list(starved.score(tokens[0], tokens[1:]))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [pair.margin for pair in flat(batches)] == pytest.approx(
        margins(scorer, tokens[0], tokens[1:]), abs=TOLERANCE
    )


def test_out_of_memory_with_one_candidate_names_the_remedy(tiny_folder, case):
    prompt, _, tokens = case
    small = load_mllm(str(tiny_folder), device="cpu")
    starved = MllmScorer(small, prompt)
    refuse_batches_above(small.base.language_model, 0)
    with pytest.raises(ModelError, match=r"single query of \d+ tokens; lower the pixel bound"):
        list(starved.score(tokens[0], tokens[1:]))


def refuse_batches_above(module: torch.nn.Module, most: int) -> None:
    """Make a module of a real model run out of memory as CUDA does."""

    def hook(_, __, kwargs):
        if len(kwargs["inputs_embeds"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    module.register_forward_pre_hook(hook, with_kwargs=True)


def test_other_errors_of_the_model_are_not_taken_for_lack_of_memory(tiny_folder, case):
    prompt, _, tokens = case
    small = load_mllm(str(tiny_folder), device="cpu")
    broken = MllmScorer(small, prompt)

    def hook(*_):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    small.base.language_model.register_forward_pre_hook(hook)
    with pytest.raises(RuntimeError, match="mat1"):
        list(broken.score(tokens[0], tokens[1:]))


# What is refused, what is hashed


def test_logit_that_is_not_finite_is_an_error(tiny_folder, case):
    prompt, _, tokens = case
    overflowing = load_mllm(str(tiny_folder), device="cpu")
    scorer = MllmScorer(overflowing, prompt)
    with torch.no_grad():
        overflowing.base.language_model.norm.weight.fill_(float("inf"))
    with pytest.raises(ModelError, match="not finite in float32"):
        list(scorer.score(tokens[0], tokens[1:]))


def test_tokens_of_another_model_are_refused(case):
    _, scorer, tokens = case
    foreign = replace(tokens[1], tokens=np.zeros((4, 8), np.float32))
    with pytest.raises(ModelError, match="encode the images with this model"):
        list(scorer.score(tokens[0], [foreign]))


def test_bfloat16_stored_tokens_equal_the_bfloat16_processor_path(tiny_folder, case, images):
    prompt, _, _ = case
    half = load_mllm(str(tiny_folder), device="cpu", dtype="bfloat16")
    tokens = MllmEncoder(half).encode(images)
    assert tokens[0].dtype == "bfloat16"
    scorer = MllmScorer(half, prompt)
    plain = plain_margins(half, scorer, prompt, images)
    # Weights are 12 times larger than real ones: rounding to 8 bits shows in tenths of a nat.
    assert margins(scorer, tokens[0], tokens[1:]) == pytest.approx(plain, abs=0.5)


def test_fingerprint_changes_with_prompt_layout_and_system_only_by_them(tiny):
    prompts = [
        prompt_of("images_then_question"),
        prompt_of("question_first"),
        PRESETS["landmark"],
        Prompt("object", PRESETS["object"].question, system="You are helpful."),
    ]
    prints = [MllmScorer(tiny, one).fingerprint for one in prompts]
    assert len(set(prints)) == 4
    assert MllmScorer(tiny, prompts[0], BatchLimits(1, 64)).fingerprint == prints[0]


def test_what_a_compression_learns_later_changes_the_fingerprint(tiny):
    fields = {"compression": "pq:8", "codebook": "not learned yet"}
    scorer = MllmScorer(tiny, PRESETS["object"], compression=lambda: fields)
    before = scorer.fingerprint
    assert before != MllmScorer(tiny, PRESETS["object"]).fingerprint
    fields["codebook"] = "sha256 1"
    assert scorer.fingerprint != before
    assert scorer.receipt_fields["codebook"] == "sha256 1"


def test_receipt_names_every_part_of_the_score(tiny):
    fields = MllmScorer(tiny, PRESETS["object"]).receipt_fields
    assert list(fields) == [
        "weights",
        "model settings",
        "tower dtype",
        "image processor",
        "pixel bounds",
        "compression",
        "prompt",
        "layout",
        "system",
        "chat template",
        "prompt tokens",
        "answer tokens",
        "attention kernel",
        "dtype",
    ]
    assert fields["pixel bounds"] == "784 to 12544 px of area"


def test_two_threads_score_as_one(tiny, case):
    from concurrent.futures import ThreadPoolExecutor

    prompt, scorer, tokens = case
    small = MllmScorer(tiny, prompt, BatchLimits(1, 8192))
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: margins(small, tokens[0], tokens[1:]), range(4)))
    for run in runs:
        assert run == pytest.approx(margins(scorer, tokens[0], tokens[1:]), abs=TOLERANCE)
