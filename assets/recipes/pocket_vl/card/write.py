"""Run the sections and write the three files of the card."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from assets.recipes.pocket_vl.card.lab import THREADS, Asked, Lab
from assets.recipes.pocket_vl.card.page import readme
from assets.recipes.pocket_vl.card.plot import draw_calibration
from assets.recipes.pocket_vl.card.sections import measure_sections
from core.storage.files import atomic_write_text

logger = logging.getLogger(__name__)
FORMAT_VERSION = 1
CARD = "card.json"


def write_card(asked: Asked, out: Path, only: Sequence[str] = ()) -> dict[str, Any]:
    """Measure what is not kept in the work folder, write the card, and return its numbers.

    Args:
        asked: What to measure.
        out: Folder of README.md, card.json and calibration.webp.
        only: Names of sections; the others say that they were not measured.
    """
    started = time.perf_counter()
    cv2.setNumThreads(THREADS)
    sections = measure_sections(Lab(asked), only)
    card: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "name": asked.model.resolve().name,
        "measured_on": sorted(
            {one["measured_on"] for one in sections.values() if "measured_on" in one}
        ),
        "sections": sections,
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False)
    atomic_write_text(out / CARD, text + "\n")
    render_card(out)
    wall, busy = time.perf_counter() - started, time.process_time()
    logger.info("%s: written after %.0f s, %.0f s of them computing", out, wall, busy)
    return card


def render_card(out: Path) -> None:
    """Write README.md and the plot from the `card.json` of a folder, measuring nothing."""
    card = json.loads((out / CARD).read_text("utf-8"))
    calibration = card["sections"]["calibration"]
    if "bins" in calibration:
        draw_calibration(calibration, out / "calibration.webp")
    atomic_write_text(out / "README.md", readme(card))
