"""Write the demo corpus: `python -m assets.recipes.demo.generate [--out assets/demo]`."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import io
import logging
import time
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.demo.plan import Shot, clutter_instances, make_plan
from assets.recipes.seeds import DEMO
from assets.recipes.world.composer import View, compose
from assets.recipes.world.instances import Instance, Painted
from assets.recipes.world.scenery import Scenery, make_scenery

logger = logging.getLogger(__name__)
ART_PX = 320
GROUND_PX = 640
N_GROUNDS = 40
JPEG_QUALITY = 85
MIN_COVERAGE, MAX_OCCLUDED = 0.02, 0.6
COLUMNS = (
    "image", "role", "instance", "x0", "y0", "x1", "y1", "mask", "coverage", "occluded",
    "clutter", "rotation", "light", "family",
)  # fmt: skip


def demo_scenery() -> Scenery:
    """Return the grounds and cut-outs of the demo corpus."""
    return make_scenery(clutter_instances(), DEMO.start, GROUND_PX, N_GROUNDS)


@lru_cache(maxsize=4)
def _painted(instance: Instance) -> Painted:
    return Painted(instance, ART_PX)


def shoot(shot: Shot, scenery: Scenery) -> View:
    """Compose a shot; while the object is hidden or tiny, draw the scene anew and closer."""
    spec = shot.view
    for attempt in range(8):
        view = compose(_painted(shot.instance), spec, scenery)
        if view.coverage >= MIN_COVERAGE and view.occluded <= MAX_OCCLUDED:
            return view
        spec = dataclasses.replace(
            spec, scenery_seed=spec.scenery_seed + attempt + 1, coverage=spec.coverage * 1.15
        )
    return view


def jpeg_bytes(image: NDArray[np.uint8]) -> bytes:
    """Return the image as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def mask_bytes(mask: NDArray[np.bool_]) -> bytes:
    """Return the mask as 1-bit PNG."""
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def row_of(shot: Shot, view: View) -> dict[str, object]:
    """Return the manifest row of a shot."""
    x0, y0, x1, y1 = view.box
    return {
        "image": f"images/{shot.name}.jpg",
        "role": shot.role,
        "instance": shot.instance_id,
        "x0": x0, "y0": y0, "x1": x1, "y1": y1,
        "mask": f"masks/{shot.name}.png",
        "coverage": f"{view.coverage:.4f}",
        "occluded": f"{view.occluded:.3f}",
        "clutter": view.clutter,
        "rotation": f"{shot.view.roll_deg:.1f}",
        "light": shot.view.light,
        "family": shot.instance.family,
    }  # fmt: skip


def write_corpus(out: Path, shots: tuple[Shot, ...], scenery: Scenery) -> None:
    """Write images, masks and, last, the manifest; replaces files of the same names."""
    for folder in ("images", "masks"):
        (out / folder).mkdir(parents=True, exist_ok=True)
        for old in sorted((out / folder).iterdir()):
            old.unlink()
    rows = []
    for shot in shots:
        view = shoot(shot, scenery)
        (out / "images" / f"{shot.name}.jpg").write_bytes(jpeg_bytes(view.image))
        (out / "masks" / f"{shot.name}.png").write_bytes(mask_bytes(view.mask))
        rows.append(row_of(shot, view))
    partial = out / "manifest.csv.partial"
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(out / "manifest.csv")


def main() -> None:
    """Parse the command line and write the corpus."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("assets/demo"))
    out = parser.parse_args().out
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    cv2.setNumThreads(1)
    started = time.perf_counter()
    shots = make_plan()
    write_corpus(out, shots, demo_scenery())
    logger.info("%d images in %.0f s: %s", len(shots), time.perf_counter() - started, out)


if __name__ == "__main__":
    main()
