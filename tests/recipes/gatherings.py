"""Stored gatherings whose pictures show their own surface coordinates as colours."""

import io

import numpy as np
from PIL import Image

from assets.recipes.pocket_vl.renders import GROUP_SIZES, SIDE_PX, STEP, group_seed

VIEWS = 2
CORNER = SIDE_PX // STEP // 4
"""Side, in surface points, of the square in which somebody else stands."""


def seeds_of_gathering(number):
    return [
        group_seed(number, k, held_out=False) + member
        for k, size in enumerate(GROUP_SIZES)
        for member in range(size)
    ]


def write_gathering(folder, number):
    """Store two scenes per instance; in a corner stands the one five places further on."""
    y, x = np.mgrid[:SIDE_PX:STEP, :SIDE_PX:STEP] / SIDE_PX
    picture = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    picture[..., 0] = np.linspace(0, 255, SIDE_PX)[None]
    picture[..., 1] = np.linspace(0, 255, SIDE_PX)[:, None]
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95)
    seeds = np.array(seeds_of_gathering(number))
    main = np.repeat(np.arange(len(seeds)), VIEWS)
    stored = {"seeds": seeds, "main": main}
    for scene, instance in enumerate(main):
        who = np.full(x.shape, instance, np.int8)
        who[:CORNER, :CORNER] = (instance + 5) % len(seeds)
        stored[f"jpeg{scene}"] = np.frombuffer(buffer.getvalue(), np.uint8)
        stored[f"who{scene}"] = who
        stored[f"part{scene}"] = np.zeros(x.shape, np.int16)
        stored[f"uv{scene}"] = np.stack([x, y], -1).astype(np.float16)
    np.savez(folder / f"gathering_{number:06d}.npz", **stored)
