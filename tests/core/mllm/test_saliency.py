"""Attribution maps: cells cover the grid, budgets hold, and each cell is the margin's change."""

import numpy as np
import pytest

from core.mllm.ablation import PairAblation, keep_tokens
from core.mllm.engine import MllmEncoder, MllmScorer
from core.mllm.prompt_layout import render
from core.mllm.prompts import PRESETS
from core.mllm.saliency import MOST_SUFFIXES, cells_of_both, cut, explain
from core.types.pairs import Attribution
from core.types.scores import VisualTokens


def grid_tokens(height: int, width: int, extra_token: bool = False) -> VisualTokens:
    rows, columns = np.divmod(np.arange(height * width + extra_token), width)
    positions = np.stack([rows, columns], axis=1).astype(np.int16)
    return VisualTokens(
        np.zeros((len(positions), 2), np.float32),
        "float32",
        positions,
        (height, width),
        len(positions),
    )


@pytest.mark.parametrize(
    ("grid", "most", "cells"),
    [
        ((4, 5), 31, (4, 5)),  # few enough: one token each
        ((6, 6), 31, (6, 5)),
        ((6, 6), 63, (6, 6)),
        ((16, 16), 31, (6, 5)),
        ((1, 100), 31, (1, 31)),
        ((40, 3), 31, (10, 3)),
    ],
)
def test_a_grid_is_cut_into_as_many_cells_as_the_budget_allows(grid, most, cells):
    assert cut(grid_tokens(*grid), most).shape == cells


@pytest.mark.parametrize("grid", [(6, 6), (16, 16), (7, 29), (1, 100)])
def test_cells_cover_every_token_once_and_none_is_empty(grid):
    cells = cut(grid_tokens(*grid), 31)
    rows, columns = cells.shape
    assert rows * columns <= 31
    assert sorted(set(cells.of_token.tolist())) == list(range(rows * columns))


def test_a_token_after_the_grid_belongs_to_no_cell():
    cells = cut(grid_tokens(3, 4, extra_token=True), 31)
    assert cells.of_token[-1] == -1
    assert cells.without(-1).sum() == 12


@pytest.fixture(scope="module")
def pair(tiny, images):
    scorer = MllmScorer(tiny, PRESETS["object"])
    query, candidate = MllmEncoder(tiny).encode([images[0], images[3]])
    prompt = render(tiny, PRESETS["object"])
    return scorer, query, candidate, PairAblation(tiny, prompt, scorer.answers, query, candidate)


def margin(scorer, query, candidate) -> float:
    (batch,) = scorer.score(query, [candidate])
    return batch[0].margin


def test_attribution_is_what_the_margin_loses_without_the_cell(pair):
    scorer, query, candidate, ablation = pair
    found = explain(ablation, query, candidate)
    whole = margin(scorer, query, candidate)
    assert found.margin == pytest.approx(whole, abs=1e-4)
    assert found.query.nats.shape == query.grid
    assert found.candidate.nats.shape == candidate.grid
    for cell in (0, 5):
        kept = np.arange(len(query.positions)) != cell
        loss = whole - margin(scorer, keep_tokens(query, kept), candidate)
        assert found.query.nats.ravel()[cell] == pytest.approx(loss, abs=1e-4)
        kept = np.arange(len(candidate.positions)) != cell
        loss = whole - margin(scorer, query, keep_tokens(candidate, kept))
        assert found.candidate.nats.ravel()[cell] == pytest.approx(loss, abs=1e-4)
    assert np.ptp(found.query.nats) > 1e-2
    assert np.ptp(found.candidate.nats) > 1e-2


def test_the_whole_pair_and_all_cells_fit_the_budget(pair):
    _, query, candidate, ablation = pair
    found = explain(ablation, query, candidate)
    assert found.n_suffixes == 1 + found.query.nats.size + found.candidate.nats.size
    big = grid_tokens(64, 48)
    of_query, of_candidate = (np.prod(one.shape) for one in cells_of_both(big, big))
    assert MOST_SUFFIXES / 2 < of_query <= MOST_SUFFIXES
    assert MOST_SUFFIXES / 2 < 1 + of_candidate <= MOST_SUFFIXES


def test_a_cell_whose_tokens_were_pruned_has_no_attribution(pair, tiny):
    scorer, query, candidate, _ = pair
    pruned = keep_tokens(candidate, np.arange(len(candidate.positions)) != 2)
    prompt = render(tiny, PRESETS["object"])
    found = explain(PairAblation(tiny, prompt, scorer.answers, query, pruned), query, pruned)
    assert np.isnan(found.candidate.nats.ravel()[2])
    assert np.isfinite(np.delete(found.candidate.nats.ravel(), 2)).all()


def test_attribution_for_yes_is_what_exceeds_the_noise():
    # minuses of 1 to 10: nine of ten lie below 9.1
    minuses = -np.arange(1.0, 11.0)
    nats = np.array([*minuses, 9.0, 9.2, np.nan, 0.0]).reshape(2, 7)
    found = Attribution(nats, np.linspace(0, 1, 3), np.linspace(0, 1, 8))
    assert found.noise == pytest.approx(9.1)
    assert found.for_yes.ravel().tolist() == [*[0] * 11, 9.2, 0, 0]
    plus = Attribution(np.array([[0.5, np.nan]]), np.linspace(0, 1, 2), np.linspace(0, 1, 3))
    assert plus.noise == 0
    assert plus.for_yes.tolist() == [[0.5, 0]]
