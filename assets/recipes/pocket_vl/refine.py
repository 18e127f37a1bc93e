"""Learn answers from stored tokens: `python -m assets.recipes.pocket_vl.refine --work DIR`.

The second half of training. The tower stays as it is; every step draws shortlists from a small
made-up database, so that the language model meets the negatives that a search would bring.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import Tensor

from assets.recipes.pocket_vl import losses
from assets.recipes.pocket_vl.gatherings import list_gatherings
from assets.recipes.pocket_vl.heldout import HeldOut, finished_sets
from assets.recipes.pocket_vl.machine import (
    add_options,
    log_to,
    make_generator,
    mixed_precision,
    settle,
    speak,
    working_type,
)
from assets.recipes.pocket_vl.pairs import answers_and_places, keep_tokens, pack
from assets.recipes.pocket_vl.shake import shake
from assets.recipes.pocket_vl.shortlists import CANDIDATES, draw_rows
from assets.recipes.pocket_vl.squeeze import draw_squeeze
from assets.recipes.pocket_vl.state import load_state, save_state, use_average
from assets.recipes.pocket_vl.step import Rows, squeeze_rows
from assets.recipes.pocket_vl.store import Store, fill_store
from assets.recipes.pocket_vl.stream import chunks_to_store
from assets.recipes.pocket_vl.train import Trainer
from assets.recipes.pocket_vl.wordings import draw_template

logger = logging.getLogger(__name__)
WEIGHTS = {"answer": 1.0, "order": 1.0, "place": 1.0, "teacher": 0.5}
PEAK = 8e-4
SAVE_EVERY = 200
STEPS = 1600
CHUNKS = 560


def in_working_type(rows: Rows) -> Rows:
    """Return the rows in the number type that the device multiplies fastest."""
    dtype = working_type()
    return replace(rows, query=rows.query.to(dtype), candidates=rows.candidates.to(dtype))


def answer_terms(trainer: Trainer, store: Store) -> dict[str, Tensor]:
    """Return the loss terms of one step over stored tokens."""
    state = trainer.state
    rng = np.random.default_rng([trainer.seed, state.step, 53])
    generator = make_generator(int(rng.integers(1 << 62)))
    rows = draw_rows(store, generator)
    packing = pack(draw_template(rng, trainer.templates), *rows.grids, CANDIDATES)
    squeeze = draw_squeeze(rows.query.shape[1], rows.candidates.shape[2], generator)
    similarity = losses.max_similarity(rows.query, rows.candidates)
    rows = squeeze_rows(in_working_type(shake(rows, generator)), squeeze)
    packing = keep_tokens(packing, squeeze.query, squeeze.candidates)
    with mixed_precision():
        logits, places = answers_and_places(
            state.model, packing, rows.query, rows.candidates, trainer.answers
        )
    margins = logits[..., trainer.answers[0]] - logits[..., trainer.answers[1]]
    return {
        "answer": losses.answer_loss(logits, rows.positive, *trainer.answers),
        "order": losses.order_loss(margins, rows.positive),
        "place": losses.place_loss(places, rows.shares, rows.positive),
        "teacher": losses.teacher_loss(margins, similarity),
    }


def refine(trainer: Trainer, store: Store, sets: dict[str, HeldOut], work: Path) -> None:
    """Run all steps that are left; checkpoints and log lines as in the first half."""
    state = trainer.state
    sums: list[dict[str, float]] = []
    while state.step < trainer.steps:
        started = time.perf_counter()
        terms = answer_terms(trainer, store)
        trainer.descend(sum(WEIGHTS[name] * term for name, term in terms.items()))
        sums.append({name: float(term.detach()) for name, term in terms.items()})
        state.seconds += time.perf_counter() - started
        if state.step % 50 == 0:
            mean = {name: round(float(np.mean([s[name] for s in sums])), 3) for name in WEIGHTS}
            logger.info(
                "%s", json.dumps({"step": state.step, "seconds": round(state.seconds)} | mean)
            )
            sums.clear()
        if state.step % SAVE_EVERY == 0 or state.step == trainer.steps:
            save_state(state, work)
            line = {"step": state.step, "held_out": trainer.measure(sets)}
            logger.info("%s", json.dumps(line))


def stored_tokens(
    trainer: Trainer, step: int, n_chunks: int, renders: Path | None, folder: Path
) -> Store:
    """Return the store of `step`'s tower, encoded now or read from `folder` if it is there."""
    n_renders = 0 if renders is None else len(list_gatherings(renders))
    path = folder / f"tokens-{step}-{trainer.seed}-{n_chunks}-{n_renders}.safetensors"
    if path.exists():
        return Store.load(path)
    store = fill_store(
        trainer.state.model.model.visual,
        chunks_to_store(trainer.seed, n_chunks, renders),
        lambda n: logger.info("%d images", n) if n % 1800 == 0 else None,
    )
    store.save(path)
    return store


def prepare(work: Path, seed: int, steps: int) -> tuple[Trainer, int]:
    """Return a trainer with the first half's averaged weights, the tower frozen, and its steps.

    Raises:
        FileNotFoundError: the first half has left no checkpoint in `work`.
    """
    trainer = Trainer(seed, steps)
    if not load_state(trainer.state, work):
        message = f"{work} holds no checkpoint; run assets.recipes.pocket_vl.train --work {work}"
        raise FileNotFoundError(message)
    use_average(trainer.state)
    step = trainer.state.step
    trainer.state.model.model.visual.requires_grad_(False)
    trainer.restart(PEAK)
    return trainer, step


def run_refine(
    work: Path, seed: int, steps: int, n_chunks: int, renders: Path | None, held_out: Path | None
) -> None:
    """Take all steps that are left of the second half.

    Args:
        work: folder of the first half; the second half's is `answers` in it.
        seed: of the training.
        steps: at which the rate has fallen.
        n_chunks: stored chunks of 36 images each.
        renders: folder of renders to learn from, or None.
        held_out: folder of renders to measure on, or None.
    """
    folder = work / "answers"
    folder.mkdir(parents=True, exist_ok=True)
    trainer, step = prepare(work, seed, steps)
    store = stored_tokens(trainer, step, n_chunks, renders, folder)
    load_state(trainer.state, folder)
    with log_to(folder):
        refine(trainer, store, finished_sets(held_out), folder)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the first half")
    parser.add_argument("--renders", type=Path, help="folder of renders")
    parser.add_argument("--held-out", type=Path, help="folder of renders to measure on")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--chunks", type=int, default=CHUNKS, help="36 images each")
    parser.add_argument("--seed", type=int, default=1)
    add_options(parser)
    given = parser.parse_args()
    speak()
    settle(given.device, given.threads)
    run_refine(given.work, given.seed, given.steps, given.chunks, given.renders, given.held_out)


if __name__ == "__main__":
    main()
