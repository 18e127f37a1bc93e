"""Write the model folder: `python -m assets.recipes.pocket_vl.export --work DIR --held-out DIR`.

Without `--work` the folder holds the untrained model: it loads, and knows nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from assets.recipes.pocket_vl import shortlists, step
from assets.recipes.pocket_vl.chunks import INSTANCES, VIEWS
from assets.recipes.pocket_vl.folder import save_folder
from assets.recipes.pocket_vl.heldout import read_held_out
from assets.recipes.pocket_vl.state import TrainingState, load_state, use_average
from assets.recipes.pocket_vl.temperature import cool, temperature_of
from assets.recipes.pocket_vl.train import Trainer

logger = logging.getLogger(__name__)
FACTS = "facts.json"
ANSWERS = "answers"
"""Sub-folder of the second half of training."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What it took to train: gradient steps, images encoded in them, pairs answered, seconds."""

    steps: int
    images: int
    pairs: int
    seconds: int
    temperature: float | None = None
    started_from: str | None = None


def facts_of(first: TrainingState, second: TrainingState | None) -> Facts:
    """Add up both halves of training."""
    per_step = 2 * INSTANCES
    pairs = first.step * per_step * step.CANDIDATES
    if second is not None:
        pairs += second.step * shortlists.QUERIES * shortlists.CANDIDATES
    return Facts(
        steps=first.step + (second.step if second else 0),
        images=first.step * per_step * VIEWS,
        pairs=pairs,
        seconds=round(first.seconds + (second.seconds if second else 0)),
    )


def trained(work: Path) -> tuple[Trainer, Facts]:
    """Return the newest averaged weights of `work`, of its second half if there is one.

    Raises:
        FileNotFoundError: no checkpoint.
    """
    first = Trainer(seed=1, steps=1)
    if not load_state(first.state, work):
        message = f"{work} holds no checkpoint; run assets.recipes.pocket_vl.train --work {work}"
        raise FileNotFoundError(message)
    second = Trainer(seed=1, steps=1)
    last = second if load_state(second.state, work / ANSWERS) else first
    use_average(last.state)
    return last, facts_of(first.state, second.state if last is second else None)


def export(work: Path | None, held_out: Path | None, out: Path, started_from: str | None) -> Facts:
    """Write the folder and, beside the weights, what it took to make them.

    Args:
        work: folder of the training, or None for the untrained model.
        held_out: rendered groups on which the temperature is fitted, or None to leave it at 1.
        out: the model folder to write.
        started_from: what the weights were before this training, in words.
    """
    if work is None:
        trainer, facts = Trainer(seed=1, steps=1), Facts(0, 0, 0, 0)
    else:
        trainer, facts = trained(work)
    temperature = None
    if held_out is not None:
        model = trainer.state.model.eval()
        shown = read_held_out(held_out)
        temperature = temperature_of(model, shown, trainer.default, trainer.answers)
        cool(model, temperature)
    save_folder(trainer.state.model, trainer.tokenizer, out)
    facts = Facts(facts.steps, facts.images, facts.pairs, facts.seconds, temperature, started_from)
    said = {name: getattr(facts, name) for name in Facts.__slots__}
    known = {name: value for name, value in said.items() if value is not None}
    (out / FACTS).write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    return facts


def main() -> None:
    """Parse the command line and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder of the training")
    parser.add_argument("--held-out", type=Path, help="rendered groups to fit the temperature on")
    parser.add_argument("--out", type=Path, default=Path("assets/pocket-vl"))
    parser.add_argument("--started-from", help="what the weights were before, for the card")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    facts = export(arguments.work, arguments.held_out, arguments.out, arguments.started_from)
    logger.info("%s: %s", arguments.out, facts)


if __name__ == "__main__":
    main()
