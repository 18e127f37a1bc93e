"""Plant label errors into a ground truth: who is positive to whom, by instance."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

N_EACH = 10


@dataclass(frozen=True)
class Planted:
    """Wrong instances by image, and the (instance, image) pairs whose label they make wrong.

    `dropped` were positives and are distractors now, `added` belong to another family (or to
    nobody) and are positives now, `swapped` went over to a sibling of the same family.
    """

    instances: Mapping[str, str | None]
    dropped: frozenset[tuple[str, str]]
    added: frozenset[tuple[str, str]]
    swapped: frozenset[tuple[str, str]]


def plant(
    instances: Mapping[str, str | None],
    families: Mapping[str, str],
    queried: set[str],
    seed: int,
    *,
    swaps: bool = False,
) -> Planted:
    """Return `N_EACH` dropped and `N_EACH` added positives, or `N_EACH` sibling swaps alone.

    Args:
        instances: The instance of every database image, None for a distractor.
        families: The family of every image and every instance.
        queried: Instances that have queries.
        seed: The same seed plants the same errors.
        swaps: Plant swaps between instances of one family instead.
    """
    rng = np.random.default_rng(seed)
    positives = sorted(i for i, name in instances.items() if name in queried)
    names = sorted(queried)
    wrong: dict[str, str | None] = dict(instances)
    if swaps:
        pairs: set[tuple[str, str]] = set()
        for image in rng.permutation(positives).tolist():
            own = instances[image]
            others = [n for n in names if n != own and families[n] == families[image]]
            if others and len(pairs) < N_EACH:
                wrong[image] = str(rng.choice(others))
                pairs |= {(str(wrong[image]), image)}
        return Planted(wrong, frozenset(), frozenset(), frozenset(pairs))
    dropped = rng.choice(positives, N_EACH, replace=False).tolist()
    for image in dropped:
        wrong[image] = None
    added = rng.choice(sorted(instances.keys() - set(dropped)), N_EACH, replace=False).tolist()
    for image in added:
        wrong[image] = str(rng.choice([n for n in names if families[n] != families[image]]))
    return Planted(
        wrong,
        frozenset((str(instances[i]), i) for i in dropped),
        frozenset((str(wrong[i]), i) for i in added),
        frozenset(),
    )
