import csv
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assets.recipes.rendered import demo
from assets.recipes.rendered.cameras import Camera, Framing, aim
from assets.recipes.rendered.demo_plan import (
    distractor_instances,
    make_plan,
    members,
    props,
    unlisted_siblings,
)
from assets.recipes.rendered.layout import Extra, Layout, Pose, Wish, lay_out
from assets.recipes.rendered.lens import confusion, defocus
from assets.recipes.rendered.lights import make_light
from assets.recipes.rendered.meshes import WHOLE
from assets.recipes.rendered.objects import NAMES, build_solid
from assets.recipes.rendered.photo import filmic
from assets.recipes.rendered.primitives import soft_box
from assets.recipes.rendered.rooms import Room
from assets.recipes.rendered.solids import Piece, Solid
from assets.recipes.seeds import ALL_RANGES, DEMO, DEMO_DISTRACTORS, SEEDS_PER_GROUP, TRAINING
from assets.recipes.world.instances import make_group

SIZE = (64, 48)


def instance_of(family: str):
    return make_group(TRAINING.seed(0), family, ())[0]


@pytest.fixture(scope="module")
def stage():
    pytest.importorskip("mitsuba", reason="the recipe extra is not installed")
    from assets.recipes.rendered.stage import Stage

    return Stage(seed=1, surface_px=64, pool_sizes=(2, 2))


def a_wish(room: str = "table", light: str = "soft") -> Wish:
    framing = Framing(5.0, 15.0, 0.0, 35.0, 0.3, (0.0, 0.0))
    return Wish(10.0, framing, "upright", light, room, 0, 0.0, 3, 4, 5)


def a_layout(solid: Solid, family: str = "can") -> Layout:
    return lay_out(solid, family, a_wish(), SIZE, (), (2, 2))


# The plan


def test_sixty_instances_in_look_alike_groups_cover_every_family():
    sizes = Counter(member.group_id for member in members())
    assert len(members()) == 60
    assert set(sizes.values()) <= {2, 3, 4}
    assert {member.instance.family for member in members()} == set(NAMES)


def test_kinships_are_about_equally_frequent():
    counts = Counter(member.kinship for member in members())
    assert counts.pop("original") == 20
    assert max(counts.values()) - min(counts.values()) <= 1


def test_plan_has_its_counts_and_unique_names():
    shots = make_plan()
    queries = Counter(s.member.instance_id for s in shots if s.role == "query" and s.member)
    answers = Counter(s.member.instance_id for s in shots if s.role == "database" and s.member)
    assert set(queries.values()) == {2}
    assert set(answers.values()) <= {5, 6}
    assert sum(s.member is None for s in shots) == 110
    assert len({s.name for s in shots}) == len(shots) <= 620


def test_all_seeds_lie_in_the_ranges_of_the_demo():
    for member in members():
        art = member.instance.art
        assert all(s in DEMO for s in (art.layout_seed, art.palette_seed, art.detail_seed))
    assert all(
        instance.seed in DEMO_DISTRACTORS for instance in (*props(), *distractor_instances())
    )
    assert len({instance.seed for instance in (*props(), *distractor_instances())}) == 158


def test_seed_ranges_do_not_overlap():
    ordered = sorted(ALL_RANGES, key=lambda one: one.start)
    assert all(a.stop <= b.start for a, b in pairwise(ordered))


def test_look_alikes_that_stand_around_are_no_instances_of_the_corpus():
    listed = {member.instance.art for member in members()}
    for member in members():
        assert unlisted_siblings(member)
        for sibling in unlisted_siblings(member):
            assert sibling.art not in listed
            assert sibling.seed < member.instance.shape_seed + SEEDS_PER_GROUP


def test_a_quarter_of_the_answers_is_turned_or_lit_otherwise():
    shots = make_plan()
    lights = {(s.member, s.wish.light) for s in shots if s.role == "query"}
    answers = [s for s in shots if s.member and s.role == "database"]
    hard = [abs(s.wish.azimuth_deg) > 60 or (s.member, s.wish.light) not in lights for s in answers]
    assert np.mean(hard) >= 0.25


def test_planning_needs_no_renderer():
    code = "import sys; import assets.recipes.rendered.demo; sys.exit('mitsuba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_finished_images_are_kept_and_listed(tmp_path):
    out, shot = tmp_path / "corpus", make_plan()[0]
    for folder in (out / "images", tmp_path / "corpus.progress"):
        folder.mkdir(parents=True)
    (out / "images" / f"{shot.name}.jpg").write_bytes(b"kept")
    row = dict.fromkeys(demo.COLUMNS, "x")
    note = {"fingerprint": demo.fingerprint(shot), "row": row}
    (tmp_path / "corpus.progress" / f"{shot.name}.json").write_text(json.dumps(note))
    demo.write_corpus((shot,), out, workers=1)
    with (out / "manifest.csv").open(newline="") as file:
        assert list(csv.DictReader(file)) == [row]
    assert (out / "images" / f"{shot.name}.jpg").read_bytes() == b"kept"


def test_another_wish_is_another_fingerprint():
    shot = make_plan()[0]
    other = replace(shot, wish=replace(shot.wish, azimuth_deg=shot.wish.azimuth_deg + 1))
    assert demo.fingerprint(shot) != demo.fingerprint(other)


# Solids


@pytest.mark.parametrize("family", NAMES)
def test_solids_are_of_unit_size_and_face_outwards(family):
    solid = build_solid(instance_of(family), 48)
    corners = solid.corners()
    assert np.ptp(corners, axis=0).max() == pytest.approx(1, abs=1e-5)
    for piece in solid.pieces:
        mesh = piece.mesh
        a, b, c = (mesh.positions[mesh.faces[:, k]] for k in range(3))
        across = np.cross(b - a, c - a)
        along = (across * mesh.normals[mesh.faces].mean(axis=1)).sum(axis=1)
        assert (along[np.linalg.norm(across, axis=1) > 1e-8] > 0).all()
        assert ((mesh.uv >= -1e-4) & (mesh.uv <= 1 + 1e-4)).all()


