"""Write the model folder: `python -m assets.recipes.pocket_vl.export --work DIR --held-out DIR`.

Without `--work` the folder holds the untrained model: it loads, and knows nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl import shortlists, step
from assets.recipes.pocket_vl.chunks import INSTANCES, VIEWS
from assets.recipes.pocket_vl.folder import save_folder
from assets.recipes.pocket_vl.heldout import finished_sets
from assets.recipes.pocket_vl.state import TrainingState, load_state, use_average
from assets.recipes.pocket_vl.temperature import cool, temperature_of
from assets.recipes.pocket_vl.train import Trainer

logger = logging.getLogger(__name__)
FACTS = "facts.json"
ANSWERS = "answers"
"""Sub-folder of the second half of training."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What it took to train: gradient steps, images encoded in them, pairs (at most), seconds.

    Attributes:
        temperature: by which the margins are divided.
        started_from: what the weights were before, in words.
        averaged_with: other weights that have a share in these, in words.
        held_out: numbers of the finished weights on views that nothing has learnt from.
    """

    steps: int
    images: int
    pairs: int
    seconds: int
    temperature: float | None = None
    started_from: str | None = None
    averaged_with: str | None = None
    held_out: dict[str, dict[str, float]] | None = None


def facts_of(first: TrainingState, second: TrainingState | None) -> Facts:
    """Add up both halves of training; of pairs what they had at most."""
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


def average_with(trainer: Trainer, folder: Path, share: float) -> None:
    """Move the weights towards those of a model folder of the same widths.

    Args:
        trainer: whose weights change.
        folder: the other weights.
        share: of the other weights, in [0, 1].

    Raises:
        OSError: the folder holds no model.
    """
    found = PocketVl.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    others = dict(found.named_parameters())
    with torch.no_grad():
        for name, weight in trainer.state.model.named_parameters():
            weight.lerp_(others[name], share)


def export(
    work: Path | None,
    held_out: Path | None,
    out: Path,
    started_from: str | None,
    other: tuple[Path, float] | None = None,
    averaged_with: str | None = None,
) -> Facts:
    """Write the folder and, beside the weights, what it took to make them.

    Args:
        work: folder of the training, or None for the untrained model.
        held_out: renders on which the temperature is fitted and the finished weights are
            measured, or None to leave it at 1 and them unmeasured.
        out: the model folder to write.
        started_from: what the weights were before this training, in words.
        other: a model folder whose weights get this share in the average, or None.
        averaged_with: what `other` is, in words; its folder's name without them.
    """
    if work is None:
        trainer, facts = Trainer(seed=1, steps=1), Facts(0, 0, 0, 0)
    else:
        trainer, facts = trained(work)
    facts = replace(facts, started_from=started_from)
    if other is not None:
        average_with(trainer, *other)
        named = averaged_with or other[0].name
        facts = replace(facts, averaged_with=f"{named}, {other[1]:.0%} of it")
    if held_out is not None:
        model = trainer.state.model.eval()
        sets = finished_sets(held_out)
        temperature = temperature_of(model, sets["rendered"], trainer.default, trainer.answers)
        cool(model, temperature)
        facts = replace(facts, temperature=temperature, held_out=trainer.measure(sets))
    save_folder(trainer.state.model, trainer.tokenizer, out)
    said = {name: getattr(facts, name) for name in Facts.__slots__}
    known = {name: value for name, value in said.items() if value is not None}
    (out / FACTS).write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    return facts


def main() -> None:
    """Parse the command line and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, help="folder of the training")
    parser.add_argument("--held-out", type=Path, help="renders to fit the temperature on")
    parser.add_argument("--out", type=Path, default=Path("assets/pocket-vl"))
    parser.add_argument("--started-from", help="what the weights were before, for the card")
    parser.add_argument("--average", type=Path, help="another model folder to average with")
    parser.add_argument("--share", type=float, default=0.5, help="of the other folder's weights")
    parser.add_argument("--averaged-with", help="what the other weights are, for the card")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    other = None if given.average is None else (given.average, given.share)
    facts = export(
        given.work, given.held_out, given.out, given.started_from, other, given.averaged_with
    )
    logger.info("%s: %s", given.out, facts)


if __name__ == "__main__":
    main()
