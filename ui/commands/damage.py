"""What `sweep` and `robustness` share: the options of a damaged pair, and how they are read."""

from typing import Annotated, cast

import typer

from core.types.robustness import PairKind, Side
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


def pair_of(text: str) -> PairKind:
    """Return the kind of pair.

    Raises:
        SettingsError: There is no such kind.
    """
    return cast("PairKind", one_of("--pair", text, ("self", "positive")))


def side_of(text: str) -> Side:
    """Return which image is damaged.

    Raises:
        SettingsError: There is no such side.
    """
    return cast("Side", one_of("--side", text, ("query", "candidate")))


def scorers_of(text: str | None) -> tuple[str, ...]:
    """Return the scorers between the commas, none where the option was not given."""
    return tuple(listed(text) or ())