@pytest.mark.parametrize("family", NAMES)
def test_siblings_share_the_shape_and_differ_in_the_atlas(family):
    first, *others = make_group(TRAINING.seed(160), family, (0, 1, 2))
    solid = build_solid(first, 64)
    for other in others:
        sibling = build_solid(other, 64)
        for piece, same in zip(solid.pieces, sibling.pieces, strict=True):
            np.testing.assert_array_equal(piece.mesh.positions, same.mesh.positions)
            np.testing.assert_array_equal(piece.mesh.uv, same.mesh.uv)
            assert piece.finish == same.finish
        assert (solid.atlas != sibling.atlas).any()


# Camera and photograph


def test_camera_gives_the_wanted_share_of_the_frame():
    sphere = np.random.default_rng(0).standard_normal((4000, 3))
    sphere /= 2 * np.linalg.norm(sphere, axis=1, keepdims=True)
    camera = aim(sphere, Framing(20.0, 30.0, 0.0, 40.0, 0.2, (0.0, 0.0)), (100, 100))
    distance = float(np.linalg.norm(camera.origin))
    radius = np.tan(np.arcsin(0.5 / distance)) / np.tan(np.radians(20)) / 2
    # a disc fills pi / 4 of its box, the camera reckons with a typical 0.72
    assert np.pi * radius**2 == pytest.approx(0.2 * (np.pi / 4) / 0.72, rel=0.05)


def test_tone_scale_rises_and_stays_in_range():
    shown = filmic(np.linspace(0, 40, 400, dtype=np.float32))
    assert shown[0] == pytest.approx(0, abs=1e-3)
    assert (np.diff(shown) >= 0).all()
    assert shown.max() <= 1


def test_lens_blurs_what_is_far_and_spares_the_subject():
    rng = np.random.default_rng(0)
    picture = rng.random((40, 40, 3), dtype=np.float32)
    depth = np.full((40, 40), 2.0, dtype=np.float32)
    depth[:, 20:] = 50.0
    subject = depth < 3
    shown = defocus(picture, confusion(depth, subject, 5.0))
    np.testing.assert_array_equal(shown[subject], picture[subject])
    assert shown[:, 26:].std() < 0.5 * picture[:, 26:].std()


# Rendered frames


def test_mask_parts_and_surface_coordinates_agree(stage):
    from assets.recipes.rendered.stage import Take

    solid = build_solid(instance_of("mug"), 64)
    seen = Take(stage, a_layout(solid, "mug")).survey()
    assert 0.1 < seen.mask.mean() < 0.6
    np.testing.assert_array_equal(seen.part >= 0, seen.mask)
    assert (seen.uv[~seen.mask] == 0).all()
    assert ((seen.uv[seen.mask] > 0) & (seen.uv[seen.mask] < 1)).all()
    assert seen.occluded() == 0.0


def test_a_training_view_is_the_same_twice_and_knows_who_stands_around(stage):
    from assets.recipes.rendered.training import render_training_view

    instance, *around = (instance_of(family) for family in ("box", "can", "tin"))

    def view():
        rng = np.random.default_rng(0)
        return render_training_view(instance, tuple(around), (96, 72), rng, 0.9)

    first, second = view(), view()
    assert first.image.shape == (72, 96, 3)
    assert first.image.dtype == np.uint8
    assert first.image.std() > 8
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.uv, second.uv)
    assert set(np.unique(first.owner)) == {-1, 0, 1, 2}
    np.testing.assert_array_equal(first.part >= 0, first.owner >= 0)
    assert (first.uv[first.owner < 0] == 0).all()
    assert (first.uv[first.owner >= 0] > 0).all()


def test_a_panel_before_half_of_the_object_hides_half(stage):
    from assets.recipes.rendered.stage import Take

    def panel(x: float, y: float, side: float) -> tuple[Solid, Pose]:
        mesh = soft_box((0, 0, 0), (side, 0.02, side), WHOLE)
        solid = Solid((Piece(mesh, "matte"),), np.full((4, 4, 3), 128, dtype=np.uint8))
        return solid, Pose(np.eye(3), np.array([x, y, 0.0]))

    solid, pose = panel(0.0, 0.0, 1.0)
    nearer, before = panel(2.0, -1.0, 4.0)
    up = np.array([0.0, 0.0, 1.0])
    camera = Camera(np.array([0.0, -4.0, 0.0]), np.zeros(3), up, 30.0, (80, 80))
    room = Room("backdrop", (), (0, 0, 0, 0), 60, 60)
    extras = (Extra(1, nearer, "box", before),)
    layout = Layout(solid, pose, extras, room, make_light("soft", 0), camera)
    seen = Take(stage, layout).survey()
    assert seen.occluded() == pytest.approx(0.5, abs=0.01)
    assert seen.clutter() == 1


def test_siblings_look_different_in_the_same_place(stage):
    from assets.recipes.rendered.stage import Quality, Take

    group = make_group(TRAINING.seed(0), "can", (0,))
    frames = []
    for instance in group:
        take = Take(stage, a_layout(build_solid(instance, 64)))
        seen = take.survey()
        frames.append((seen.mask, take.expose(seen, Quality(2, 3, 1, 2), 1)))
    np.testing.assert_array_equal(frames[0][0], frames[1][0])
    differ = np.abs(frames[0][1] - frames[1][1]).max(axis=2)
    assert (differ[frames[0][0]] > 0.05).mean() > 0.3
