"""Train the embedded model: `python -m assets.recipes.pocket_vl.train --work DIR`.

Interrupted training goes on from the last checkpoint in DIR and ends in the same weights.
"""

from __future__ import annotations

import argparse
import copy
import json
import logging
import math
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.architecture import build_model
from assets.recipes.pocket_vl.chunks import TURN, Chunk
from assets.recipes.pocket_vl.heldout import HeldOut, make_held_out, measure
from assets.recipes.pocket_vl.machine import add_options, log_to, make_generator, settle, speak
from assets.recipes.pocket_vl.state import (
    PREFETCH,
    Curriculum,
    TrainingState,
    follow_tower,
    load_state,
    new_average,
    save_state,
    start_from,
)
from assets.recipes.pocket_vl.step import (
    WEIGHTS,
    compute_losses,
    compute_tower_losses,
    make_batch,
)
from assets.recipes.pocket_vl.stream import make_batch_chunks
from assets.recipes.pocket_vl.tokenizer import train_tokenizer
from assets.recipes.pocket_vl.wordings import all_templates, default_template, draw_template

logger = logging.getLogger(__name__)
LEARNING_RATE = 1.2e-3
GOING_ON_RATE = 3e-4
"""Peak rate where training starts from the weights of a folder."""
WARM_UP = 40
FINAL_SHARE = 0.03
WEIGHT_DECAY = 0.02
SAVE_EVERY = 50
MEASURE_EVERY = 200
STEPS = 2050


def learning_rate(step: int, steps: int, peak: float) -> float:
    """Return the rate of a step: linear warm-up to the peak, then a cosine down to 3 % of it."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    share = min(1.0, (step - WARM_UP) / max(1, steps - WARM_UP))
    return peak * (FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + math.cos(math.pi * share)))


def make_state(tokenizer: PreTrainedTokenizerBase, seed: int) -> TrainingState:
    """Return the state that training starts from."""
    return renew(build_model(tokenizer, seed))


def renew(model: PocketVl) -> TrainingState:
    """Return a state at step 0 whose weights are the model's; frozen weights stay as they are."""
    decayed = [p for p in model.parameters() if p.ndim >= 2]
    plain = [p for p in model.parameters() if p.ndim < 2]
    groups = [
        {"params": decayed, "weight_decay": WEIGHT_DECAY},
        {"params": plain, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.98))
    return TrainingState(model, optimizer, new_average(model), Curriculum(), 0)


class Trainer:
    """Runs steps on a state; everything random follows from the seed and the step."""

    def __init__(
        self,
        seed: int,
        steps: int,
        start: Path | None = None,
        renders: Path | None = None,
        pairs: bool = True,
    ) -> None:
        """Prepare step 0.

        Args:
            seed: of weights, pictures and draws.
            steps: at which the rate has fallen.
            start: model folder whose weights to start from.
            renders: folder of renders; without it all pictures are composed.
            pairs: whether the answers are learnt; without them only the descriptor is.
        """
        self.seed = seed
        self.steps = steps
        self.renders = renders
        self.pairs = pairs
        self.peak = LEARNING_RATE if start is None else GOING_ON_RATE
        self.tokenizer = train_tokenizer()
        self.templates = all_templates(self.tokenizer)
        self.default = default_template(self.tokenizer)
        self.answers = tuple(self.tokenizer.convert_tokens_to_ids(word) for word in ("yes", "no"))
        self.state = make_state(self.tokenizer, seed)
        if start is not None:
            start_from(self.state, start)
        self.tower_teacher = copy.deepcopy(self.state.model.model.visual).requires_grad_(False)

    def levels_of(self, step: int) -> tuple:
        """Return the curriculum levels of the step's two chunks."""
        curriculum = self.state.curriculum
        return curriculum.level_at(step), curriculum.level_at(step - TURN)

    def learn(self, chunks: tuple[Chunk, Chunk]) -> dict[str, float]:
        """Take one step and return the loss terms."""
        started = time.perf_counter()
        state, step = self.state, self.state.step
        rng = np.random.default_rng([self.seed, step, 37])
        generator = make_generator(int(rng.integers(1 << 62)))
        batch = make_batch(chunks, step)
        follow_tower(self.tower_teacher, state)
        if self.pairs:
            terms = compute_losses(
                state.model, self.tower_teacher, batch, draw_template(rng, self.templates),
                self.answers, step, state.curriculum.level_at(step).hard_negatives, generator,
            )  # fmt: skip
        else:
            terms = compute_tower_losses(state.model, self.tower_teacher, batch, generator)
        self.descend(sum(WEIGHTS[name] * term for name, term in terms.items()))
        values = {name: float(term.detach()) for name, term in terms.items()}
        state.curriculum.learn(step, values["image"])
        state.seconds += time.perf_counter() - started
        return values

    def descend(self, total: Tensor) -> None:
        """Take one step down the gradient of a loss and let the average follow."""
        state = self.state
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate(state.step, self.steps, self.peak)
        state.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), 1.0)
        state.optimizer.step()
        state.step += 1
        state.follow()

    def restart(self, peak: float) -> None:
        """Go on from the present weights with a new optimiser and average, from step 0."""
        self.peak = peak
        self.state = renew(self.state.model)

    def measure(self, sets: dict[str, HeldOut]) -> dict[str, dict[str, float]]:
        """Return held-out numbers of the current weights, rounded to 3 decimals."""
        self.state.model.eval()
        numbers = {
            name: measure(self.state.model, held_out, self.default, self.answers)
            for name, held_out in sets.items()
        }
        self.state.model.train()
        return {name: {n: round(x, 3) for n, x in of.items()} for name, of in numbers.items()}


