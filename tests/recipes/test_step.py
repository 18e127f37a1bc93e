"""Which views of a step are asked about which: queries, candidates and their labels."""

import pytest
import torch

from assets.recipes.pocket_vl.step import CANDIDATES, Batch, draw_negatives, make_rows

N = 12


def views_of_a_step():
    """Return tokens (instance, view) of N instances, view 0 apart, and their batch."""
    own = torch.arange(N, dtype=torch.float32)
    first = torch.stack([own, torch.zeros(N)], 1)[:, None].repeat(1, 4, 1)
    others = torch.stack([own.repeat_interleave(2), torch.tensor([1.0, 2.0]).repeat(N)], 1)
    others = others[:, None].repeat(1, 4, 1)
    shares = torch.full((N, 4), 0.5), torch.tensor([0.25, 0.75]).repeat(N)[:, None].repeat(1, 4)
    nothing = torch.zeros(0)
    owners, matches = torch.arange(N) + 100, torch.zeros(0, 4, dtype=torch.long)
    grids = ((2, 2), (1, 4))
    return first, others, Batch(nothing, nothing, nothing, shares, matches, owners, grids)


@pytest.mark.parametrize(
    ("step", "asked", "shown", "grids"),
    [
        (0, 0, {1, 2}, ((2, 2), (1, 4))),
        (1, 1, {0}, ((1, 4), (2, 2))),
        (2, 0, {1, 2}, ((2, 2), (1, 4))),
        (3, 1, {1, 2}, ((1, 4), (1, 4))),
    ],
)
def test_the_view_in_which_an_object_may_be_small_is_never_asked_about(step, asked, shown, grids):
    first, others, batch = views_of_a_step()
    rows = make_rows(first, others, batch, step, 0.5, torch.Generator().manual_seed(step))
    assert set(rows.query[..., 1].flatten().tolist()) == {asked}
    assert set(rows.candidates[..., 1].flatten().tolist()) == shown
    assert rows.grids == grids


@pytest.mark.parametrize("step", range(4))
def test_positives_are_what_shows_the_query_s_instance(step):
    first, others, batch = views_of_a_step()
    rows = make_rows(first, others, batch, step, 0.5, torch.Generator().manual_seed(step))
    assert rows.candidates.shape == (N, CANDIDATES, 4, 2)
    same = rows.candidates[:, :, 0, 0] == rows.query[:, None, 0, 0]
    assert torch.equal(rows.positive, same)
    of_view = torch.tensor([0.5, 0.25, 0.75])[rows.candidates[..., 1].long()]
    assert torch.equal(rows.shares, of_view * same[..., None])


def test_hard_negatives_are_as_like_the_query_as_its_positives():
    """Positives at 0.9 and 0.2; of 300 negatives from -1 to 1, half match them in turn."""
    cosine = torch.cat([torch.tensor([[0.9, 0.2]]), torch.linspace(-1, 1, 300)[None]], 1)
    allowed = torch.arange(302)[None] >= 2
    generator = torch.Generator().manual_seed(3)
    drawn = draw_negatives(cosine, torch.tensor([[0, 1]]), allowed, generator, n=80, hard=0.5)[0]
    assert len(set(drawn.tolist())) == 80, "nobody twice"
    assert (drawn >= 2).all(), "no positive"
    near_first, near_second, free = (
        cosine[0, part] for part in (drawn[:40:2], drawn[1:40:2], drawn[40:])
    )
    assert near_first.median() == pytest.approx(0.9, abs=0.1)
    assert near_second.median() == pytest.approx(0.2, abs=0.1)
    assert abs(float(free.mean())) < 0.3
