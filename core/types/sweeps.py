"""What is asked of a sweep."""

from dataclasses import dataclass

from core.types.robustness import USUAL_DAMAGE, Damage, PerturbationName
from core.types.surfaces import SurfaceRequest


@dataclass(frozen=True, slots=True)
class SweepRequest:
    """One pair under one perturbation.

    `candidate_id` is ignored for the pair `self`. `levels` None takes the perturbation's own.
    """

    query_id: str
    candidate_id: str | None
    name: PerturbationName
    damage: Damage = USUAL_DAMAGE
    levels: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """Sweeps and surfaces under a name, to be saved, exported and replayed to the same numbers."""

    name: str
    sweeps: tuple[SweepRequest, ...] = ()
    surfaces: tuple[SurfaceRequest, ...] = ()
