"""The ten perturbations as a whole: neutral, repeatable, growing, harmless to their input."""

import itertools

import albumentations
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ImageError, SettingsError
from core.robustness.levels import SPECS
from core.robustness.pasting import Cutout
from core.robustness.perturbations import perturb, perturb_all
from core.types.corpus import Box
from core.types.robustness import PERTURBATION_NAMES, ObjectBox, PerturbationName

BOX = ObjectBox(Box(30, 20, 62, 50), "manifest")
SEED = 3


def texture(seed: int = 0, width: int = 96, height: int = 72) -> np.ndarray:
    """A photograph-like texture: coarse and fine random shades."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(
        rng.uniform(0, 255, (7, 9, 3)), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return np.clip(coarse + rng.normal(0, 15, coarse.shape), 0, 255).astype(np.uint8)


CUTOUTS = tuple(
    Cutout(name, texture(99 + place, 30, 24), np.ones((24, 30), np.bool_))
    for place, name in enumerate("abc")
)

names = st.sampled_from(PERTURBATION_NAMES)
images = st.builds(texture, st.integers(0, 50), st.integers(24, 96), st.integers(24, 72))
each = pytest.mark.parametrize("name", PERTURBATION_NAMES)


def centre_box(image: np.ndarray) -> ObjectBox:
    height, width = image.shape[:2]
    return ObjectBox(Box(width // 3, height // 3, 2 * width // 3, 2 * height // 3), "drawn")


def damage(image: np.ndarray, name: PerturbationName, strength: float) -> float:
    """Return the root mean square difference to the unperturbed image, in grey levels."""
    made = perturb(image, name, strength, BOX, SEED, CUTOUTS).image
    return float(np.sqrt(np.mean((made.astype(np.float64) - image) ** 2)))


@each
@given(images, st.integers(0, 2**31))
@settings(max_examples=5)
def test_neutral_changes_no_bit(name: PerturbationName, image, seed: int) -> None:
    made = perturb(image, name, SPECS[name].neutral, centre_box(image), seed, CUTOUTS)
    assert made.image.tobytes() == image.tobytes()
    assert made.image.dtype == image.dtype
    assert (made.pasted, made.box) == ((), centre_box(image).box)
    assert not np.shares_memory(made.image, image)


@given(names, images, st.integers(0, 2**31), st.data())
@settings(max_examples=80)
def test_the_same_seed_repeats_size_and_type_stay_and_the_input_is_not_changed(
    name: PerturbationName, image, seed: int, data
) -> None:
    strength = data.draw(st.sampled_from(SPECS[name].levels))
    before = image.copy()
    image.setflags(write=False)
    made = perturb(image, name, strength, centre_box(image), seed, CUTOUTS)
    again = perturb(image.copy(), name, strength, centre_box(image), seed, CUTOUTS)
    assert (made.image.shape, made.image.dtype) == (image.shape, np.uint8)
    assert made.image.tobytes() == again.image.tobytes()
    assert (made.pasted, made.box) == (again.pasted, again.box)
    assert image.tobytes() == before.tobytes()


@each
def test_every_level_but_the_neutral_one_changes_the_image(name: PerturbationName) -> None:
    # 320 px: at 96 px the weakest blur has a sigma of a quarter pixel, which changes nothing.
    image = texture(1, 320, 240)
    box = centre_box(image)
    for strength in SPECS[name].levels:
        made = perturb(image, name, strength, box, SEED, CUTOUTS).image
        assert np.array_equal(made, image) == (strength == SPECS[name].neutral)


@pytest.mark.parametrize(
    "name", ["contrast", "brightness", "blur", "noise", "clutter", "occlusion"]
)
@given(st.integers(0, 1000))
@settings(max_examples=6)
def test_damage_grows_with_strength(name: PerturbationName, seed: int) -> None:
    """Rotation, scale, background scaling and tiling move pixels: see test_geometry.py.

    Half a grey level of slack for rounding to whole ones. An object pasted over another may be
    nearer to the image than that one was, so clutter and occlusion are measured on black.
    """
    pastes = name in ("clutter", "occlusion")
    image = np.zeros((72, 96, 3), np.uint8) if pastes else texture(seed)
    spec = SPECS[name]
    for levels in (
        [level for level in spec.levels if level >= spec.neutral],
        [level for level in spec.levels if level <= spec.neutral],
    ):
        walk = sorted(levels, key=lambda level: abs(level - spec.neutral))
        if name == "clutter":
            damages = [
                float(
                    np.count_nonzero(perturb(image, name, s, BOX, seed, CUTOUTS).image.any(axis=2))
                )
                for s in walk
            ]
        else:
            damages = [damage(image, name, strength) for strength in walk]
        assert all(b >= a - 0.5 for a, b in itertools.pairwise(damages))
        assert len(walk) == 1 or damages[-1] > damages[0] + 3


def test_contrast_pulls_towards_the_mean_of_the_grey_image() -> None:
    image = np.full((72, 96, 3), 40, np.uint8)
    image[:36] = 200  # mean 120: at a tenth, 120 -+ 8
    made = perturb(image, "contrast", 0.1, BOX, SEED).image
    assert (made[0, 0, 0], made[-1, 0, 0]) == (128, 112)


def test_brightness_is_added_and_clipped() -> None:
    image = np.array([[[0, 100, 250]]], np.uint8).repeat(72, 0).repeat(96, 1)
    made = perturb(image, "brightness", 0.2, BOX, SEED).image  # 0.2 of 255 is 51
    assert made[0, 0].tolist() == [51, 151, 255]


def test_rotation_by_180_degrees_turns_every_pixel() -> None:
    image = texture()
    made = perturb(image, "rotation", 180.0, BOX, SEED)
    np.testing.assert_array_equal(made.image, image[::-1, ::-1])
    assert made.box == Box(34, 22, 66, 52)


@pytest.mark.parametrize("degrees", SPECS["rotation"].levels[1:])
def test_rotation_turns_a_mark_by_the_angle_and_the_box_with_it(degrees: float) -> None:
    image = np.zeros((181, 181, 3), np.uint8)  # large enough that no reflection comes into view
    image[85:96, 110:121] = 255  # a square, its centre 25 pixels right of the image's
    made = perturb(image, "rotation", degrees, ObjectBox(Box(110, 85, 121, 96), "drawn"), SEED)
    rows, columns = np.nonzero(made.image[:, :, 0] > 127)
    angle = np.degrees(np.arctan2(90 - rows.mean(), columns.mean() - 90))
    assert abs((angle - degrees + 180) % 360 - 180) < 1  # counter-clockwise
    assert made.box.x0 <= columns.min() <= columns.max() < made.box.x1
    assert made.box.y0 <= rows.min() <= rows.max() < made.box.y1


def test_rotation_reflects_the_border_and_leaves_no_black_corner() -> None:
    image = np.full((72, 96, 3), 180, np.uint8)
    assert (perturb(image, "rotation", 45.0, BOX, SEED).image == 180).all()


def test_noise_has_the_promised_deviation() -> None:
    image = np.full((240, 320, 3), 128, np.uint8)
    made = perturb(image, "noise", 0.1, BOX, SEED).image.astype(np.float64)
    # 230,400 samples: the deviation's own standard error is 0.15 %; none is clipped below 5 sigma.
    assert made.std() == pytest.approx(25.5, rel=0.01)
    assert made.mean() == pytest.approx(128, abs=0.2)


def test_another_seed_gives_other_noise() -> None:
    made = [perturb(texture(), "noise", 0.1, BOX, seed).image for seed in (0, 1)]
    assert not np.array_equal(made[0], made[1])


def test_a_wide_blur_on_a_smaller_copy_differs_by_one_grey_level_at_most() -> None:
    image = texture(4, 1000, 750)  # sigma 80 px, computed on a copy of half the size
    sigma = 80.0
    exact = albumentations.GaussianBlur(blur_limit=0, sigma_limit=(sigma, sigma), p=1)
    made = perturb(image, "blur", 8.0, BOX, SEED).image
    assert np.abs(made.astype(int) - exact(image=image)["image"]).max() <= 1


def test_occlusion_uses_cutouts_where_there_are_some() -> None:
    assert perturb(texture(), "occlusion", 0.5, BOX, SEED).pasted == ()
    assert perturb(texture(), "occlusion", 0.5, BOX, SEED, CUTOUTS).pasted[0].image_id == "a"


def test_a_box_beyond_the_frame_is_clipped() -> None:
    made = perturb(texture(), "occlusion", 0.5, ObjectBox(Box(80, 60, 200, 200), "drawn"), SEED)
    assert made.box == Box(80, 60, 96, 72)


def test_a_box_outside_the_frame_is_refused_even_at_neutral() -> None:
    with pytest.raises(ImageError, match="lies outside"):
        perturb(texture(), "blur", 0.0, ObjectBox(Box(96, 0, 99, 9), "drawn"), SEED)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(SettingsError, match="Seed -1"):
        perturb(texture(), "noise", 0.1, BOX, -1)


def test_steps_are_applied_in_the_order_of_the_table_and_the_box_follows() -> None:
    image = texture()
    made = perturb_all(image, [("clutter", 2), ("scale", 0.5)], BOX, SEED, CUTOUTS)
    scaled = perturb(image, "scale", 0.5, BOX, SEED)
    assert scaled.box == Box(39, 28, 55, 43)
    by_hand = perturb(scaled.image, "clutter", 2, ObjectBox(scaled.box, "manifest"), SEED, CUTOUTS)
    assert made.image.tobytes() == by_hand.image.tobytes()
    assert (made.pasted, made.box) == (by_hand.pasted, scaled.box)


def test_cutouts_for_clutter_do_not_occlude() -> None:
    steps: list[tuple[PerturbationName, float]] = [("clutter", 1), ("occlusion", 0.5)]
    grey = perturb_all(texture(), steps, BOX, SEED, CUTOUTS)
    covered = perturb_all(texture(), steps, BOX, SEED, CUTOUTS, occluders=CUTOUTS[2:])
    assert [one.image_id for one in grey.pasted] == ["a"]
    assert {one.image_id for one in covered.pasted[1:]} == {"c"}


def test_no_step_changes_no_bit() -> None:
    assert perturb_all(texture(), [], BOX, SEED).image.tobytes() == texture().tobytes()


def test_a_perturbation_named_twice_is_refused() -> None:
    with pytest.raises(SettingsError, match="twice"):
        perturb_all(texture(), [("blur", 1), ("blur", 2)], BOX, SEED)
