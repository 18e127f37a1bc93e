"""Answers are learnt from stored tokens, against the negatives that a search would bring."""

import numpy as np
import pytest
import torch

from assets.recipes.pocket_vl import losses, shortlists
from assets.recipes.pocket_vl.chunks import GRIDS, INSTANCES
from assets.recipes.pocket_vl.refine import answer_terms, prepare
from assets.recipes.pocket_vl.renders import gathering_of
from assets.recipes.pocket_vl.shortlists import POSITIVES, draw_rows
from assets.recipes.pocket_vl.state import save_state
from assets.recipes.pocket_vl.store import Shelf, Store, fill_store
from assets.recipes.pocket_vl.tower import encode, normalise
from assets.recipes.pocket_vl.train import Trainer
from assets.recipes.seeds import SEEDS_PER_GROUP
from tests.recipes.gatherings import seeds_of_gathering
from tests.recipes.noise import noise_chunk

GRID = (2, 3)


def store_of(n_instances, views, seed=0):
    """Return tokens whose first numbers tell owner and image: look-alikes come in pairs."""
    generator = torch.Generator().manual_seed(seed)
    owners = torch.arange(n_instances).repeat_interleave(views)
    numbers = owners // 2 * SEEDS_PER_GROUP + owners % 2
    tokens = torch.randn(len(owners), 6, 8, generator=generator)
    tokens[..., 0] = numbers[:, None].float()
    tokens[..., 1] = torch.arange(len(owners))[:, None].float()
    alike = torch.randn(n_instances, 1, 8, generator=generator)[owners]
    noise = torch.randn(len(owners), 1, 8, generator=generator)
    vectors = losses.descriptor(alike + noise)
    shares = torch.ones(tokens.shape[:2])
    return Store({GRID: Shelf(tokens, shares, vectors, numbers)})


@pytest.fixture(autouse=True)
def few(monkeypatch):
    for name, value in {"QUERIES": 5, "CANDIDATES": 7, "DATABASE": 30, "NEAREST": 8}.items():
        monkeypatch.setattr(shortlists, name, value)
    monkeypatch.setattr("assets.recipes.pocket_vl.refine.CANDIDATES", 7)


def test_positives_show_the_query_s_instance_in_another_image_and_negatives_do_not():
    store = store_of(40, 3)
    for seed in range(20):
        rows = draw_rows(store, torch.Generator().manual_seed(seed))
        owner, image = rows.query[:, 0, 0], rows.query[:, 0, 1]
        assert torch.equal(rows.candidates[..., 0, 0] == owner[:, None], rows.positive)
        assert (rows.candidates[..., 0, 1] != image[:, None]).all()
        assert 1 <= len(rows.positive) <= 5
        assert (rows.positive.sum(1) == POSITIVES).all()
        assert torch.equal((rows.shares == 1).all(-1), rows.positive)
        assert torch.equal((rows.shares == 0).all(-1), ~rows.positive)


def test_a_positive_that_the_shortlist_lacks_is_no_candidate(monkeypatch):
    """Else the answers would learn that the less an image is like the query the better."""
    store = store_of(40, 3)
    shelf = store.shelves[GRID]
    monkeypatch.setattr(shortlists, "DATABASE", len(shelf.owners))
    for seed in range(20):
        rows = draw_rows(store, torch.Generator().manual_seed(seed))
        asked, shown = rows.query[:, 0, 1].long(), rows.candidates[..., 0, 1].long()
        cosine = (shelf.vectors[asked] @ shelf.vectors.T).scatter(1, asked[:, None], -2)
        listed = shown[:, : -shortlists.AT_RANDOM]
        nearer = (cosine[:, None] > cosine.gather(1, listed)[..., None]).sum(-1)
        assert (nearer < shortlists.NEAREST).all()


def test_a_store_in_which_nothing_is_found_is_refused(monkeypatch):
    monkeypatch.setattr(shortlists, "NEAREST", 5)
    store = store_of(40, 3)
    shelf = store.shelves[GRID]
    angle = torch.arange(len(shelf.owners)) % 3 * 2.0
    shelf.vectors[:] = 0
    shelf.vectors[:, 0], shelf.vectors[:, 1] = angle.cos(), angle.sin()
    with pytest.raises(ValueError, match="10 queries has a positive among its 5 nearest"):
        draw_rows(store, torch.Generator().manual_seed(1))


def test_an_instance_with_one_other_image_gives_it_twice():
    rows = draw_rows(store_of(40, 2), torch.Generator().manual_seed(1))
    found = rows.candidates[:, :POSITIVES, 0, 1]
    assert torch.equal(found[:, 0], found[:, 1])
    assert rows.positive[:, :POSITIVES].all()


