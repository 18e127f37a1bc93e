"""What is pasted and around what: cut-outs of other instances, the object's box, the result."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.types.corpus import Box, ImageRecord
from core.types.robustness import ObjectBox, Pasted

# The random streams of one seed: sources, clutter and occlusion never share numbers.
SOURCE_STREAM, CLUTTER_STREAM, OCCLUSION_STREAM = 0, 1, 2
_ASSUMED_SHARE = 0.6  # of each side, central: DEFINITIONS 4


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A piece of another image: pixels (h, w, 3) uint8 RGB, alpha (h, w) bool, h and w >= 1."""

    image_id: str
    pixels: NDArray[np.uint8]
    alpha: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Perturbed:
    """A perturbed image, (H, W, 3) uint8 RGB like the one it was made from.

    `pasted` lists cut-outs in the order pasted (grey patches are not listed: seed and strength say
    where they are). `box` is where the object's box lies now: rotation, scale and tiling move it.
    """

    image: NDArray[np.uint8]
    pasted: tuple[Pasted, ...]
    box: Box


def object_box(record: ImageRecord, drawn: Box | None) -> ObjectBox:
    """Return the drawn box, else the manifest's, else the central 60 % of each side.

    Raises:
        ImageError: The image's size is not known, so no box can be assumed.
    """
    if drawn is not None:
        return ObjectBox(drawn, "drawn")
    if record.box is not None:
        return ObjectBox(record.box, "manifest")
    if record.width < 1 or record.height < 1:
        raise ImageError(
            record.problem or f"The size of '{record.image_id}' is not known; check the file."
        )
    x0, x1 = _central(record.width)
    y0, y1 = _central(record.height)
    return ObjectBox(Box(x0, y0, x1, y1), "assumed")


def clip_box(box: Box, width: int, height: int) -> Box:
    """Return the part of the box inside a frame of `width` x `height` pixels.

    Raises:
        ImageError: No pixel of the box lies in the frame.
    """
    inside = Box(max(box.x0, 0), max(box.y0, 0), min(box.x1, width), min(box.y1, height))
    if inside.x0 >= inside.x1 or inside.y0 >= inside.y1:
        raise ImageError(
            f"The object's box {box.x0},{box.y0},{box.x1},{box.y1} lies outside the image "
            f"({width} x {height} pixels); draw it inside."
        )
    return inside


def cutout_from(
    record: ImageRecord, image: NDArray[np.uint8], mask: NDArray[np.bool_] | None
) -> Cutout:
    """Cut the object out of an image: by its mask, else by its box, else the whole image.

    Args:
        record: Where the image comes from; its `box` is in the pixels of `image`.
        image: (H, W, 3) uint8 RGB.
        mask: (H, W) bool, True on the object; one without any object counts as none.
    """
    if mask is not None and mask.any():
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        where = np.s_[int(rows[0]) : int(rows[-1]) + 1, int(columns[0]) : int(columns[-1]) + 1]
        return Cutout(record.image_id, image[where].copy(), mask[where].copy())
    if record.box is not None:
        box = clip_box(record.box, image.shape[1], image.shape[0])
        image = image[box.y0 : box.y1, box.x0 : box.x1]
    return Cutout(record.image_id, image.copy(), np.ones(image.shape[:2], np.bool_))


def choose_sources(
    records: Sequence[ImageRecord],
    *,
    seed: int,
    excluded_instance: str | None,
    excluded_ids: Set[str],
) -> tuple[ImageRecord, ...]:
    """Return every image that may be cut from, in the order to try them.

    Records with a mask come first, then those with a box, then the rest; the seed shuffles within
    these three, and the order of `records` does not matter. Take the first n: fewer are a prefix of
    more. Unreadable images are left out.

    Args:
        records: The images to choose from.
        seed: Not negative; the same seed gives the same order.
        excluded_instance: The query's instance, or None where it is not known.
        excluded_ids: The images of the pair, and whatever else must not appear.
    """
    allowed = sorted(
        (
            record
            for record in records
            if record.problem is None
            and record.image_id not in excluded_ids
            and (excluded_instance is None or record.instance_id != excluded_instance)
        ),
        key=lambda record: record.image_id,
    )
    shuffled = np.random.default_rng([seed, SOURCE_STREAM]).permutation(len(allowed)).tolist()
    return tuple(sorted((allowed[place] for place in shuffled), key=_preference))


def _preference(record: ImageRecord) -> int:
    if record.mask is not None:
        return 0
    return 1 if record.box is not None else 2


def _central(side: int) -> tuple[int, int]:
    margin = min(round(side * (1 - _ASSUMED_SHARE) / 2), (side - 1) // 2)
    return margin, side - margin
