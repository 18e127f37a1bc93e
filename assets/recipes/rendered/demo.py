"""Write the rendered demo corpus: `python -m assets.recipes.rendered.demo --out assets/demo`."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.rendered.demo_plan import Shot, make_plan

logger = logging.getLogger(__name__)
JPEG_QUALITY = 88
VERSION = 1
"""Raised when pictures change although their shots do not."""
COLUMNS = (
    "image", "role", "instance", "x0", "y0", "x1", "y1", "mask", "coverage", "occluded", "clutter",
    "azimuth", "elevation", "distance", "rotation", "light", "background", "family", "group",
    "kinship",
)  # fmt: skip
SHEET_COLUMNS, SHEET_ROWS, THUMBNAIL_PX = 8, 5, 160


def fingerprint(shot: Shot) -> str:
    """Return what a finished image must match to be kept."""
    return hashlib.sha256(f"{VERSION} {shot!r}".encode()).hexdigest()[:16]


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Return the half-open pixel box (x0, y0, x1, y1) of a mask that is not empty."""
    columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _encoded(picture: NDArray[np.uint8] | NDArray[np.bool_], kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, quality=JPEG_QUALITY, optimize=True)
    return buffer.getvalue()


def _notes(out: Path) -> Path:
    """Return the folder beside the corpus that remembers which images are done."""
    return out.parent / f"{out.name}.progress"


def _is_done(shot: Shot, out: Path) -> bool:
    note = _notes(out) / f"{shot.name}.json"
    image = out / "images" / f"{shot.name}.jpg"
    if not (note.exists() and image.exists()):
        return False
    return json.loads(note.read_text(encoding="utf-8"))["fingerprint"] == fingerprint(shot)


def make_image(shot: Shot, out: Path) -> str:
    """Render a shot, write its image, mask and note, and return a line of report."""
    from assets.recipes.rendered.demo_shoot import photograph

    cv2.setNumThreads(1)
    started = time.perf_counter()
    taken = photograph(shot)
    x0, y0, x1, y1 = box_of(taken.mask)
    member = shot.member
    row = {
        "image": f"images/{shot.name}.jpg",
        "role": shot.role,
        "instance": member.instance_id if member else "",
        "x0": x0, "y0": y0, "x1": x1, "y1": y1,
        "mask": f"masks/{shot.name}.png",
        "coverage": f"{taken.coverage:.4f}",
        "occluded": f"{taken.occluded:.3f}",
        "clutter": taken.clutter,
        "azimuth": f"{taken.azimuth_deg:.1f}",
        "elevation": f"{taken.elevation_deg:.1f}",
        "distance": f"{taken.distance:.2f}",
        "rotation": f"{shot.wish.framing.roll_deg:.1f}",
        "light": shot.wish.light,
        "background": shot.wish.room,
        "family": shot.instance.family,
        "group": member.group_id if member else "",
        "kinship": member.kinship if member else "",
    }  # fmt: skip
    _write(out / "images" / f"{shot.name}.jpg", _encoded(taken.image, "JPEG"))
    _write(out / "masks" / f"{shot.name}.png", _encoded(taken.mask, "PNG"))
    note = {"fingerprint": fingerprint(shot), "row": row, "telling_px": taken.telling_px,
            "faults": taken.faults}  # fmt: skip
    _write(_notes(out) / f"{shot.name}.json", json.dumps(note).encode())
    return f"{shot.name} {time.perf_counter() - started:.1f} s, {taken.faults} limits broken"


def _reports(shots: list[Shot], out: Path, workers: int) -> Iterator[str]:
    if workers == 1:
        for shot in shots:
            yield make_image(shot, out)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make_image, shots, [out] * len(shots))


def write_manifest(shots: tuple[Shot, ...], out: Path) -> None:
    """Write the manifest of shots whose notes are there."""
    partial = out / "manifest.csv.partial"
    with partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for shot in shots:
            note = json.loads((_notes(out) / f"{shot.name}.json").read_text(encoding="utf-8"))
            writer.writerow(note["row"])
    partial.replace(out / "manifest.csv")


def write_checksums(out: Path) -> None:
    """Write the SHA-256 of every image and mask and of the manifest, as `sha256sum` does."""
    names = ["manifest.csv"]
    names += [
        f"{kind}/{path.name}" for kind in ("images", "masks") for path in (out / kind).iterdir()
    ]
    lines = [f"{hashlib.sha256((out / n).read_bytes()).hexdigest()}  {n}\n" for n in sorted(names)]
    _write(out / "SHA256SUMS", "".join(lines).encode())


def write_corpus(shots: tuple[Shot, ...], out: Path, workers: int) -> None:
    """Render what is missing, then write the manifest and the checksums of all files."""
    for folder in (out / "images", out / "masks", _notes(out)):
        folder.mkdir(parents=True, exist_ok=True)
    missing = [shot for shot in shots if not _is_done(shot, out)]
    logger.info("%d of %d images are there", len(shots) - len(missing), len(shots))
    for number, report in enumerate(_reports(missing, out, workers), start=1):
        logger.info("%d/%d %s", number, len(missing), report)
    write_manifest(shots, out)
    write_checksums(out)


def write_contact_sheet(shots: tuple[Shot, ...], out: Path, sheet: Path) -> None:
    """Write thumbnails of images that are there, evenly spaced over the corpus, as WebP."""
    there = [shot for shot in shots if (out / "images" / f"{shot.name}.jpg").exists()]
    n = min(SHEET_COLUMNS * SHEET_ROWS, len(there))
    picture = Image.new("RGB", (SHEET_COLUMNS * THUMBNAIL_PX, SHEET_ROWS * THUMBNAIL_PX), "white")
    for place, at in enumerate(np.linspace(0, len(there) - 1, n).round().astype(int)):
        image = Image.open(out / "images" / f"{there[at].name}.jpg")
        image.thumbnail((THUMBNAIL_PX - 4, THUMBNAIL_PX - 4), Image.Resampling.LANCZOS)
        column, row = place % SHEET_COLUMNS, place // SHEET_COLUMNS
        x = column * THUMBNAIL_PX + (THUMBNAIL_PX - image.width) // 2
        y = row * THUMBNAIL_PX + (THUMBNAIL_PX - image.height) // 2
        picture.paste(image, (x, y))
    picture.save(sheet, "WEBP", quality=82)


def main() -> None:
    """Parse the command line and write the corpus, or a contact sheet of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("assets/demo"))
    parser.add_argument("--only", type=int, help="render this many shots, evenly spaced")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--contact-sheet", type=Path, help="write thumbnails here, render nothing")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    shots = make_plan()
    if options.only:
        chosen = np.linspace(0, len(shots) - 1, options.only).round().astype(int)
        shots = tuple(shots[k] for k in chosen)
    if options.contact_sheet:
        write_contact_sheet(shots, options.out, options.contact_sheet)
        return
    write_corpus(shots, options.out, options.workers)


if __name__ == "__main__":
    main()
