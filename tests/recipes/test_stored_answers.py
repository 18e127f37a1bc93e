"""Answers are learnt from stored tokens, against the negatives that a search would bring."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from assets.recipes.pocket_vl import losses, rendered, shortlists
from assets.recipes.pocket_vl.chunks import GRIDS, INSTANCES, TOKEN_PX
from assets.recipes.pocket_vl.refine import answer_terms, prepare
from assets.recipes.pocket_vl.rendered import rendered_chunk
from assets.recipes.pocket_vl.renders import STEP, group_seed
from assets.recipes.pocket_vl.shortlists import POSITIVES, draw_rows
from assets.recipes.pocket_vl.state import save_state
from assets.recipes.pocket_vl.store import Shelf, Store, fill_store
from assets.recipes.pocket_vl.tower import encode, normalise
from assets.recipes.pocket_vl.train import Trainer
from assets.recipes.seeds import HELD_OUT, SEEDS_PER_GROUP, TRAINING
from tests.recipes.noise import noise_chunk

GRID = (2, 3)


def store_of(n_instances, views, seed=0):
    """Return tokens whose first number tells the owner: look-alikes come in pairs."""
    generator = torch.Generator().manual_seed(seed)
    owners = torch.arange(n_instances).repeat_interleave(views)
    numbers = owners // 2 * SEEDS_PER_GROUP + owners % 2
    tokens = torch.randn(len(owners), 6, 8, generator=generator)
    tokens[..., 0] = numbers[:, None].float()
    tokens[..., 1] = torch.arange(len(owners))[:, None].float()
    vectors = losses.descriptor(torch.randn(len(owners), 1, 8, generator=generator))
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
        assert rows.positive.sum(1).tolist() == [POSITIVES] * 5
        assert torch.equal((rows.shares == 1).all(-1), rows.positive)
        assert torch.equal((rows.shares == 0).all(-1), ~rows.positive)


def test_an_instance_with_one_other_image_gives_it_twice():
    rows = draw_rows(store_of(40, 2), torch.Generator().manual_seed(1))
    found = rows.candidates[:, :POSITIVES, 0, 1]
    assert torch.equal(found[:, 0], found[:, 1])
    assert rows.positive[:, :POSITIVES].all()


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


def write_group(folder, number, members, views):
    """Store pictures whose surface coordinates are their pixel coordinates."""
    side = 168
    y, x = np.mgrid[:side:STEP, :side:STEP] / side
    stored = {"member": np.repeat(np.arange(members), views), "first_seed": np.array(number)}
    for k in range(members * views):
        picture = np.zeros((side, side, 3), np.uint8)
        picture[..., 0] = np.linspace(0, 255, side)[None]
        picture[..., 1] = np.linspace(0, 255, side)[:, None]
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, "JPEG", quality=95)
        stored[f"jpeg{k}"] = np.frombuffer(buffer.getvalue(), np.uint8)
    n = members * views
    stored["part"] = np.zeros((n, *x.shape), np.int16)
    stored["uv"] = np.broadcast_to(np.stack([x, y], -1).astype(np.float16), (n, *x.shape, 2))
    np.savez(folder / f"group_{number:06d}.npz", **stored)


def test_rendered_chunks_match_points_of_the_surface(tmp_path, monkeypatch):
    """The pictures show their own coordinates as colours, so matching tokens have like colours."""
    monkeypatch.setattr(rendered, "weather", lambda pixels, rng: pixels)
    for number in range(8):
        write_group(tmp_path, number, 1 + number % 3, 3)
    chunk, again = (rendered_chunk(tmp_path, 1, 6) for _ in range(2))
    assert np.array_equal(chunk.first, again.first)
    assert len(set(chunk.owners)) <= INSTANCES
    assert len(chunk.matches) > 100
    whole = chunk.first_masks.all((1, 2))
    assert 0.5 < whole.mean() < 1, "objects fill their pictures where no other is set into them"
    columns = GRIDS[6][0][1], GRIDS[6][1][1]
    errors = []
    for instance, pair, one, two in chunk.matches:
        if pair != 0:
            continue
        shown = []
        for picture, token, width in (
            (chunk.first[instance], one, columns[0]),
            (chunk.others[2 * instance], two, columns[1]),
        ):
            row, column = np.array(divmod(token, width)) * TOKEN_PX + TOKEN_PX // 2
            shown.append(picture[row, column, :2].astype(float))
        errors.append(np.abs(shown[0] - shown[1]).max())
    assert np.median(errors) < 30  # a token is about 40 levels wide


def test_rendered_groups_own_seeds_that_nothing_else_uses():
    training = {group_seed(k, held_out=False) for k in range(3000)}
    held_out = {group_seed(k, held_out=True) for k in range(40)}
    assert all(seed in TRAINING and seed + SEEDS_PER_GROUP in TRAINING for seed in training)
    assert all(seed in HELD_OUT for seed in held_out)
    assert min(training) > 60_000_000