def test_a_picture_in_which_the_object_is_small_is_never_a_query():
    store = store_of(40, 3)
    shelf = store.shelves[GRID]
    small = torch.arange(len(shelf.owners)) % 3 == 2
    shelf.shares[small] = 0.05
    for seed in range(10):
        rows = draw_rows(store, torch.Generator().manual_seed(seed))
        assert not small[rows.query[:, 0, 1].long()].any()
        assert small[rows.candidates[..., 0, 1].long()].any()


def test_negatives_are_nearer_than_chance():
    store = store_of(60, 3)
    shelf = store.shelves[GRID]
    near, far = [], []
    for seed in range(20):
        rows = draw_rows(store, torch.Generator().manual_seed(seed))
        asked, shown = rows.query[:, 0, 1].long(), rows.candidates[..., 0, 1].long()
        cosine = (shelf.vectors[asked][:, None] * shelf.vectors[shown]).sum(-1)
        near.append(cosine[:, POSITIVES : -shortlists.AT_RANDOM].mean())
        far.append(cosine[:, -shortlists.AT_RANDOM :].mean())
    assert np.mean(near) > np.mean(far) + 0.2


def test_no_negative_may_show_the_query_s_object_in_the_background():
    """In renders the groups of a gathering stand beside each other."""
    seeds = torch.tensor([*seeds_of_gathering(0), *seeds_of_gathering(1)]).repeat_interleave(3)
    tokens = torch.zeros(len(seeds), 6, 2, dtype=torch.float64)
    tokens[..., 0] = seeds[:, None].double()
    kin_are_near = torch.nn.functional.one_hot(seeds // SEEDS_PER_GROUP % 12).float()[:, None]
    vectors = losses.descriptor(kin_are_near)
    store = Store({GRID: Shelf(tokens, torch.ones(len(seeds), 6), vectors, seeds)})
    for seed in range(10):
        rows = draw_rows(store, torch.Generator().manual_seed(seed))
        asked, shown = rows.query[:, 0, :1].long(), rows.candidates[..., 0, 0].long()
        same = torch.from_numpy(gathering_of(asked.numpy()) == gathering_of(shown.numpy()))
        kin = asked // SEEDS_PER_GROUP == shown // SEEDS_PER_GROUP
        assert (kin | ~same).all()
        assert (kin & ~rows.positive).any(), "look-alikes are never in one picture"


def test_the_second_half_changes_the_language_model_and_not_the_tower(tmp_path):
    first = Trainer(seed=5, steps=3)
    save_state(first.state, tmp_path)
    trainer, step = prepare(tmp_path, seed=5, steps=4)
    assert step == 0
    visual = trainer.state.model.model.visual
    before = {name: w.detach().clone() for name, w in trainer.state.model.named_parameters()}
    owners = np.arange(INSTANCES)
    chunks = [(k, noise_chunk(k, owners + k * SEEDS_PER_GROUP)) for k in (0, 3)]
    store = fill_store(visual, chunks, lambda _: None)
    assert store.n_images == 2 * 3 * INSTANCES
    expected = encode(visual, normalise(torch.from_numpy(chunks[1][1].first[:1])))
    place = torch.nonzero(store.shelves[GRIDS[3][0]].owners == 3 * SEEDS_PER_GROUP)[0, 0]
    stored = store.shelves[GRIDS[3][0]].tokens[place].float()
    assert torch.allclose(stored, expected[0], atol=0.05)  # bfloat16
    store.save(tmp_path / "tokens.safetensors")
    again = Store.load(tmp_path / "tokens.safetensors")
    assert list(again.shelves) == list(store.shelves)
    for grid, shelf in store.shelves.items():
        assert torch.equal(again.shelves[grid].tokens, shelf.tokens)
        assert torch.equal(again.shelves[grid].shares, shelf.shares)
        halves = shelf.shares.unflatten(1, grid)
        assert (halves[..., : grid[1] // 2] == 1).all()
        assert (halves[..., -(grid[1] // 2) :] == 0).all()
        assert torch.equal(again.shelves[grid].vectors, shelf.vectors)
    for _ in range(2):
        trainer.descend(sum(answer_terms(trainer, store).values()))
    changed = {
        name
        for name, w in trainer.state.model.named_parameters()
        if not torch.equal(w, before[name])
    }
    assert changed
    assert not any("visual" in name for name in changed)


def test_the_second_half_needs_the_first(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no checkpoint"):
        prepare(tmp_path, seed=1, steps=1)
