"""Make the embedded model: `python -m assets.recipes.pocket_vl --work DIR`.

Renders, both halves of training and the export, each of which goes on where it was interrupted.
Every stage has a command of its own; the model card is written by `assets.recipes.pocket_vl.card`.
"""

from __future__ import annotations

import argparse
import logging
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from assets.recipes.pocket_vl import refine, train
from assets.recipes.pocket_vl.export import export
from assets.recipes.pocket_vl.machine import add_options, settle, speak
from assets.recipes.pocket_vl.renders import N_GATHERINGS, N_HELD_OUT, render_all

logger = logging.getLogger(__name__)


def render(work: Path, n_gatherings: int, n_held_out: int, workers: int) -> tuple[Path, Path]:
    """Render what is missing and return the folders of training and of held-out renders."""
    training, held_out = work / "renders", work / "held-out"
    parts = [range(k, n_gatherings, workers) for k in range(workers)]
    with ProcessPoolExecutor(workers, get_context("spawn"), speak) as pool:
        jobs = [pool.submit(render_all, training, part, False) for part in parts]
        jobs.append(pool.submit(render_all, held_out, range(n_held_out), True))
        for job in jobs:
            job.result()
    return training, held_out


def main() -> None:
    """Parse the command line and run all stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of all that is made")
    parser.add_argument("--out", type=Path, default=Path("assets/pocket-vl"))
    parser.add_argument("--start", type=Path, help="model folder whose weights to start from")
    parser.add_argument("--started-from", help="what those weights were, for the card")
    parser.add_argument("--gatherings", type=int, default=N_GATHERINGS, help="of 20 renders")
    parser.add_argument("--held-out", type=int, default=N_HELD_OUT, help="gatherings to measure on")
    parser.add_argument("--steps", type=int, default=train.STEPS, help="of the first half")
    parser.add_argument("--answer-steps", type=int, default=refine.STEPS, help="of the second half")
    parser.add_argument("--chunks", type=int, default=refine.CHUNKS, help="stored, 36 images each")
    parser.add_argument("--workers", type=int, default=2, help="processes that render")
    parser.add_argument("--seed", type=int, default=1)
    add_options(parser)
    given = parser.parse_args()
    speak()
    settle(given.device, given.threads)
    renders, held_out = render(given.work, given.gatherings, given.held_out, given.workers)
    trainer = train.Trainer(given.seed, given.steps, given.start, renders)
    train.train(trainer, given.work)
    refine.run_refine(given.work, given.seed, given.answer_steps, given.chunks, renders, held_out)
    logger.info("%s", export(given.work, held_out, given.out, given.started_from))


if __name__ == "__main__":
    main()
