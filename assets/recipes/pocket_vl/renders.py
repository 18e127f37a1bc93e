"""Render views with true changes of viewpoint: `python -m assets.recipes.pocket_vl.renders`.

One file per group of look-alikes; groups that are already there are not rendered again.
"""

from __future__ import annotations

import argparse
import io
import logging
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.seeds import HELD_OUT, SEEDS_PER_GROUP, TRAINING, SeedRange

logger = logging.getLogger(__name__)
SIDE_PX = 168
VIEWS = 3
MEMBERS = 3
FIRST_GROUP = 60_000_000 // SEEDS_PER_GROUP
"""Training groups before this one are left to the composed views."""
HELD_OUT_FIRST = 4_000
N_HELD_OUT = 40
N_GROUPS = 2000
"""Ten thousand training views."""
JPEG_QUALITY = 92
STEP = 2
"""Surface coordinates are kept for every second pixel of every second row."""


def group_seed(group: int, held_out: bool) -> int:
    """Return the first seed of a group of look-alikes."""
    seeds: SeedRange = HELD_OUT if held_out else TRAINING
    return seeds.seed(((HELD_OUT_FIRST if held_out else FIRST_GROUP) + group) * SEEDS_PER_GROUP)


def _jpeg(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def render_group(first_seed: int, members: int) -> dict[str, NDArray]:
    """Return what is stored of a group: per view a JPEG, surface parts and coordinates, labels."""
    from assets.recipes.rendered.training import render_training_views

    stored: dict[str, NDArray] = {}
    labels, parts, places = [], [], []
    for member in range(members):
        rng = np.random.default_rng([first_seed, member, 43])
        hardness = float(rng.uniform(0.0, 1.0))
        for view in render_training_views(
            first_seed, member, VIEWS, (SIDE_PX, SIDE_PX), rng, hardness
        ):
            stored[f"jpeg{len(labels)}"] = _jpeg(view.image)
            labels.append(member)
            parts.append(view.part[::STEP, ::STEP].astype(np.int16))
            places.append(view.uv[::STEP, ::STEP].astype(np.float16))
    return stored | {
        "member": np.array(labels),
        "part": np.stack(parts),
        "uv": np.stack(places),
        "first_seed": np.array(first_seed),
    }


def render_all(out: Path, groups: range, held_out: bool) -> None:
    """Render the groups that are missing, every third with all its look-alikes."""
    out.mkdir(parents=True, exist_ok=True)
    started, n = time.perf_counter(), 0
    for group in groups:
        path = out / f"group_{group:06d}.npz"
        if path.exists():
            continue
        whole = held_out or group % 3 == 0
        stored = render_group(group_seed(group, held_out), MEMBERS if whole else 1)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, **stored)
        partial.replace(path)
        n += len(stored["member"])
        if group % 20 == 0:
            seconds = time.perf_counter() - started
            logger.info("group %d: %d views, %.2f s each", group, n, seconds / n)


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the group files")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--groups", type=int, default=N_GROUPS)
    parser.add_argument("--held-out", action="store_true", help="groups that are only measured on")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    stop = arguments.first + (N_HELD_OUT if arguments.held_out else arguments.groups)
    render_all(arguments.out, range(arguments.first, stop), arguments.held_out)


if __name__ == "__main__":
    main()
