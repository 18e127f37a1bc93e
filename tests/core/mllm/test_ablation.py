"""Margins with stored tokens left out are those of prompts that were pruned by hand."""

import numpy as np
import pytest

from core.mllm.ablation import PairAblation, keep_tokens
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.loading import load_mllm
from core.mllm.prompt_layout import render
from core.mllm.prompts import PRESETS, Prompt
from tests.oracle import score_pruned
from tests.tiny_families import TINY, save_tiny

TOLERANCE = 1e-4  # nats, float32
NAMES = ["qwen2_5_vl", *TINY]


def without(n: int, *dropped: int):
    kept = np.ones(n, bool)
    kept[list(dropped)] = False
    return kept


@pytest.fixture(scope="module", params=NAMES)
def case(request, tmp_path_factory, tiny, images):
    """(loaded, prompt, answers, the two images, their tokens) of one family."""
    loaded = tiny
    if request.param in TINY:
        loaded = load_mllm(str(save_tiny(request.param, tmp_path_factory.mktemp("tiny"))))
    prompt = Prompt("object", PRESETS["object"].question)
    scorer = MllmScorer(loaded, prompt)
    pair = (images[0], images[3])
    return loaded, prompt, scorer.answers, pair, MllmEncoder(loaded).encode(pair)


def test_every_variant_equals_a_prompt_pruned_by_hand(case):
    loaded, prompt, answers, pair, (query, candidate) = case

    def by_hand(of_query, of_candidate) -> float:
        kept = (np.flatnonzero(of_query).tolist(), np.flatnonzero(of_candidate).tolist())
        logits = score_pruned(loaded, prompt, pair, kept)
        return float(logits[answers.yes.token_id] - logits[answers.no.token_id])

    ablation = PairAblation(loaded, render(loaded, prompt), answers, query, candidate)
    n, m = len(query.positions), len(candidate.positions)
    of_query = [without(n, 0), without(n, 1, 2), without(n, n - 1), without(n)]
    of_candidate = [without(m, 0), without(m, 1, 3), without(m, m - 1), without(m)]
    left = [by_hand(one, without(m)) for one in of_query]
    right = [by_hand(without(n), one) for one in of_candidate]
    for margins in (left, right):
        distances = [abs(a - b) for i, a in enumerate(margins) for b in margins[:i]]
        assert max(distances) >= 100 * TOLERANCE, "equality must not be that of a constant"
        assert min(distances) >= 5 * TOLERANCE, "every variant must be told from the others"
    assert ablation.query_margins(of_query) == pytest.approx(left, abs=TOLERANCE)
    assert ablation.candidate_margins(of_candidate) == pytest.approx(right, abs=TOLERANCE)


def test_kept_tokens_keep_their_places_and_layers(case):
    tokens = case[4][0]
    kept = keep_tokens(tokens, without(len(tokens.positions), 0, 2))
    assert kept.positions.tolist() == np.delete(tokens.positions, [0, 2], axis=0).tolist()
    assert (kept.grid, kept.full_count) == (tokens.grid, tokens.full_count)
    if tokens.extra is not None:
        assert np.array_equal(kept.extra, np.delete(tokens.extra, [0, 2], axis=1))
