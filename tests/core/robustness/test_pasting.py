"""Cut-outs, their sources, and the object's box."""

import numpy as np
import pytest

from core.errors import ImageError
from core.robustness.pasting import choose_sources, clip_box, cutout_from, object_box
from core.types.corpus import Box, ImageRecord
from core.types.robustness import ObjectBox

IMAGE = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)


def record(name: str = "a", instance: str | None = "can", **known) -> ImageRecord:
    return ImageRecord(name, name, "database", instance, 8, 6, "", **known)


def test_a_drawn_box_comes_before_the_manifest() -> None:
    drawn = Box(1, 1, 3, 3)
    assert object_box(record(box=Box(0, 0, 5, 5)), drawn) == ObjectBox(drawn, "drawn")


def test_the_manifest_s_box_comes_before_an_assumed_one() -> None:
    box = Box(0, 0, 5, 5)
    assert object_box(record(box=box), None) == ObjectBox(box, "manifest")


def test_an_assumed_box_is_the_central_60_percent_of_each_side() -> None:
    unknown = ImageRecord("a", "a", "database", None, 100, 50, "")
    assert object_box(unknown, None) == ObjectBox(Box(20, 10, 80, 40), "assumed")


@pytest.mark.parametrize("side", range(1, 30))
def test_an_assumed_box_is_never_empty_and_always_central(side: int) -> None:
    box = object_box(ImageRecord("a", "a", "query", None, side, side, ""), None).box
    assert box.x0 < box.x1
    assert box.x0 == side - box.x1


def test_an_unreadable_image_has_no_assumed_box() -> None:
    with pytest.raises(ImageError, match="cut short"):
        object_box(ImageRecord("a", "a", "query", None, 0, 0, "", problem="cut short"), None)


def test_a_box_is_clipped_to_the_frame() -> None:
    assert clip_box(Box(-5, 2, 50, 4), 8, 6) == Box(0, 2, 8, 4)


def test_a_box_outside_the_frame_is_refused() -> None:
    with pytest.raises(ImageError, match=r"8,0,9,5 lies outside the image \(8 x 6 pixels\)"):
        clip_box(Box(8, 0, 9, 5), 8, 6)


def test_a_mask_comes_before_a_box() -> None:
    mask = np.zeros((6, 8), np.bool_)
    mask[2:4, 3:6] = True
    mask[2, 3] = False
    cutout = cutout_from(record(box=Box(0, 0, 8, 6)), IMAGE, mask)
    np.testing.assert_array_equal(cutout.pixels, IMAGE[2:4, 3:6])
    np.testing.assert_array_equal(cutout.alpha, [[False, True, True], [True, True, True]])


def test_a_box_comes_before_the_whole_image() -> None:
    cutout = cutout_from(record(box=Box(1, 2, 4, 6)), IMAGE, None)
    np.testing.assert_array_equal(cutout.pixels, IMAGE[2:6, 1:4])
    assert cutout.alpha.all()


def test_without_mask_and_box_the_whole_image_is_cut() -> None:
    cutout = cutout_from(record("whole"), IMAGE, None)
    np.testing.assert_array_equal(cutout.pixels, IMAGE)
    assert cutout.alpha.shape == (6, 8)
    assert (cutout.image_id, bool(cutout.alpha.all())) == ("whole", True)


def test_an_empty_mask_counts_as_none() -> None:
    cutout = cutout_from(record(box=Box(1, 2, 4, 6)), IMAGE, np.zeros((6, 8), np.bool_))
    assert cutout.pixels.shape == (4, 3, 3)


def test_a_cutout_shares_no_memory_with_its_image() -> None:
    assert not np.shares_memory(cutout_from(record(), IMAGE, None).pixels, IMAGE)


def pool() -> list[ImageRecord]:
    masked = [record(f"mask{i}", f"m{i}", mask="m.png", box=Box(0, 0, 4, 4)) for i in range(4)]
    boxed = [record(f"box{i}", f"b{i}", box=Box(0, 0, 4, 4)) for i in range(4)]
    return [record(f"whole{i}", None) for i in range(4)] + boxed + masked


def names(records: list[ImageRecord], seed: int, instance=None, ids=frozenset()) -> list[str]:
    chosen = choose_sources(records, seed=seed, excluded_instance=instance, excluded_ids=ids)
    return [one.image_id for one in chosen]


def test_masked_sources_come_first_then_boxed_then_whole_images() -> None:
    chosen = names(pool(), 5)
    assert [name.rstrip("0123") for name in chosen] == ["mask"] * 4 + ["box"] * 4 + ["whole"] * 4


def test_the_same_seed_chooses_the_same_sources_whatever_the_order_of_the_records() -> None:
    assert names(pool(), 3) == names(pool()[::-1], 3)


def test_another_seed_chooses_other_sources() -> None:
    assert len({tuple(names(pool(), seed)) for seed in range(8)}) > 1


def test_the_query_s_instance_and_the_pair_are_never_sources() -> None:
    chosen = names(pool(), 0, "m1", frozenset({"box2", "whole3"}))
    assert len(chosen) == 9
    assert {"mask1", "box2", "whole3"}.isdisjoint(chosen)


def test_a_distractor_is_a_source_even_where_the_query_s_instance_is_not_known() -> None:
    assert len(names(pool(), 0)) == 12


def test_an_unreadable_image_is_no_source() -> None:
    assert names([record("bad", problem="damaged"), record("good")], 0) == ["good"]
