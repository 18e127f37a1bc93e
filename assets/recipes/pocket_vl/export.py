"""Write the model folder: `python -m assets.recipes.pocket_vl.export --work DIR`.

Without `--work` the folder holds the untrained model: it loads, and knows nothing.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

import torch

from assets.recipes.pocket_vl.folder import save_folder
from assets.recipes.pocket_vl.state import load_state
from assets.recipes.pocket_vl.tokenizer import train_tokenizer
from assets.recipes.pocket_vl.train import make_state

logger = logging.getLogger(__name__)


def export(work: Path | None, out: Path, averaged: bool) -> int:
    """Write the weights of the newest checkpoint (their running average) and return its step."""
    tokenizer = train_tokenizer()
    state = make_state(tokenizer, seed=1)
    if work is not None and not load_state(state, work):
        message = f"{work} holds no checkpoint; run assets.recipes.pocket_vl.train --work {work}"
        raise FileNotFoundError(message)
    if averaged:
        with torch.no_grad():
            for name, weight in state.model.named_parameters():
                weight.copy_(state.average[name])
    save_folder(state.model, tokenizer, out)
    return state.step


def main() -> None:
    """Parse the command line and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder of the checkpoint")
    parser.add_argument("--out", type=Path, default=Path("assets/pocket-vl"))
    parser.add_argument("--newest", action="store_true", help="newest weights, not their average")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    step = export(arguments.work, arguments.out, not arguments.newest)
    logger.info("%s: weights of step %d", arguments.out, step)


if __name__ == "__main__":
    main()
