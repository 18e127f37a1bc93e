"""MaxSim equals the loop that anyone would write, whatever the batch and the dtype."""

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.mllm.maxsim import MaxSimScorer
from core.mllm.selftest import run_self_test
from core.mllm.tokens import from_tensor
from core.types.scores import MAXSIM, VisualTokens
from tests.core.stand_ins import ColourTower


def tokens(n: int, seed: int, dtype: torch.dtype = torch.float32) -> VisualTokens:
    values = torch.randn(n, 12, generator=torch.Generator().manual_seed(seed))
    return from_tensor(values.to(dtype), (1, n))


def scores(query: VisualTokens, candidates: list[VisualTokens], device: str = "cpu") -> list[float]:
    scorer = MaxSimScorer(lambda: {"tower": "test"}, torch.device(device))
    return [one.score for batch in scorer.score(query, candidates) for one in batch]


def naive(query: np.ndarray, candidate: np.ndarray) -> float:
    best = [
        max(float(q @ d / (np.linalg.norm(q) * np.linalg.norm(d))) for d in candidate)
        for q in query
    ]
    return sum(best) / len(best)


def test_it_equals_a_naive_loop_on_images_of_different_sizes():
    query, candidates = tokens(7, 0), [tokens(3 + n, n + 1) for n in range(20)]
    expected = [
        naive(query.tokens.astype(np.float64), c.tokens.astype(np.float64)) for c in candidates
    ]
    assert scores(query, candidates) == pytest.approx(expected, abs=1e-6)
    assert max(expected) - min(expected) > 0.1  # else the tolerance would say nothing


def test_a_score_does_not_depend_on_the_batch():
    query, candidates = tokens(7, 0), [tokens(5, n + 1) for n in range(40)]
    assert scores(query, candidates) == [scores(query, [one])[0] for one in candidates]


def test_by_hand():
    # query (1, 0), (3, 4); candidate (0, 2), (1, 1): best cosines 1/sqrt 2 and 7/(5 sqrt 2)
    query = from_tensor(torch.tensor([[1.0, 0.0], [3.0, 4.0]]), (1, 2))
    candidate = from_tensor(torch.tensor([[0.0, 2.0], [1.0, 1.0]]), (1, 2))
    expected = (1 + 7 / 5) / (2 * np.sqrt(2))
    assert scores(query, [candidate]) == pytest.approx([expected], abs=1e-6)


def test_an_image_scores_one_against_itself_and_order_matters():
    small, large = tokens(2, 0), tokens(30, 1)
    assert scores(small, [small]) == pytest.approx([1.0], abs=1e-6)
    assert scores(small, [large])[0] != pytest.approx(scores(large, [small])[0], abs=1e-2)


def test_bfloat16_tokens_are_read_as_what_they_are():
    exact, rounded = tokens(6, 0), tokens(6, 0, torch.bfloat16)
    other = tokens(6, 1, torch.bfloat16)
    assert rounded.tokens.dtype == np.uint16
    assert scores(rounded, [other]) == pytest.approx(scores(exact, [tokens(6, 1)]), abs=1e-2)


def test_a_token_of_norm_zero_has_cosine_zero():
    query = from_tensor(torch.tensor([[0.0, 0.0], [1.0, 0.0]]), (1, 2))
    candidate = from_tensor(torch.tensor([[2.0, 0.0]]), (1, 1))
    assert scores(query, [candidate]) == [0.5]


def test_tokens_that_are_not_finite_have_no_score():
    broken = from_tensor(torch.tensor([[1.0, float("nan")]]), (1, 1))
    with pytest.raises(ModelError, match="not finite"):
        scores(broken, [broken])


def test_tokens_of_another_model_have_no_score():
    other = from_tensor(torch.ones(1, 5), (1, 1))
    with pytest.raises(ModelError, match="lengths 12 and 5"):
        scores(tokens(3, 0), [other])


def test_another_tower_or_compression_is_another_scorer():
    cpu = torch.device("cpu")
    prints = {
        MaxSimScorer({"weights": weights, "compression": compression}.copy, cpu).fingerprint
        for weights in ("a", "b")
        for compression in ("none", "res:112")
    }
    assert len(prints) == 4


def test_the_self_test_speaks_of_cosines():
    scorer = MaxSimScorer(lambda: {"tower": "colour"}, torch.device("cpu"))
    result = run_self_test(ColourTower(), scorer, kind=MAXSIM)
    assert (result.verdict, result.answer_mass) == ("passed", None)
    assert "cosine above different ones" in result.reason
    assert "nats" not in result.reason
