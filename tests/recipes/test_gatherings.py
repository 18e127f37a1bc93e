"""Renders that show several objects at once, of which it is known where they are."""

import numpy as np
import pytest

from assets.recipes.pocket_vl import rendered, renders
from assets.recipes.pocket_vl.chunks import GRIDS, INSTANCES, TOKEN_PX, TURN
from assets.recipes.pocket_vl.gatherings import Gathering, any_picture, list_gatherings
from assets.recipes.pocket_vl.heldout import SIDE_PX, read_held_out
from assets.recipes.pocket_vl.rendered import rendered_chunk
from assets.recipes.pocket_vl.renders import (
    GROUP_SIZES,
    STEP,
    VIEWS,
    draw_groups,
    gathering_of,
    group_seed,
)
from assets.recipes.seeds import HELD_OUT, SEEDS_PER_GROUP, TRAINING
from assets.recipes.world.instances import KINSHIP
from tests.recipes.gatherings import CORNER, seeds_of_gathering, write_gathering

STORED = 2 * INSTANCES + 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("gatherings")
    for number in range(STORED):
        write_gathering(made, number)
    return made


def test_scenes_are_found_by_what_they_look_at_and_by_who_stands_around(folder):
    with Gathering(list_gatherings(folder)[3]) as gathering:
        assert gathering.looks_at(7).tolist() == [14, 15]
        assert gathering.has_around(7).tolist() == [4, 5], "beside instance 2"
        assert [len(group) for group in gathering.groups] == list(GROUP_SIZES)
        beside = gathering.show(4, 7)
    side = CORNER * STEP
    assert len(beside.points) == CORNER**2
    assert beside.points.max() < side
    np.testing.assert_allclose(
        beside.addresses[:, 1:], beside.points / beside.image.shape[0], atol=1e-3
    )


def test_what_is_hardly_seen_counts_as_not_shown(folder, monkeypatch):
    monkeypatch.setattr("assets.recipes.pocket_vl.gatherings.LEAST_POINTS", CORNER**2 + 1)
    with Gathering(list_gatherings(folder)[0]) as gathering:
        assert not len(gathering.has_around(7))


def test_a_folder_without_renders_says_how_to_make_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"run assets\.recipes\.pocket_vl\.renders"):
        list_gatherings(tmp_path)


def test_any_picture_shows_what_it_looks_at(folder):
    shown = any_picture(list_gatherings(folder), np.random.default_rng(1))
    assert len(shown.points) == (shown.image.shape[0] // STEP) ** 2 - CORNER**2


def test_rendered_chunks_match_points_of_the_surface(folder, monkeypatch):
    """The pictures show their own coordinates as colours, so matching tokens have like colours."""
    monkeypatch.setattr(rendered, "weather", lambda pixels, rng: pixels)
    chunk, again = (rendered_chunk(folder, 1, 6) for _ in range(2))
    assert np.array_equal(chunk.first, again.first)
    assert len(set(chunk.owners)) == INSTANCES
    assert len(chunk.matches) > 100
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


def test_a_chunk_takes_one_group_of_a_gathering(folder):
    """Its other groups stand around in the pictures and would be called strangers to them."""
    for number in range(8):
        owners = rendered_chunk(folder, 1, number).owners
        groups = {(gathering_of(np.array([o]))[0], o // SEEDS_PER_GROUP) for o in owners}
        assert len({gathering for gathering, _ in groups}) == len(groups)


def test_the_chunks_of_a_step_take_theirs_from_different_gatherings(folder):
    for step in range(8, 16):
        of_old, of_new = (
            set(gathering_of(rendered_chunk(folder, 1, number).owners))
            for number in (step, step + TURN)
        )
        assert not of_old & of_new


@pytest.mark.parametrize(("around", "expected"), [(0.0, 0), (1.0, INSTANCES)])
def test_the_third_view_looks_at_something_else_as_often_as_asked(
    folder, monkeypatch, around, expected
):
    monkeypatch.setattr(rendered, "AROUND", around)
    monkeypatch.setattr(Gathering, "has_around", lambda self, one: np.flatnonzero(self.main != one))
    elsewhere = []
    show = Gathering.show

    def watched(self, scene, instance):
        elsewhere.append(self.main[scene] != instance)
        return show(self, scene, instance)

    monkeypatch.setattr(Gathering, "show", watched)
    rendered_chunk(folder, 1, 0)
    assert sum(elsewhere) == expected


def test_objects_are_set_into_pictures_that_show_none_of_the_chunk(folder, monkeypatch):
    foreign = []

    def watched(paths, rng):
        foreign.extend(paths)
        return any_picture(paths, rng)

    monkeypatch.setattr(rendered, "any_picture", watched)
    owners = rendered_chunk(folder, 1, 3).owners
    assert foreign
    shown = {int(path.stem.removeprefix("gathering_")) for path in foreign}
    assert not shown & set(gathering_of(owners).tolist())


def test_in_the_last_view_the_object_stands_around(folder):
    chunk = rendered_chunk(folder, 2, 8)
    shares = chunk.others_masks.mean((1, 2)).reshape(-1, 2)
    assert np.median(shares[:, 1]) < 0.3 < np.median(shares[:, 0])


def test_too_few_gatherings_are_named(tmp_path):
    write_gathering(tmp_path, 0)
    with pytest.raises(ValueError, match="holds too few gatherings; render 26 or more"):
        rendered_chunk(tmp_path, 1, 0)


def test_held_out_pictures_are_labelled_with_what_they_look_at(folder):
    held_out = read_held_out(folder)
    assert held_out.images.shape == (STORED * 10 * VIEWS, 3, SIDE_PX, SIDE_PX)
    assert held_out.instance[:20].tolist() == np.repeat(seeds_of_gathering(0), VIEWS).tolist()
    assert len(set(held_out.family.tolist())) == STORED * len(GROUP_SIZES)


def test_groups_own_seeds_that_nothing_else_uses():
    count = len(GROUP_SIZES)
    training = {group_seed(k, n, held_out=False) for k in range(900) for n in range(count)}
    held_out = {group_seed(k, n, held_out=True) for k in range(20) for n in range(count)}
    assert len(training) == 900 * count
    assert all(seed in TRAINING and seed + SEEDS_PER_GROUP in TRAINING for seed in training)
    assert all(seed in HELD_OUT for seed in held_out)
    assert min(training) > 60_000_000


def test_a_seed_tells_its_gathering():
    seeds = np.array([*seeds_of_gathering(0), *seeds_of_gathering(41), TRAINING.start, 5])
    assert gathering_of(seeds).tolist() == [0] * 10 + [41] * 10 + [-1, -1]


def test_look_alikes_of_a_gathering_differ_once_in_a_single_detail():
    groups = draw_groups(3, held_out=False)
    assert [len(group) for group in groups] == list(GROUP_SIZES)
    for first, second, third in groups[:2]:
        assert KINSHIP[2] == "one detail changed"
        assert second.art.layout_seed == first.art.layout_seed
        assert second.art.palette_seed == first.art.palette_seed
        assert second.art.detail_seed != first.art.detail_seed
        assert third.shape_seed == first.shape_seed


def test_company_is_one_of_each_other_group_and_those_seen_least():
    groups = draw_groups(3, held_out=False)
    company = renders._Company(groups)
    rng = np.random.default_rng(0)
    company.seen[groups[1][0]] = company.seen[groups[1][2]] = 5
    for instance in groups[0]:
        around = company.of(instance, rng)
        assert len(around) == len(GROUP_SIZES) - 1
        assert not set(around) & set(groups[0])
        assert groups[1][1] in around
