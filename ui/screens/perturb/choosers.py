"""Choosers that one pair and a set of queries share: perturbation, damage, ranks, scorers, seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from core.types.robustness import PERTURBATION_NAMES, Side
from ui.selection import MAX_SEED, ViewState

Choice = tuple[str, str, str]
"""The fields that it writes, its text and its tool tip."""
Chip = tuple[str, str, bool, str]
"""The fields that it writes, its text, whether it is pressed, and its tool tip."""
_SWITCHES = (
    ("full", "full depth", "Rank among the whole depth instead of 20 images"),
    ("again", "retrieve again", "Rank in a new shortlist of the damaged query, at every level"),
)


@dataclass(frozen=True, slots=True)
class Damaged:
    """Which side is damaged, who is ranked, who scores beside the bench's own, and the seed.

    `ranked` is empty for a damaged candidate, `scorers` where none can be added.
    """

    side: Side
    ranked: tuple[Chip, ...]
    scorers: tuple[Chip, ...]
    seed: int
    max_seed: int = MAX_SEED


def damaged(state: ViewState, offered: Sequence[str]) -> Damaged:
    """Return the choosers of a selection's damage; `offered` are scorers by name."""
    damage = state.damage
    values = (damage.full_depth, damage.retrieve_again)
    ranked = tuple(
        (f"{name}={'' if on else '1'}", text, on, title)
        for (name, text, title), on in zip(_SWITCHES, values, strict=True)
    )
    named = [*offered, *(name for name in state.scorers if name not in offered)]
    return Damaged(
        side=damage.side,
        ranked=ranked if damage.side == "query" else (),
        scorers=tuple(_scorer(state.scorers, name) for name in named) if offered else (),
        seed=damage.seed,
    )


def perturbations(chosen: str, *more: tuple[str, str]) -> tuple[Chip, ...]:
    """Return the perturbations, and what is offered besides as (value, text)."""
    named = (*((name, name) for name in PERTURBATION_NAMES), *more)
    return tuple((urlencode({"pert": value}), text, value == chosen, "") for value, text in named)


def _scorer(chosen: Sequence[str], name: str) -> Chip:
    is_on = name in chosen
    after = [one for one in chosen if one != name] if is_on else [*chosen, name]
    return urlencode({"scorers": ";".join(after)}), name, is_on, ""
