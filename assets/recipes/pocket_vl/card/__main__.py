"""Measure a model folder and write its card.

`python -m assets.recipes.pocket_vl.card [--photos DIR] [--training-log FILE ...] [--out DIR]`
writes README.md, card.json and calibration.webp. An interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# Read by the libraries when they are imported, which the next imports do.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import platformdirs

from assets.recipes.pocket_vl.card.lab import Asked, speak
from assets.recipes.pocket_vl.card.sections import SECTIONS
from assets.recipes.pocket_vl.card.write import render_card, write_card
from core.errors import SecondLookError


def main() -> int:
    """Parse the command line, measure, write; return the exit status."""
    cache = Path(platformdirs.user_cache_dir("second-look", appauthor=False)) / "card"
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("assets/pocket-vl"))
    parser.add_argument("--demo", type=Path, default=Path("assets/demo"))
    parser.add_argument("--photos", type=Path, help="corpus of photos, with a column `source`")
    parser.add_argument("--rival", type=Path, help="another model folder: its descriptor's mAP")
    parser.add_argument(
        "--training-log", type=Path, nargs="+", default=[], help="JSON lines, a file per stage"
    )
    parser.add_argument("--out", type=Path, help="where the card is written (the model's folder)")
    parser.add_argument("--work", type=Path, default=cache, help="what is measured is kept here")
    parser.add_argument("--threads", type=int, default=2, help="of the timed passes")
    parser.add_argument("--sweeps", type=int, default=20, help="queries that are perturbed")
    parser.add_argument("--only", nargs="+", default=[], choices=[one.name for one in SECTIONS])
    parser.add_argument("--render", action="store_true", help="README anew from card.json only")
    given = parser.parse_args()
    speak()
    asked = Asked(
        model=given.model,
        demo=given.demo,
        work=given.work,
        photos=given.photos,
        rival=given.rival,
        training_logs=tuple(given.training_log),
        threads=given.threads,
        n_swept=given.sweeps,
    )
    out = given.out or given.model
    try:
        if given.render:
            render_card(out)
        else:
            write_card(asked, out, given.only)
    except SecondLookError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
