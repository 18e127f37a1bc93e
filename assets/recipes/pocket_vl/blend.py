"""Blend the first half with what it started from: `python -m assets.recipes.pocket_vl.blend`.

Weights between two ends of one training often beat both (Wortsman et al., Model soups, 2022). The
second half, `refine`, then goes on from the blend.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.machine import speak
from assets.recipes.pocket_vl.state import load_state, save_state
from assets.recipes.pocket_vl.train import Trainer

logger = logging.getLogger(__name__)
SHARE = 0.5


def blend(work: Path, start: Path, share: float, out: Path) -> None:
    """Write a checkpoint whose averaged weights are `share` of those in `work`, the rest `start`'s.

    Args:
        work: folder of the finished first half.
        start: model folder that it started from.
        share: of the training in the blend, 0 to 1.
        out: folder of the new checkpoint; `refine --work` takes it.

    Raises:
        FileNotFoundError: `work` holds no checkpoint.
    """
    trainer = Trainer(seed=1, steps=1)
    if not load_state(trainer.state, work):
        message = f"{work} holds no checkpoint; run assets.recipes.pocket_vl.train --work {work}"
        raise FileNotFoundError(message)
    found = PocketVl.from_pretrained(start, dtype=torch.float32, local_files_only=True)
    with torch.no_grad():
        for name, weight in found.named_parameters():
            trainer.state.average[name] = torch.lerp(
                weight.to(trainer.state.average[name].device), trainer.state.average[name], share
            )
    save_state(trainer.state, out)
    logger.info("%s: %.2f of %s, the rest of %s", out, share, work, start)


def main() -> None:
    """Parse the command line and blend."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the first half")
    parser.add_argument("--start", type=Path, required=True, help="model folder it started from")
    parser.add_argument("--share", type=float, default=SHARE, help="of the training in the blend")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new checkpoint")
    given = parser.parse_args()
    speak()
    blend(given.work, given.start, given.share, given.out)


if __name__ == "__main__":
    main()
