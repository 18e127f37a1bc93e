"""Pipelines with a name, for people who would rather choose than build one."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Preset:
    """A pipeline by name; `what` says in one sentence when to take it.

    `needs_fit`: it joins scores by weights that must have been fitted with the bench's model.
    """

    name: str
    pipeline: str
    what: str
    needs_fit: bool = False


BEST_FIRST = "best-first-results"
PRESETS: Mapping[str, Preset] = {
    one.name: one
    for one in (
        Preset(
            "method-alone",
            "mllm@100",
            "The default: the MLLM scores the first 100, and what it does is what the page shows.",
        ),
        Preset(
            BEST_FIRST,
            "kreciprocal@100 > evidence@50",
            "The neighbourhood chooses 50 of 100 at next to no cost, and evidence orders them by "
            "all that is known of a pair.",
            needs_fit=True,
        ),
        Preset(
            "fast",
            "maxsim@100 > mllm@20",
            "MaxSim orders 100 without a model call, and the MLLM scores the best 20: a fifth of "
            "the calls.",
        ),
        Preset(
            "small",
            "mllm/divprune:12+pq:48@100",
            "The MLLM scores 100 from a dozen tokens an image, each stored in 48 bytes.",
        ),
    )
}
"""By name, in the order in which they are offered."""


def preset_named(name: str) -> Preset:
    """Return a preset.

    Raises:
        SettingsError: There is none of this name.
    """
    found = PRESETS.get(name)
    if found is None:
        raise SettingsError(f"Preset '{name[:40]}' is not known; use one of: {', '.join(PRESETS)}.")
    return found
