"""What `sweep` and `robustness` share: the options of a damaged pair, and how they are read."""

from typing import Annotated, cast

import typer

from core.types.corpus import Box
from core.types.robustness import Damage, PairKind, Side
from ui.commands.shared import listed, one_of

Pair = Annotated[str, typer.Option("--pair", help="self or positive.")]
Damaged = Annotated[str, typer.Option("--side", help="Which image is damaged: query or candidate.")]
Scorers = Annotated[
    str | None,
    typer.Option(
        help="Show these beside the bench's own, joined by commas: mllm, maxsim, geometric, "
        "import:NAME, or compressions."
    ),
]
FullDepth = Annotated[
    bool, typer.Option("--full-depth", help="Query side: rank among the whole depth, not 20.")
]
RetrieveAgain = Annotated[
    bool, typer.Option("--retrieve-again", help="Query side: a new shortlist at every level.")
]
Seed = Annotated[int, typer.Option(help="Seed of noise, clutter and occlusion.")]


def damage_of(
    pair: str,
    side: str,
    seed: int,
    *,
    full_depth: bool,
    retrieve_again: bool,
    box: Box | None = None,
) -> Damage:
    """Return what the options ask for.

    Raises:
        SettingsError: There is no such kind of pair or no such side.
    """
    return Damage(
        side=cast("Side", one_of("--side", side, ("query", "candidate"))),
        pair=cast("PairKind", one_of("--pair", pair, ("self", "positive"))),
        box=box,
        seed=seed,
        full_depth=full_depth,
        retrieve_again=retrieve_again,
    )


def scorers_of(text: str | None) -> tuple[str, ...]:
    """Return the scorers between the commas, none where the option was not given."""
    return tuple(listed(text) or ())