def batches(trainer: Trainer, pool: ProcessPoolExecutor) -> Iterator[tuple[Chunk, Chunk]]:
    """Yield the batches of the coming steps, rendered ahead in another process."""
    waiting: list[Future[tuple[Chunk, Chunk]]] = []
    ahead = trainer.state.step
    while trainer.state.step < trainer.steps:
        while ahead < trainer.state.step + PREFETCH:
            levels = trainer.levels_of(ahead)
            waiting.append(
                pool.submit(make_batch_chunks, trainer.seed, ahead, levels, trainer.renders)
            )
            ahead += 1
        yield waiting.pop(0).result()


def train(trainer: Trainer, work: Path) -> None:
    """Run all steps that are left, with checkpoints and a JSON line of numbers now and then."""
    work.mkdir(parents=True, exist_ok=True)
    if load_state(trainer.state, work):
        logger.info("going on from step %d", trainer.state.step)
    sets = {"clean": make_held_out(0.1), "hard": make_held_out(0.6)}
    sums: list[dict[str, float]] = []
    context = multiprocessing.get_context("spawn")
    with log_to(work), ProcessPoolExecutor(1, mp_context=context) as pool:
        for chunks in batches(trainer, pool):
            sums.append(trainer.learn(chunks))
            step = trainer.state.step
            if step % 20 == 0:
                mean = {name: round(float(np.mean([s[name] for s in sums])), 3) for name in sums[0]}
                line = {"step": step, "seconds": round(trainer.state.seconds), **mean}
                logger.info("%s", json.dumps({**line, "starts": trainer.state.curriculum.starts}))
                sums.clear()
            if step % SAVE_EVERY == 0 or step == trainer.steps:
                save_state(trainer.state, work)
            if step % MEASURE_EVERY == 0 or step == trainer.steps:
                line = {"step": step, "held_out": trainer.measure(sets)}
                logger.info("%s", json.dumps(line))


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoint and log")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--start", type=Path, help="model folder whose weights to start from")
    parser.add_argument("--renders", type=Path, help="folder of renders")
    parser.add_argument(
        "--descriptor-only", action="store_true", help="a rival of the same budget without answers"
    )
    parser.add_argument("--seed", type=int, default=1)
    add_options(parser)
    given = parser.parse_args()
    speak()
    settle(given.device, given.threads)
    pairs = not given.descriptor_only
    train(Trainer(given.seed, given.steps, given.start, given.renders, pairs), given.work)


if __name__ == "__main__":
    main()
